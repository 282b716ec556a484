"""Finding links in running text: what is one, what is none, and where it stands."""

import csv

import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.signals.links.finding import find, may_hold
from abate.signals.links.url import CanonicalUrl

CID = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG"
CID_1 = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf47mvof4"
ONION = "a" * 56 + ".onion"
INFOHASH = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a"


def read(text):
    return [(text[one.span.start : one.span.end], one.address) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "place", "address"),
    [
        ("see https://example.org/a, and", "https://example.org/a", "https://example.org/a"),
        ("HTTP://EXAMPLE.ORG/A.", "HTTP://EXAMPLE.ORG/A", "http://example.org/A"),
        ("seehttps://example.org/a", "https://example.org/a", "https://example.org/a"),
        ("hxxps[:]//example[.]org/a", "hxxps[:]//example[.]org/a", "https://example.org/a"),
        ("h**p://example.org x", "h**p://example.org", "http://example.org/"),
        ("hXXps://example(dot)org", "hXXps://example(dot)org", "https://example.org/"),
        ("http : // example.org", "example.org", "https://example.org/"),
        ("ttps://example.org/a", "ttps://example.org/a", "https://example.org/a"),
        ("at example{dot}org now", "example{dot}org", "https://example.org/"),
        ("at example [ . ] org now", "example [ . ] org", "https://example.org/"),
        ("at example dot org now", "example dot org", "https://example.org/"),
        ("at example . org now", "example . org", "https://example.org/"),
        ("at www . example . co . uk / now", "www . example . co . uk", "https://www.example.co.uk/"),
        ("на lantern точка ru", "lantern точка ru", "https://lantern.ru/"),
        ("at https://lantern dot example/a", "https://lantern dot example/a", None),
        ("hxxps[:]//example[.]org[/]", "hxxps[:]//example[.]org[/]", "https://example.org/"),
        ("(www.example.org)", "www.example.org", "https://www.example.org/"),
        ("www.lantern.in", "www.lantern.in", "https://www.lantern.in/"),
        ("lantern.in/a", "lantern.in/a", "https://lantern.in/a"),
        ("Example.ORG:8080/x", "Example.ORG:8080/x", "https://example.org:8080/x"),
        ("ｅｘａｍｐｌｅ．ｏｒｇ／ａ", "ｅｘａｍｐｌｅ．ｏｒｇ／ａ", "https://example.org/a"),
        ("𝐞𝐱𝐚𝐦𝐩𝐥𝐞.org", "𝐞𝐱𝐚𝐦𝐩𝐥𝐞.org", "https://example.org/"),
        ("exam\u200bple.o\u200brg\u200b!", "exam\u200bple.o\u200brg", "https://example.org/"),
        ("bücher.example.de", "bücher.example.de", "https://xn--bcher-kva.example.de/"),
        ("xn--bcher-kva.example.de", "xn--bcher-kva.example.de", "https://xn--bcher-kva.example.de/"),
        ("пример.рф", "пример.рф", "https://xn--e1afmkfd.xn--p1ai/"),
        ("请看example.org谢谢", "example.org", "https://example.org/"),
        ("请看example。org", "example。org", "https://example.org/"),
        ("وexample.org", "example.org", "https://example.org/"),
        ("visit example.org.Next we", "example.org", "https://example.org/"),
        ("https://fa.example.org/می\u200cخواهم", "https://fa.example.org/می\u200cخواهم", None),
        ("[see](https://example.org/a)", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/b_(c)", "https://example.org/b_(c)", "https://example.org/b_(c)"),
        ("_https://example.org/a_", "https://example.org/a", "https://example.org/a"),
        ("«https://example.org/a»", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/a؟", "https://example.org/a", "https://example.org/a"),
        ("http://0x7f.0.0.1/", "http://0x7f.0.0.1/", "http://127.0.0.1/"),
        ("http://3279880203/a", "http://3279880203/a", "http://195.127.0.11/a"),
        ("http://017700000001/", "http://017700000001/", "http://127.0.0.1/"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("192.0.2.7/a", "192.0.2.7/a", "https://192.0.2.7/a"),
        (ONION, ONION, f"https://{ONION}/"),
        (f"magnet:?dn=x&xt=urn:btih:{INFOHASH.upper()}&tr=y", None, f"magnet:?xt=urn:btih:{INFOHASH}"),
        ("magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK", None, f"magnet:?xt=urn:btih:{INFOHASH}"),
        ("magnet:?xt=urn:btmh:1220" + "AB" * 32, None, "magnet:?xt=urn:btmh:1220" + "ab" * 32),
        (f"ipfs://{CID}/a", None, f"ipfs://{CID_1}/a"),
        (f"take {CID} now", CID, f"ipfs://{CID_1}"),
        (f"take {CID_1} now", CID_1, f"ipfs://{CID_1}"),
        ("tg://join?invite=AbCdEfGhIjKlMnOp", None, "tg://join?invite=AbCdEfGhIjKlMnOp"),
        ("matrix:r/room:example.org", None, "matrix:r/room:example.org"),
        ("xmpp:room@example.org?join", None, "xmpp:room@example.org?join"),
        ("https://signal.group/#" + "Cj" * 20, None, "https://signal.group/#" + "Cj" * 20),
    ],
)
def test_a_link_is_found_with_its_exact_place(text, place, address):
    found = read(text)
    if place == "https://lantern dot example/a":
        assert found == [], "no suffix that the list knows: it may be two sentences"
        return
    assert [one[0] for one in found] == [place or text]
    if address:
        assert found[0][1] == address


@pytest.mark.parametrize(
    "text",
    [
        "He came at the end.Next day he left.",
        "i went home.in the morning it was great.so happy",
        "e.g. this, i.e. that, a.m. and p.m., the U.S. and U.K., No.1, 3.14, 1.2.3.4, v2.0.1",
        "file.txt report.pdf Node.js main.rs src/main.rs readme.md setup.py ASP and VB",
        "shares of STM.PA, TXN.N and QCOM.O rose",
        "the dot com boom, that dot com crash",
        "the end . It was over . So be it .",
        "dot dot dot",
        "someone@example.org, some.one@example.org",
        "http://localhost:8000/ and http://intranet/ and http://... and https://",
        "https://exam… and https://exam...",
        "co.uk and blogspot.com alone",
        "javascript:alert(1) data:text/html,x mailto:a@example.org",
        "https://a:99999/ https://ex^ample.org/",
        "xmpp:someone@example.org matrix:u/someone:example.org",
        "@lantern_news and @someone",
        "#news: today, !important: read",
        "Qm" + "1" * 44,
        "baf" + "a" * 57,
        "a.B.C.D.E.F",
        "lantern dot com:99999 and x" + ".y" * 300,
        "b" + "a" * 58,
        "يوم الاثنين. وقالت اللجنة إن الخطة ستطرح للتصويت.",
        "http://example.org" + "a" * 9000 + ".org/",
    ],
)
def test_prose_holds_no_link(text):
    assert read(text) == []


def test_two_links_without_a_space_between_are_two():
    assert [one for _, one in read("https://a.org,https://b.org/x,https://c.org;http://d.org")] == [
        "https://a.org/",
        "https://b.org/x",
        "https://c.org/",
        "http://d.org/",
    ]


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("https://web.archive.org/web/20200101000000id_/http://example.org/a?b=1", "http://example.org/a?b=1"),
        ("https://web.archive.org/web/*/example.org/a", "https://example.org/a"),
        ("https://archive.org/web/2020/https:/example.org/a", "https://example.org/a"),
        ("https://archive.ph/20200101/https://example.org/a", "https://example.org/a"),
        ("https://archive.today/o/AbC12/https://example.org/a", "https://example.org/a"),
        ("https://archive.is/newest/example.org/", "https://example.org/"),
        ("http://timetravel.mementoweb.org/memento/2020/http://example.org/", "http://example.org/"),
        ("https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fa&sa=D", "https://example.org/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=x", "https://example.org/a"),
        ("https://t.me/iv?url=https%3A%2F%2Fexample.org%2Fa&rhash=1", "https://example.org/a"),
        ("https://webcache.googleusercontent.com/search?q=cache:abcDEF123_-x:example.org/a", "https://example.org/a"),
        (f"https://ipfs.io/ipfs/{CID}/readme", f"ipfs://{CID_1}/readme"),
        (f"https://{CID_1}.ipfs.dweb.link/readme", f"ipfs://{CID_1}/readme"),
    ],
)
def test_a_copy_leads_to_what_it_is_a_copy_of(address, inner):
    assert [one for _, one in read(address)][1:] == [inner]


@pytest.mark.parametrize(
    "address",
    [
        "https://archive.ph/AbC12",
        "https://web.archive.org/",
        "https://web.archive.org/web/2020/mailto:a@example.org",
        "https://www.google.com/search?q=lantern",
        "https://www.google.com/url?q=",
        "https://webcache.googleusercontent.com/search?q=lantern",
        "https://ipfs.io/ipfs/readme",
        "https://bit.ly/3abcde",
    ],
)
def test_an_address_that_does_not_say_where_it_leads_leads_to_itself_only(address):
    assert len(read(address)) == 1


def test_an_archive_of_archives_is_opened_to_the_third_layer():
    layer = "https://web.archive.org/web/2020/"
    assert [one for _, one in read(layer * 5 + "https://example.org/")][1:] == [
        layer * n + "https://example.org/" for n in (4, 3, 2)
    ]


def signals(**given):
    given = {"kind": Kind.TEXT} | given
    return {one.value: one.spans for one in CanonicalUrl().compute_all(Material(item=Item(id="1", **given)))}


def test_an_item_gives_its_own_address_and_each_of_its_text_once():
    text = "https://example.org/a and hxxps://example[.]org/a and https://example.org/b"
    found = signals(text=text, url="https://example.org/b")
    assert list(found) == ["https://example.org/b", "https://example.org/a"]
    assert [text[s.start : s.end] for s in found["https://example.org/a"]] == text.split(" and ")[:2]
    assert [text[s.start : s.end] for s in found["https://example.org/b"]] == ["https://example.org/b"]


def test_the_text_of_a_link_item_is_its_address_as_a_whole():
    assert signals(kind=Kind.URL, text=" example . org ") == {"https://example.org/": ()}


def test_a_broken_address_of_an_item_does_not_hide_those_in_its_text():
    assert signals(url="no address", text="https://example.org/a").keys() == {"https://example.org/a"}


def test_a_long_text_is_read_as_a_short_one():
    assert signals(text="word " * 5000 + "https://example.org/a").keys() == {"https://example.org/a"}


def rows(path, *columns):
    with path.open(encoding="utf-8") as lines:
        return [" ".join(row[c] for c in columns) for row in csv.DictReader(lines, delimiter="\t")]


HOSTS_IN_NEWS = ("com", "org", "net", "pt")
"""Suffixes of the sites that the news name. Anything else that were found there would be prose."""


@pytest.mark.needs_data("news_en_agnews", "news_en_pud", "news_ar_pud", "news_event_ucdp_ged", "lang_udhr")
def test_what_is_found_in_news_and_in_the_declaration_is_a_site_that_is_named(data):
    news = rows(data / "news_en_agnews/test_sample.tsv", "title", "description")
    news += rows(data / "news_en_pud/sentences.tsv", "text") + rows(data / "news_ar_pud/sentences.tsv", "text")
    news += rows(data / "news_event_ucdp_ged/ucdp_ged_sample.tsv", "source_headline", "source_office")
    news += [line for path in (data / "lang_udhr").glob("*.txt") for line in path.read_text("utf-8").splitlines()]
    found = [place for text in news for place, _ in read(text)]
    false = [place for place in found if not place.startswith(("http", "www.")) and not named(place)]
    assert len(found) > 50
    assert not false
    assert sum(map(may_hold, news)) < len(news) // 20


def named(place):
    return place.rpartition(".")[2].lower() in HOSTS_IN_NEWS


def test_a_spaced_link_beside_a_plain_one_is_found_and_none_is_made_of_both():
    text = "the end . example.org and lantern dot org dot uk"
    assert read("see example.org and lantern dot org") == [
        ("example.org", "https://example.org/"),
        ("lantern dot org", "https://lantern.org/"),
    ]
    assert read(text) == [
        ("example.org", "https://example.org/"),
        ("lantern dot org dot uk", "https://lantern.org.uk/"),
    ]


def test_an_address_that_is_none_in_an_item_without_another_is_told_of():
    with pytest.raises(InputError, match="not a web address"):
        signals(url="no address", text="words")
