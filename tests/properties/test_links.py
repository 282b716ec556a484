"""Laws of finding links: over all of Unicode, whatever is hidden in whatever, in time that grows with the text."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.signals.links import safe_browsing
from abate.signals.links.address import LONGEST, canonical
from abate.signals.links.domain import Domain
from abate.signals.links.finding import find, may_hold, read
from abate.signals.links.invite import Invite
from abate.signals.links.spelling import plain
from abate.signals.links.url import CanonicalUrl

CID = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG"
PIECES = (
    *("https://", "http:", "hxxp", "h**ps", "ttp", "[:]", "://", "//", "/", "[/]", "[://]", "www."),
    *(
        "example",
        "org",
        "com",
        "in",
        "t",
        "me",
        "lantern",
        "bücher",
        "例え",
        "مثال",
        "рф",
        "onion",
        "1",
        "0x7f.1",
        "co.uk",
    ),
    *(".", "[.]", "(dot)", "{dot}", " dot ", " . ", ". ", " [ . ] ", "。", "．", "｡", "․", " точка "),
    *("\u200b", "\u200d", "\u200c", "\u2060", "\ufe0f", "\xad", "\ud800", "\x00", "ｅ", "𝐞", "ⓔ", "İ", "ẞ"),
    *(
        " ",
        "\n",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        '"',
        "'",
        "*",
        "_",
        ",",
        ";",
        "!",
        "?",
        "#",
        "@",
        ":",
        "&",
        "=",
        "%2e",
        "…",
    ),
    *("t.me/+AbCdEfGhIjKlMnOp", "tg://join?invite=AbCdEfGhIjKlMnOp", "telegram @lantern_news", "discord.gg/lantern"),
    *("#room:example.org", "!room:example.org", "matrix:r/room:example.org", "xmpp:room@example.org?join"),
    *("https://web.archive.org/web/2020/", "archive.ph/2020/", "ipfs://", "/ipfs/", CID, "magnet:?xt=urn:btih:"),
    *("a" * 40, "?utm_source=x&q=1", "user:pass@", ":443", ":80800", "#/room", "../", "..", "~", "%", "\\"),
)
woven = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)
texts = st.one_of(woven, st.text(max_size=60))


@given(texts)
@example("https://h/a[/x/../]b")
@example("a[[.]]b https://example.org/[[/]]c")
def test_whatever_is_read_stands_in_the_text_and_is_canonical(text):
    last = 0
    for one in read(text):
        assert 0 <= one.span.start < one.span.end <= len(text)
        assert last <= one.span.start
        last = one.span.start
        assert bool(one.address) != bool(one.invitation)
        if one.invitation:
            assert Invite().parse(one.invitation) == one.invitation


@given(woven)
def test_what_stands_in_the_place_read_alone_leads_to_the_same(text):
    for one in read(text):
        again = read(text[one.span.start : one.span.end])
        assert one.invitation.startswith("telegram:@") or (one.address, one.invitation) in {
            (other.address, other.invitation) for other in again
        }


@given(texts)
def test_looking_first_misses_nothing(text):
    assert may_hold(text) or read(text) == []
    assert find(text) == read(text)


addresses = st.from_regex(
    r"(hxxps?|https?)(://|\[:\]//)([A-Za-z0-9-]{1,8}(\.|\[\.\]|\(dot\))){1,3}(org|example|net)\.?(:[0-9]{1,4})?"
    r"(/[a-zA-Z0-9._~%-]{0,6}){0,3}(\?[a-z_=&0-9]{0,20})?(#[a-z/!]{0,5})?",
    fullmatch=True,
)


spelt = st.one_of(addresses, st.text(max_size=40), st.text(st.sampled_from("htps:/.[]()dox#?&=@% a1"), max_size=30))


@given(st.one_of(texts, spelt))
def test_a_canonical_address_is_canonical(text):
    try:
        once = canonical(text)
    except InputError:
        return
    assert canonical(once) == once
    assert len(once) <= LONGEST


@given(addresses)
def test_what_looks_like_an_address_reads_as_one_or_is_refused_with_the_remedy(text):
    with suppress(InputError):
        assert canonical(text).startswith(("http://", "https://"))


@given(texts)
@example("https://www.www.www.https://")
@example("https://a.www.www.b.www.example.org/")
def test_every_signal_is_a_value_of_its_type(text):
    material = Material(item=Item(id="1", kind=Kind.TEXT, text=text, platform="telegram"))
    for plug in (CanonicalUrl(), Invite(), Domain()):
        values = [signal.value for signal in plug.compute_all(material)]
        assert len(set(values)) == len(values)
        assert [plug.parse(value) for value in values] == values


@given(texts, st.data())
def test_the_map_back_is_in_order_and_inside(text, data):
    freed = plain(text, whole=data.draw(st.booleans()))
    if not freed.text:
        return
    start = data.draw(st.integers(0, len(freed.text) - 1))
    end = data.draw(st.integers(start + 1, len(freed.text)))
    first, last = freed.original(start, end)
    assert 0 <= first < last <= len(text)
    assert freed.original(start, start + 1)[0] == first
    assert freed.original(end - 1, end)[1] == last


@given(st.lists(st.sampled_from(["example", "lantern", "a", "b1", "x-y"]), min_size=1, max_size=3), st.data())
def test_a_link_is_found_however_it_is_hidden(labels, data):
    """Behind brackets, under full-width letters, through zero-width characters, whatever stands around it."""
    address = f"https://{'.'.join(labels)}.org/x"
    dot = data.draw(
        st.sampled_from([".", "[.]", "(.)", "(dot)", " [dot] ", "{dot}", "[.", "．", "․"]).filter(lambda d: d != "[.")
    )
    scheme = data.draw(
        st.sampled_from(["https://", "hxxps://", "HTTPS://", "h**ps://", "hxxps[:]//", "hxxps[://]", "ttps://"])
    )
    hidden = scheme + dot.join([*labels, "org"]) + "/x"
    between = data.draw(st.sampled_from(["", "\u200b", "\u2060", "\xad"]))
    hidden = between.join(hidden)
    before, after = data.draw(
        st.sampled_from([("", ""), ("see ", "."), ("(", ")"), ("«", "»"), ("**", "**"), ("> ", "\n")])
    )
    (found,) = read(before + hidden + after)
    assert found.address == address
    assert (before + hidden + after)[found.span.start : found.span.end] == hidden


@given(st.one_of(texts, st.binary(max_size=40)))
def test_safe_browsing_reads_or_refuses_whatever_comes(untrusted):
    try:
        once = safe_browsing.canonical(untrusted)
    except InputError:
        return
    assert once.isascii()
    assert safe_browsing.hash_prefixes(untrusted)
    assert len(safe_browsing.hosts(untrusted)) <= 1 + safe_browsing.HOST_PARTS
    assert len(safe_browsing.paths(untrusted)) <= 2 + safe_browsing.PATH_PARTS


TEN_MEGABYTES = 10 * 2**20


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        (".", TEN_MEGABYTES),
        ("hx", TEN_MEGABYTES // 2),
        ("h", TEN_MEGABYTES),
        (" ", TEN_MEGABYTES),
        ("[", TEN_MEGABYTES),
        ("\u200d", 100_000),
        ("x\u200d", 200_000),
        ("x.", TEN_MEGABYTES // 4),
        ("X.", 500_000),
        ("a[.]", 500_000),
        ("a . ", 500_000),
        ("http:", 500_000),
        ("#a:", 500_000),
        ("@aaaa", 500_000),
        ("https://web.archive.org/web/2020/", 500_000),
    ],
)
def test_what_repeats_without_end_is_read_in_time_that_grows_with_it(unit, size):
    """With a pattern that began again at each character, the shortest of these would take hours."""
    assert read(unit * (size // len(unit))) == []


def test_a_path_of_ten_megabytes_is_no_address():
    assert read("https://example.org/" + ")" * (TEN_MEGABYTES // 8)) != []
    assert read("https://example.org/" + "a" * TEN_MEGABYTES) == []
