"""The published tests of the URL standard and of Safe Browsing, whole."""

import json

import pytest
from ada_url import URL, idna_to_ascii

from abate.domain.errors import InputError
from abate.signals.links import safe_browsing
from abate.signals.links.address import parsed

PARTS = ("href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash")


def cases(path):
    return [case for case in json.loads(path.read_text("utf-8")) if isinstance(case, dict)]


def parts(address, names):
    return {name: getattr(address, name) for name in names}


@pytest.mark.needs_data("url_wpt")
@pytest.mark.parametrize(
    ("name", "size"),
    [("urltestdata.json", 891), ("ada_extra_urltestdata.json", 28), ("urltestdata-javascript-only.json", 1)],
)
def test_addresses_are_parsed_as_browsers_parse_them(data, name, size):
    told = cases(data / "url_wpt" / name)
    assert len(told) == size
    for case in told:
        if case.get("failure"):
            with pytest.raises((ValueError, InputError)):
                URL(case["input"], case["base"]) if case.get("base") else parsed(case["input"])
            continue
        address = URL(case["input"], case["base"]) if case.get("base") else parsed(case["input"])
        expected = {part: case[part] for part in PARTS if part in case}
        if expected.get("origin", "") is None:
            expected["origin"] = "null"  # an opaque origin: written as null in JSON, as "null" by browsers
        assert parts(address, expected) == expected, case["input"]


@pytest.mark.needs_data("url_wpt")
def test_parts_are_set_as_browsers_set_them(data):
    told = json.loads((data / "url_wpt/setters_tests.json").read_text("utf-8"))
    done = 0
    for part, changes in told.items():
        for case in changes if part != "comment" else []:
            address = URL(case["href"])
            try:
                setattr(address, part, case["new_value"])
            except ValueError:
                assert address.href == case["href"] or address.href == case["expected"]["href"]
            assert parts(address, case["expected"]) == case["expected"], (part, case["href"], case["new_value"])
            done += 1
    assert done == 278


@pytest.mark.needs_data("url_wpt")
@pytest.mark.parametrize(("name", "size"), [("toascii.json", 87), ("IdnaTestV2.json", 2671)])
def test_international_hosts_are_written_in_ascii(data, name, size):
    told = cases(data / "url_wpt" / name)
    assert len(told) == size
    for case in told:
        if not case["input"]:  # no host at all: the algorithm's own answer is the only one there is
            assert idna_to_ascii("").decode() == (case["output"] or "")
            continue
        try:
            host = parsed(f"https://{case['input']}/x").hostname
        except InputError:
            host = None
        assert host == case["output"], case


@pytest.mark.needs_data("url_wpt")
def test_queries_and_fragments_are_escaped_in_utf_8(data):
    """The other encodings are those of old documents; an address that is handed on alone has none."""
    told = [case for case in cases(data / "url_wpt/percent-encoding.json") if "utf-8" in case["output"]]
    assert len(told) >= 7
    for case in told:
        address = parsed(f"https://example.org/?{case['input']}#{case['input']}")
        assert address.search == f"?{case['output']['utf-8']}"


SAFE_BROWSING = {
    "TestCanonicalURL": (52, safe_browsing.canonical),
    "TestCanonicalHost": (10, safe_browsing.canonical_host),
    "TestCanonicalPath": (10, safe_browsing.canonical_path),
    "TestParseIPAddress": (11, safe_browsing.ip_address),
    "TestGeneratePatterns": (14, safe_browsing.expressions),
    "TestGenerateLookupHosts": (5, safe_browsing.hosts),
    "TestGenerateLookupPaths": (4, safe_browsing.paths),
}


def vectors(path, name):
    for line in path.read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["test"] == name:
            yield [bytes.fromhex(one["bytes_hex"]) if isinstance(one, dict) else one for one in case["strings"]]


@pytest.mark.needs_data("url_gsb_vectors")
@pytest.mark.parametrize("name", SAFE_BROWSING)
def test_safe_browsing_answers_as_its_own_client(data, name):
    size, answer = SAFE_BROWSING[name]
    told = list(vectors(data / "url_gsb_vectors/vectors.jsonl", name))
    assert len(told) == size
    for address, *expected in told:
        try:
            answered = answer(address)
        except InputError:
            assert expected in ([], [""]), address
            continue
        if isinstance(answered, list):  # the source compares them sorted
            assert sorted(answered) == sorted(expected), address
        else:  # the source writes one expected host in capitals and lowers it
            assert answered == (expected[0].lower() if name == "TestCanonicalHost" else expected[0]), address


def test_a_hash_prefix_is_the_beginning_of_the_hash_of_an_expression():
    """As ``printf example.org/ | sha256sum`` says."""
    full = safe_browsing.hash_prefixes("http://example.org/", safe_browsing.FULL_HASH)
    assert [one.hex() for one in full] == ["5684f90a917dc4c5ccec467607e8da5f2f6eb1151e6029fb17c8e6e7fd136642"]
    assert safe_browsing.hash_prefixes("example.org") == [full[0][:4]]


@pytest.mark.parametrize("size", [3, 33])
def test_a_prefix_shorter_than_four_bytes_or_longer_than_the_hash_is_refused(size):
    with pytest.raises(InputError, match="4 to 32 bytes"):
        safe_browsing.hash_prefixes("http://example.org/", size)


@pytest.mark.parametrize(
    "untrusted",
    ["http://" + "a" * 70_000, "http://example.org/%" + "25" * 2_000, "//", "http://user@/", "http://:80/"],
)
def test_what_is_too_long_or_escaped_without_end_or_has_no_host_is_refused(untrusted):
    with pytest.raises(InputError, match="is not a web address"):
        safe_browsing.canonical(untrusted)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("1.2.3.4.5", ""), ("0x", ""), ("1." + "9" * 30, ""), ("08.1.1.1", ""), ("1..2", ""), ("256.1.1.1", "0.1.1.1")],
)
def test_only_what_is_an_ip_address_is_read_as_one(host, expected):
    assert safe_browsing.ip_address(host) == expected


def test_a_host_that_is_no_host_stays_escaped():
    assert safe_browsing.canonical_host("http://xn--ü.example/") == "xn--%c3%bc.example"
