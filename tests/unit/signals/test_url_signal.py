import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.signals.links import address
from abate.signals.links.address import LONGEST, canonical, refang
from abate.signals.links.url import CanonicalUrl


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://Example.ORG", "https://example.org/"),
        ("https://example.org.", "https://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:80/a/./b/../c", "http://example.org/a/c"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://example.org/?b=2&a=1", "https://example.org/?b=2&a=1"),
        ("https://example.org/?utm_source=x&UTM_Medium=y&fbclid=z", "https://example.org/"),
        ("https://example.org/?id=7&gclid=z#part", "https://example.org/?id=7"),
        ("https://example.org/??", "https://example.org/??"),
        ("https://example.org/#!/room", "https://example.org/#!/room"),
        ("https://user:pw@example.org/", "https://example.org/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("HXXP://example[.]org/a", "http://example.org/a"),
        ("hxxps[://]example[dot]org", "https://example.org/"),
        ("hxxps[:]//example(.)org[/]a", "https://example.org/a"),
        ("http://example {dot} org/a", "http://example.org/a"),
        ("example.org/a", "https://example.org/a"),
        ("//example.org/a", "https://example.org/a"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("localhost:8080/a", "https://localhost:8080/a"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("t.me/+AbC", "https://t.me/+AbC"),
        ("magnet:?xt=urn:btih:abc", "magnet:?xt=urn:btih:abc"),
        ("https://xn--.example", "https://xn--.example/"),  # ASCII is not decoded, says the standard since 2025
    ],
)
def test_an_address_has_one_spelling(written, expected):
    assert canonical(written) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "",
            "   ",
            "word",
            "two words",
            "https://exa mple.org",
            "https://",
            "javascript:alert(1)",
            "data:text/html,x",
        ),
        *(
            "mailto:a@example.org",
            "someone@example.org",
            "https://\ud800.org",
            "https://ex^ample.org",
            "https://a:99999/",
            "https://a.9..",  # a host with its dots, none without them
        ),
    ],
)
def test_what_leads_nowhere_is_refused_with_the_remedy(wrong):
    with pytest.raises(InputError, match="is not a web address: "):
        canonical(wrong)


def test_a_megabyte_of_spaces_and_brackets_is_refused_at_once():
    with pytest.raises(InputError, match="longer than"):
        canonical("http://a" + " [" * LONGEST)


def test_what_grows_too_long_by_its_escapes_is_refused():
    with pytest.raises(InputError, match="longer than"):
        canonical("https://example.org/" + "ä" * (LONGEST // 2))


def test_brackets_that_appear_when_the_path_is_shortened_are_undone_too():
    assert canonical("https://example.org/a[/x/../]b") == "https://example.org/a/b"


def test_an_address_that_reads_otherwise_each_time_is_refused(monkeypatch):
    monkeypatch.setattr(address, "_ROUNDS", 1)
    with pytest.raises(InputError, match="each reading"):
        canonical("https://example.org/a[/x/../]b")


def test_what_is_written_plainly_is_left_as_it_is():
    assert refang("https://example.org/a(1).html?q=[2]") == "https://example.org/a(1).html?q=[2]"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(id="1", kind=Kind.URL, url="example.org"), "https://example.org/"),
        (Item(id="1", kind=Kind.URL, text=" example.org\n"), "https://example.org/"),
        (Item(id="1", kind=Kind.TEXT, text="words", url="example.org"), "https://example.org/"),
        (Item(id="1", kind=Kind.URL, text="other.example", url="example.org"), "https://example.org/"),
    ],
)
def test_the_address_is_the_items_url_or_a_link_items_text(item, expected):
    assert CanonicalUrl().compute(Material(item=item)).value == expected


@pytest.mark.parametrize("item", [Item(id="1", kind=Kind.TEXT, text="example.org"), Item(id="1", kind=Kind.URL)])
def test_an_item_without_an_address_has_none(item):
    assert CanonicalUrl().compute(Material(item=item)) is None


def test_a_link_item_that_is_no_link_says_so():
    with pytest.raises(InputError, match="not a web address"):
        CanonicalUrl().compute(Material(item=Item(id="1", kind=Kind.URL, text="come and see")))


def test_no_name_is_resolved_and_no_connection_opened(monkeypatch):
    import socket

    def refuse(*_args, **_kwargs):
        msg = "the network was touched"
        raise AssertionError(msg)

    for name in ("getaddrinfo", "gethostbyname", "create_connection", "socket"):
        monkeypatch.setattr(socket, name, refuse)
    assert canonical("https://example.org/a") == "https://example.org/a"
