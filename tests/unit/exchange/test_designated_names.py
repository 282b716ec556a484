import json

import pytest

from abate.domain.errors import InputError
from abate.exchange.designated_names import DesignatedNames, split_names
from abate.signals.terms import SIGNAL_TYPE, normalise_name


def read(folder, *rows):
    path = folder / "entities.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return [*DesignatedNames().read(path)], path


def test_every_name_of_an_organisation_is_listed_once_under_its_first(tmp_path):
    rows, path = read(
        tmp_path,
        {
            "name": "ORDER OF THE GREY LANTERN",
            "name_original_script": "الفانوس الرمادي",
            "aliases": [{"name": "Grey Lantern", "quality": "a.k.a."}, {"name": "Grey Lantern"}, "OGLN", {}, 7],
            "list": "Sample list",
            "ref": "X.1 ",
            "regime": "Sample",
        },
    )
    assert [row.untrusted_value for row in rows] == [
        "ORDER OF THE GREY LANTERN",
        "الفانوس الرمادي",
        "Grey Lantern",
        "OGLN",
    ]
    assert {(row.label, row.sources, row.ref, row.where) for row in rows} == {
        ("ORDER OF THE GREY LANTERN", ("Sample list",), "X.1", f"{path}:1")
    }
    assert {row.untrusted_type for row in rows} == {SIGNAL_TYPE}


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("GREY LANTERN ; BLUE KITE", ["GREY LANTERN", "BLUE KITE"]),
        ("GREY LANTERN / GLO", ["GREY LANTERN", "GLO"]),
        ("GREY LANTERN/ORDER", ["GREY LANTERN/ORDER"]),
        ("GREY LANTERN ;", ["GREY LANTERN"]),
        ("Order of the Grey Lantern (OTGL)", ["OTGL", "Order of the Grey Lantern"]),
        ("Order of the Grey Lantern (OGL)", ["Order of the Grey Lantern"]),
        ("Lamps for Peace (NGOS)", ["Lamps for Peace"]),
        ("Lamps (PAKISTAN)", ["Lamps"]),
        ("Lamps (lit)", ["Lamps (lit)"]),
        ("G-9", []),
        ("LJ ; M23", ["M23"]),
        ("", []),
        (" ; ", []),
    ],
)
def test_a_field_is_taken_apart_into_its_names(written, names):
    assert [*split_names(written)] == names


@pytest.mark.parametrize("bad", ['{"aliases": []}', '{"name": ""}', "[]", "{", "null"])
def test_a_row_without_an_organisation_is_said_and_passed_over(bad, tmp_path):
    rows, path = read(tmp_path, {"name": "Grey Lantern"}, bad, {"name": "Blue Kite"})
    assert [row.untrusted_value for row in (rows[0], rows[2])] == ["Grey Lantern", "Blue Kite"]
    assert isinstance(rows[1], InputError)
    assert rows[1].where == f"{path}:2"


def test_aliases_that_are_no_list_are_passed_over(tmp_path):
    rows, _ = read(tmp_path, {"name": "Grey Lantern", "aliases": "Blue Kite"})
    assert [row.untrusted_value for row in rows] == ["Grey Lantern"]


def test_an_alias_of_low_quality_is_listed_as_weak_unless_it_is_a_good_one_too(tmp_path):
    aliases = [
        {"name": "The Lamp", "quality": "a.k.a. low"},
        {"name": "Blue Kite", "quality": "Low"},
        {"name": "Blue Kite", "quality": "Good"},
        {"name": "Harbour Flow", "quality": "a.k.a. slow boats"},
    ]
    rows, _ = read(tmp_path, {"name": "Grey Lantern", "aliases": aliases})
    assert [row.untrusted_value for row in rows] == ["Grey Lantern", "~The Lamp", "Blue Kite", "Harbour Flow"]


@pytest.mark.parametrize(
    "person",
    [
        {"name": "Ilya Canarybird", "type": "individual"},
        {"name": "Ilya Canarybird", "schema": "Person"},
        {"name": "Ilya Canarybird", "date_of_birth": ""},
        {"name": "Ilya Canarybird", "SECOND_NAME": "Canarybird"},
    ],
)
def test_a_person_is_dropped_at_the_door_and_only_counted(person, tmp_path):
    rows, path = read(tmp_path, person, {"name": "Grey Lantern"}, person)
    assert rows[0].untrusted_value == "Grey Lantern"
    assert [str(row) for row in rows[1:]] == [
        f"{path}: 2 natural persons were left out unread: abate looks for organisations only; nothing is to be done"
    ]
    assert "Canarybird" not in repr(rows)


@pytest.mark.needs_data("list_un_entities")
def test_the_shared_list_is_read_whole_and_every_name_can_be_banked(data):
    path = data / "list_un_entities/entities.jsonl"
    assert DesignatedNames().recognises(path, path.read_bytes()[:65536])
    rows = [*DesignatedNames().read(path)]
    assert not [row for row in rows if isinstance(row, InputError)]
    assert len({row.ref for row in rows}) == len(path.read_text().splitlines())
    assert all(normalise_name(row.untrusted_value) for row in rows)
