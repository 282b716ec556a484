import json
import logging
from html import escape

import pytest

from abate.domain.bank import Bank, BankPurpose
from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.exchange import un_xml
from abate.exchange.designated_names import DesignatedNames
from abate.exchange.un_xml import UnXml
from abate.flows import banks
from abate.flows.pipeline import scan
from abate.testing import NOON, make_kit

CANARY = "Wenzeslaus Canarybird"
"""An invented person. The name must come out of nowhere."""

PERSON = f"""
<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>{CANARY}</FIRST_NAME><SECOND_NAME>{CANARY}</SECOND_NAME>
<REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER><COMMENTS1>{CANARY} was seen with Grey Lantern.</COMMENTS1>
<ENTITY><FIRST_NAME>{CANARY}</FIRST_NAME></ENTITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{CANARY} the Younger</ALIAS_NAME></INDIVIDUAL_ALIAS>
</INDIVIDUAL>"""

ENTITY = f"""
<ENTITY><DATAID>2</DATAID><FIRST_NAME>ORDER OF THE\n GREY LANTERN &amp; Co</FIRST_NAME>
<UN_LIST_TYPE>Sample</UN_LIST_TYPE><REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER><LISTED_ON>2026-01-01</LISTED_ON>
<NAME_ORIGINAL_SCRIPT>الفانوس الرمادي</NAME_ORIGINAL_SCRIPT><COMMENTS1>Founded by {CANARY}.</COMMENTS1>
<LIST_TYPE><VALUE>UN List</VALUE></LIST_TYPE>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Grey Lantern Order</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ALIAS><ALIAS_NAME>Lamp Guild</ALIAS_NAME><QUALITY>Low</QUALITY></ENTITY_ALIAS>
<ENTITY_ALIAS><QUALITY/><ALIAS_NAME/></ENTITY_ALIAS>
<ENTITY_ADDRESS><STREET>care of {CANARY}</STREET><COUNTRY>Harbourland</COUNTRY></ENTITY_ADDRESS></ENTITY>"""


def wrapped(persons=PERSON, entities=ENTITY):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CONSOLIDATED_LIST dateGenerated="2026-01-02">\n'
        f"<INDIVIDUALS>{persons}</INDIVIDUALS>\n<ENTITIES>{entities}</ENTITIES>\n</CONSOLIDATED_LIST>\n"
    )


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "consolidated.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(path):
    with pytest.raises(InputError) as caught:
        list(UnXml().read(path))
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_an_organisation_is_listed_by_its_names_and_the_persons_are_counted(written):
    path = written(wrapped(persons=PERSON * 3))
    *rows, told = UnXml().read(path)
    assert [row.untrusted_value for row in rows] == [
        "ORDER OF THE GREY LANTERN & Co",
        "الفانوس الرمادي",
        "Grey Lantern Order",
        "~Lamp Guild",
    ]
    assert {(row.label, row.ref, row.sources, row.untrusted_type) for row in rows} == {
        ("ORDER OF THE GREY LANTERN & Co", "XXe.001", ("UN Security Council consolidated",), "name")
    }
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if text.startswith("<ENTITY><DATAID>2"))
    assert {row.where for row in rows} == {f"{path}:{line}"}
    assert str(told).startswith(f"{path}: 3 natural persons were left out unread")


def test_a_list_without_persons_says_nothing_of_them(written):
    rows = list(UnXml().read(written(wrapped(persons=""))))
    assert len(rows) == 4
    assert not [row for row in rows if isinstance(row, InputError)]


def test_a_persons_name_comes_out_nowhere(written, tmp_path, caplog, capfd):
    """Not in a row, an error, a log, an index or the store: whatever stands in the part on individuals."""
    caplog.set_level(logging.DEBUG)
    rows = list(UnXml().read(written(wrapped())))
    assert CANARY not in repr(rows)
    kit = make_kit(tmp_path)
    with kit.store.write() as tx:
        tx.banks.add(Bank(name="un", purpose=BankPurpose.DESIGNATED, created_at=NOON))
    added = banks.add_listed(kit, "un", iter(rows), by="tester")
    assert added.added == 4
    (found,) = scan(kit, [Item(id="1", kind=Kind.TEXT, text=f"{CANARY} spoke to the Grey Lantern Order.")])
    assert [mention.name for mention in found.mentions] == ["ORDER OF THE GREY LANTERN & Co"]
    with kit.store.read() as tx:
        kept = repr([*tx.entries.find(bank="un")]) + repr([*tx.audit.read()])
    told = capfd.readouterr()
    assert CANARY not in kept + repr(added) + caplog.text + told.out + told.err


def test_a_regime_may_be_chosen(written):
    path = written(wrapped(entities=ENTITY + ENTITY.replace("Sample", "Other").replace("XXe.001", "XXe.002")))
    assert {row.ref for row in UnXml(["sample"]).read(path) if not isinstance(row, InputError)} == {"XXe.001"}
    assert {row.ref for row in UnXml().read(path) if not isinstance(row, InputError)} == {"XXe.001", "XXe.002"}


def test_an_organisation_without_a_name_costs_one_line(written):
    bad, *rows = UnXml().read(written(wrapped(persons="", entities="<ENTITY><DATAID>9</DATAID></ENTITY>" + ENTITY)))
    assert "FIRST_NAME" in str(bad)
    assert len(rows) == 4


def test_an_organisation_outside_of_its_part_is_read_and_a_person_outside_of_theirs_is_not(written):
    path = written(f"<CONSOLIDATED_LIST>{PERSON}{ENTITY}{PERSON}</CONSOLIDATED_LIST>")
    *rows, told = UnXml().read(path)
    assert len(rows) == 4
    assert "2 natural persons" in str(told)


SWELLING = '<!DOCTYPE C [<!ENTITY a "lolololol">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.mark.parametrize(
    "hostile",
    [
        SWELLING + "]>\n<CONSOLIDATED_LIST>&j;</CONSOLIDATED_LIST>",
        '<!DOCTYPE C [<!ENTITY x SYSTEM "file:///etc/hostname">]><CONSOLIDATED_LIST>&x;</CONSOLIDATED_LIST>',
        '<!DOCTYPE C SYSTEM "http://example.invalid/list.dtd"><CONSOLIDATED_LIST/>',
        '<!DOCTYPE C [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><CONSOLIDATED_LIST/>',
    ],
)
def test_a_document_type_is_refused_before_an_entity_of_it_is_read(hostile, written):
    assert "declares a document type" in refusal(written(hostile))


@pytest.mark.parametrize("part", ["INDIVIDUALS", "ENTITIES", "ENTITY"])
def test_a_million_elements_inside_one_another_are_refused_at_the_first_few(part, written):
    assert "elements 32 deep" in refusal(written(f"<CONSOLIDATED_LIST><{part}>" + "<a>" * 1_000_000))


@pytest.mark.parametrize("cut", [0, 30, 200, 700, 1100, -30, -3])
def test_a_list_that_breaks_off_is_refused_whole(cut, written):
    content = wrapped().encode()
    assert "ends in the middle" in refusal(written(content[:cut] if cut else b""))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body>404</body></html>", "is no consolidated list"),
        (b"PK\x03\x04\x00\x00", "not well-formed"),
        (wrapped().replace("</ENTITIES>", "").encode(), "not well-formed"),
        (wrapped().replace("Grey Lantern Order", "Grey &lamp; Order").encode(), "not well-formed"),
        (wrapped().encode().replace(b"Lamp Guild", b"Lamp \xff\xfe Guild"), "not well-formed"),
        (wrapped().replace("Lamp Guild", "x" * 5_000).encode(), "more than 4000 characters"),
        (wrapped().replace("<QUALITY/>", "<x y='" + "z" * 3_000_000 + "'/>").encode(), "more than 1024 KiB"),
        (wrapped().encode("utf-16"), "save it as UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_such_list_is_told_in_one_sentence(content, said, written):
    sentence = refusal(written(content))
    assert said in sentence
    assert len(sentence) < 300


def test_an_organisation_of_a_thousand_aliases_and_a_file_that_is_too_large_are_refused(written, monkeypatch):
    alias = "<ENTITY_ALIAS><ALIAS_NAME>Lamp</ALIAS_NAME></ENTITY_ALIAS>"
    entity = f"<ENTITY><FIRST_NAME>Lamps</FIRST_NAME>{alias * 1_001}</ENTITY>"
    assert "more than 1000 aliases" in refusal(written(wrapped(entities=entity)))
    monkeypatch.setattr(un_xml, "LARGEST", 100)
    assert "has more than" in refusal(written(wrapped()))


@pytest.mark.needs_data("list_un_entities")
def test_the_shared_list_written_as_its_xml_gives_the_same_names(data, written):
    def of(entity):
        aliases = "".join(
            f"<ENTITY_ALIAS><QUALITY>{a['quality']}</QUALITY><ALIAS_NAME>{escape(a['name'])}</ALIAS_NAME></ENTITY_ALIAS>"
            for a in entity["aliases"]
        )
        return (
            f"<ENTITY><FIRST_NAME>{escape(entity['name'])}</FIRST_NAME><UN_LIST_TYPE>{entity['regime']}</UN_LIST_TYPE>"
            f"<REFERENCE_NUMBER>{entity['ref']}</REFERENCE_NUMBER>"
            f"<NAME_ORIGINAL_SCRIPT>{escape(entity['name_original_script'])}</NAME_ORIGINAL_SCRIPT>{aliases}</ENTITY>"
        )

    path = data / "list_un_entities/entities.jsonl"
    entities = [json.loads(line) for line in path.read_text().splitlines()]
    *rows, told = UnXml().read(written(wrapped(entities="".join(map(of, entities)))))
    theirs = [(" ".join(row.untrusted_value.split()), row.ref, row.sources) for row in DesignatedNames().read(path)]
    assert [(row.untrusted_value, row.ref, row.sources) for row in rows] == theirs
    assert "1 natural person was" in str(told)
