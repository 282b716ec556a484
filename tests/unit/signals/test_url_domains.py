"""Whose name an address stands under."""

import re

import pytest
from publicsuffixlist import PublicSuffixList

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.signals.links.domain import Domain
from abate.signals.links.suffixes import has_known_suffix, is_public_suffix, registrable


def domains(text):
    return [one.value for one in Domain().compute_all(Material(item=Item(id="1", kind=Kind.TEXT, text=text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.example.org/a", ["example.org"]),
        ("https://a.b.example.org/", ["example.org", "b.example.org", "a.b.example.org"]),
        ("https://a.b.c.d.e.f.example.co.uk/", None),
        ("https://name.blogspot.com/", ["name.blogspot.com"]),
        ("https://blogspot.com/", []),
        ("https://user:pw@example.org:8443/", ["example.org"]),
        ("http://0x7f.1:8080/", ["127.0.0.1"]),
        ("http://[2001:db8::1]:80/", ["[2001:db8::1]"]),
        ("bücher.example.de", ["example.de", "xn--bcher-kva.example.de"]),
        ("https://www.com/", ["www.com"]),
        ("https://host.unlisted/", ["host.unlisted"]),
        ("magnet:?xt=urn:btih:" + "a" * 40, []),
        ("https://web.archive.org/web/2020/http://example.org/", ["archive.org", "web.archive.org", "example.org"]),
        ("no link", []),
    ],
)
def test_an_address_stands_under_its_registrable_domain_and_the_hosts_above_it(text, expected):
    if expected is None:
        assert domains(text) == [
            "example.co.uk",
            "f.example.co.uk",
            "e.f.example.co.uk",
            "d.e.f.example.co.uk",
            "a.b.c.d.e.f.example.co.uk",
        ]
        return
    assert domains(text) == expected


@pytest.mark.parametrize("value", ["com", "co.uk", "blogspot.com", "https://github.io/", "*.com"])
def test_a_suffix_under_which_anybody_may_register_is_refused(value):
    with pytest.raises(InputError, match="public suffix"):
        Domain().parse(value)


@pytest.mark.parametrize(
    "value", ["https://example.org/a", "example.org:8443", "https://example.org/?q=1", "magnet:?x=1"]
)
def test_more_than_a_domain_is_sent_to_the_type_url(value):
    with pytest.raises(InputError, match="bank it as a url"):
        Domain().parse(value)


@pytest.mark.parametrize("value", ["", "word", "two words", "someone@example.org", "localhost", "\ud800.org"])
def test_what_is_no_domain_is_refused(value):
    with pytest.raises(InputError, match="no domain"):
        Domain().parse(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("WWW.Example.ORG", "example.org"),
        (".example.org", "example.org"),
        ("name.blogspot.com", "name.blogspot.com"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("例え.jp", "xn--r8jz45g.jp"),
    ],
)
def test_what_lists_write_is_read(value, expected):
    assert Domain().parse(value) == expected


def test_the_registrable_domain_of_the_first_address_is_the_signal_where_one_is_asked_for():
    item = Item(id="1", kind=Kind.TEXT, text="https://a.example.org/ and https://b.example")
    assert Domain().compute(Material(item=item)).value == "example.org"
    assert Domain().compute(Material(item=Item(id="1", kind=Kind.TEXT))) is None


def test_an_ip_address_is_below_no_suffix():
    assert registrable("192.0.2.7") is None
    assert not has_known_suffix("192.0.2.7")
    assert not is_public_suffix("example.org")


@pytest.mark.needs_data("url_psl")
def test_the_public_suffix_cases_hold(data):
    text = (data / "url_psl/test_psl.txt").read_text("utf-8")
    cases = re.findall(r"^checkPublicSuffix\((.+), (.+)\);", text, re.MULTILINE)
    pairs = [tuple(None if one == "null" else one.strip("'") for one in case) for case in cases]
    assert len(pairs) == 78
    for host, expected in pairs:
        if host is not None:  # the first case is the null of another language
            assert registrable(host.lower()) == expected


@pytest.mark.needs_data("url_psl")
def test_the_packaged_list_answers_as_the_published_one(data):
    published = PublicSuffixList((data / "url_psl/public_suffix_list.dat").read_bytes())
    lines = (data / "url_psl/tests.txt").read_text("utf-8").splitlines()
    cases = [line.split() for line in lines if line and not line.startswith("//")]
    assert len(cases) > 70
    for host, expected in cases:
        if host != "null":
            assert str(registrable(host.lower())).lower() == str(published.privatesuffix(host.lower())).lower()
            assert registrable(host.lower()) == (None if expected == "null" else expected)


@pytest.mark.needs_data("url_domains_top")
def test_the_most_visited_domains_are_their_own_domain_or_a_host_below_one(data):
    lines = (data / "url_domains_top/opendns-top-domains.txt").read_text("utf-8").split()
    assert len(lines) == 10_000
    known = [line for line in lines if has_known_suffix(line)]
    assert all(line.endswith(registrable(line)) for line in known)
    assert len(known) > 9_900
