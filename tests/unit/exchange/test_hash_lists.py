import json

import pytest

from abate.domain.errors import InputError
from abate.exchange import json_list, threatexchange_file
from abate.exchange.csv_list import CsvList
from abate.exchange.json_list import JsonList
from abate.exchange.threatexchange_file import ThreatExchangeFile, write
from abate.extend.exchange import Listed

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
ZERO = "0" * 64


def read(plug, folder, text, name="list"):
    path = folder / name
    path.write_text(text, "utf-8")
    return [str(row) if isinstance(row, InputError) else row for row in plug.read(path)], path


def pairs(rows):
    return [(row.untrusted_type, row.untrusted_value) for row in rows]


@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_columns_stand_in_any_order_under_any_delimiter(between, tmp_path):
    header = between.join(["ref", "Value", "note", "TYPE", "label", "source"])
    row = between.join(["r1", ZERO, "x", "pdq", '"Lantern, lit"', "a|b"])
    (listed,), path = read(CsvList(), tmp_path, f"{header}\r\n{row}\r\n")
    assert listed == Listed(
        where=f"{path}:2",
        untrusted_type="pdq",
        untrusted_value=ZERO,
        label="Lantern, lit",
        sources=("a", "b"),
        ref="r1",
    )


@pytest.mark.parametrize("name", ["md5", "sha256", "pdq"])
def test_a_column_named_after_its_type_needs_no_other(name, tmp_path):
    rows, _ = read(CsvList(), tmp_path, f"{name.upper()}\nabc\n\n   \n")
    assert pairs(rows) == [(name, "abc")]


def test_a_nameless_hash_is_md5_by_its_length_or_must_say_what_it_is(tmp_path):
    (md5, long, odd), path = read(CsvList(), tmp_path, f"hash\n{MD5}\n{ZERO}\nabc\n")
    assert (md5.untrusted_type, md5.untrusted_value) == ("md5", MD5)
    assert long == f"{path}:3: 64 digits may be SHA-256 or PDQ; say which in a `type` column"
    assert odd == f"{path}:4: this row has no type; say it in a `type` column"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no header line"),
        ("\n\n", "has no header line"),
        ("name,age\nx,1\n", "has no column `value` (it has name, age)"),
        (f"{ZERO}\n", "has no column `value`"),
        ('"type,value\n', "the header is not CSV"),
    ],
)
def test_a_table_without_a_column_of_values_is_one_error_for_the_file(text, says, tmp_path):
    with pytest.raises(InputError) as caught:
        read(CsvList(), tmp_path, text)
    assert says in str(caught.value)
    assert "type,value" in str(caught.value)


def test_an_open_quote_swallows_its_own_row_only(tmp_path):
    rows, path = read(CsvList(), tmp_path, f'type,value\npdq,"{ZERO}\npdq,{ZERO}\npdq\n')
    assert rows[0].startswith(f"{path}:2: this row is not CSV")
    assert pairs(rows[1:2]) == [("pdq", ZERO)]
    assert rows[2] == f"{path}:4: this row has no value; fill it in or remove the row"


def test_an_array_and_lines_of_objects_say_the_same(tmp_path):
    rows = [
        {"type": "pdq", "value": ZERO, "label": "l", "ref": 7, "sources": ["a", " b ", ""]},
        {"value": MD5, "source": "c"},
        {"type": "text", "value": f" {ZERO} ", "extra": {"deep": []}, "label": None},
    ]
    array, _ = read(JsonList(), tmp_path, json.dumps(rows, indent=1), "a.json")
    by_line, _ = read(JsonList(), tmp_path, "\n".join(map(json.dumps, rows)), "b.jsonl")
    assert pairs(array) == pairs(by_line) == [("pdq", ZERO), ("md5", MD5), ("text", ZERO)]
    assert (array[0].label, array[0].ref, array[0].sources) == ("l", "7", ("a", "b"))
    assert by_line[1].sources == ("c",)
    assert (array[1].where[-9:], by_line[1].where[-2:]) == ("element 2", ":2")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{}", "has no `value`"),
        ('{"type": "pdq"}', "has no `value`"),
        ('{"value": ["x"]}', "has no `value`"),
        (f'{{"value": "{ZERO}"}}', "SHA-256 or PDQ"),
        ("[1, 2]", "no JSON object"),
        ("7", "no JSON object"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_an_object_that_lists_nothing_is_said_and_passed_over(row, says, tmp_path):
    good = f'{{"type": "pdq", "value": "{ZERO}"}}'
    rows, path = read(JsonList(), tmp_path, f"{good}\n{row}\n{good}")
    assert pairs([rows[0], rows[2]]) == [("pdq", ZERO)] * 2
    assert says in rows[1]
    assert rows[1].startswith(f"{path}:2: ")


def test_a_broken_array_is_one_error_for_the_file(tmp_path):
    with pytest.raises(InputError, match="is not JSON"):
        read(JsonList(), tmp_path, '[{"type": "pdq"')
    with pytest.raises(InputError, match="is not JSON"):
        read(JsonList(), tmp_path, "[" * 100_000)
    (path := tmp_path / "bytes.json").write_bytes(b'[{"value": "\xff"}]')
    with pytest.raises(InputError, match="is not JSON"):
        list(JsonList().read(path))


def test_an_array_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_list, "LARGEST", 10)
    with pytest.raises(InputError, match="one object a line"):
        read(JsonList(), tmp_path, '[{"type": "pdq"}]')


def test_their_pairs_are_read_under_our_names(tmp_path):
    rows, path = read(
        ThreatExchangeFile(),
        tmp_path,
        f"pdq {ZERO}\nvideo_md5  {MD5} \nvideo_sha256 {ZERO}\nurl https://example.org/a b\nclip x\n\nalone\n",
    )
    assert pairs(rows[:-1]) == [
        ("pdq", ZERO),
        ("md5", MD5),
        ("sha256", ZERO),
        ("url", "https://example.org/a b"),
        ("clip", "x"),
    ]
    assert rows[-1] == f"{path}:7: this line is not `TYPE VALUE`; correct or remove it"


def test_their_table_is_read_and_what_they_call_harmless_says_no(tmp_path):
    """A partner's NEGATIVE_CLASS entry banked as known content would turn their word into its opposite."""
    table = (
        "collab,signal_type,signal_str,category,tags\r\n"
        f"Sample,pdq,{ZERO},POSITIVE_CLASS,bridge benign\r\n"
        f"Sample,pdq,{ZERO},NEGATIVE_CLASS,\r\n"
        f"Sample,pdq,{ZERO},INVESTIGATION_SEED,\r\n"
        f"Sample,pdq,{ZERO}\r\n"
        f'Sample,"pdq,{ZERO}\r\n'
        f",video_md5,{MD5},,\r\n"
    )
    rows, path = read(ThreatExchangeFile(), tmp_path, table, "table.csv")
    assert ThreatExchangeFile().recognises(path, path.read_bytes())
    assert not CsvList().recognises(path, path.read_bytes())
    assert (rows[0].sources, rows[0].label) == (("Sample",), "bridge benign")
    assert [row.untrusted_stance for row in rows[:2]] == ["", "negative"]
    assert "its category is INVESTIGATION_SEED" in rows[2]
    assert "has 3 cells, not 5" in rows[3]
    assert "is not CSV" in rows[4]
    assert (rows[5].untrusted_type, rows[5].sources) == ("md5", ())


def test_what_is_written_is_read_back(tmp_path):
    entries = [("pdq", ZERO), ("md5", MD5), ("sha256", ZERO), ("text", ZERO), ("url", "https://example.org/a")]
    path = tmp_path / "bank.txt"
    assert write(path, entries) == 5
    assert path.read_text().splitlines()[1] == f"video_md5 {MD5}"
    assert pairs(ThreatExchangeFile().read(path)) == entries
    assert ThreatExchangeFile().recognises(path, path.read_bytes())


@pytest.mark.parametrize("value", ["a\nb", "a\x85b", "", "a\r"])
def test_a_value_that_would_become_two_entries_is_not_written(value, tmp_path):
    path = tmp_path / "bank.txt"
    path.write_text("before")
    with pytest.raises(InputError, match="one line"):
        write(path, [("pdq", ZERO), ("name", value)])
    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="check the folder"):
        write(tmp_path / "absent" / "bank.txt", [])


def test_our_names_and_theirs_go_both_ways():
    assert {theirs: ours for ours, theirs in threatexchange_file.THEIRS.items()} == threatexchange_file.OURS


def test_a_list_says_who_disputes_a_value_when_it_ends_and_that_it_says_no(tmp_path):
    header = "type,value,stance,expires_at,disputed_by"
    (listed,), _ = read(CsvList(), tmp_path, f"{header}\npdq,{ZERO},Negative,2026-04-01,hotline; university\n")
    said = (listed.untrusted_stance, listed.untrusted_expires_at, listed.disputed_by)
    assert said == ("Negative", "2026-04-01", ("hotline", "university"))
    row = {"type": "pdq", "value": ZERO, "stance": "Negative", "expires_at": "2026-04-01"}
    text = json.dumps(row | {"disputed_by": ["hotline", " ", "university"]})
    (again,), _ = read(JsonList(), tmp_path, text)
    assert (again.untrusted_stance, again.untrusted_expires_at, again.disputed_by) == said
