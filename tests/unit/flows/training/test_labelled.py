"""Tables become labelled texts; a bad row costs a sentence, and a column that is not there the table."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.flows.training.labelled import (
    Columns,
    as_protected,
    code_of,
    in_batches,
    joined,
    read_labelled,
    taken,
    word_of,
)
from abate.settings import Settings

COLUMNS = Columns(text=("text",), label="label")


def und(texts):
    return ["und"] * len(texts)


def read(*paths, columns=COLUMNS, identify=und, settings=None):
    return read_labelled(paths, columns, settings or Settings(), identify)


@pytest.fixture
def table(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_one_label_is_one_label_whatever_the_file_writes(tmp_path, table):
    pq.write_table(pa.table({"text": ["a"], "label": [1.0]}), tmp_path / "four.parquet")
    files = [
        table("one.csv", "text,label\na,1\n"),
        table("two.tsv", "text\tlabel\na\t1\n"),
        table("three.jsonl", '{"text": "a", "label": true}\n{"text": "a", "label": 1}\n'),
        tmp_path / "four.parquet",
    ]
    rows = read(*files)
    assert rows.texts == ("a",) * 5
    assert rows.labels == ("1",) * 5


def test_a_quoted_text_may_hold_line_breaks_and_a_file_a_byte_order_mark(table):
    rows = read(table("a.tsv", '\ufefftext\tlabel\n"two\nlines\t""quoted"""\t0\nnext\t1\n'))
    assert rows.texts == ('two\nlines\t"quoted"', "next")
    assert rows.labels == ("0", "1")


def test_a_bad_row_costs_a_sentence_and_the_rest_goes_on(table):
    lines = ["text,label", "good,1", ",1", "no label,", "too,many,cells", f"long,{'x' * 101}", "fine,0"]
    rows = read(table("a.csv", "\n".join(lines)))
    assert rows.texts == ("good", "fine")
    assert rows.skipped == 4
    assert any("no text" in one for one in rows.problems)
    assert any("no label" in one for one in rows.problems)
    assert any(":5: " in one and "columns" in one for one in rows.problems)


def test_the_first_few_problems_are_told_and_all_are_counted(table):
    rows = read(table("a.jsonl", '{"text": "a", "label": "1"}\n' + "not json\n" * 40))
    assert rows.skipped == 40
    assert len(rows.problems) == 5


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        (Columns(text=("words",), label="label"), "words"),
        (Columns(text=("text",), label="class"), "class"),
        (Columns(text=("text",), label="label", template="functionality"), "functionality"),
        (Columns(text=("text",), label="label", source="paper"), "paper"),
        (Columns(text=("text",), label="label", language="which tongue"), "which tongue"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(table, columns, missing):
    path = table("a.csv", "text,label\na,1\n")
    with pytest.raises(InputError, match=rf"a\.csv: no column '{missing}'; there are: label, text"):
        read(path, columns=columns)


def test_what_is_no_table_or_has_no_row_is_refused(table, tmp_path):
    with pytest.raises(InputError, match="no table by its name"):
        read(table("a.txt", "hello"))
    with pytest.raises(InputError, match="no row can be used"):
        read(table("a.csv", "text,label\n"))
    with pytest.raises(InputError, match=r"no row can be used .*no text"):
        read(table("b.csv", "text,label\n ,1\n"))
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "absent.csv")
    with pytest.raises(InputError, match=r"bad\.parquet.*Parquet"):
        read(table("bad.parquet", "nothing of the kind"))


def test_columns_whose_names_are_ours_are_still_theirs(table):
    """A column called ``text`` that nobody named must not get into the text."""
    path = table("a.csv", "title,text,url\nA lamp,yes,no\n")
    rows = read(path, columns=Columns(text=("title",), label="text"))
    assert rows.texts == ("A lamp",)
    assert rows.labels == ("yes",)


def test_several_text_columns_are_joined_in_the_order_named(table):
    path = table("a.csv", "b,a,label\nsecond,first,1\n,alone,1\n")
    assert read(path, columns=Columns(text=("a", "b"), label="label")).texts == ("first\nsecond", "alone")


def test_language_is_a_column_else_a_code_else_read_off_the_text(table):
    path = table("a.csv", "text,label,lang\na,1,EN-us\nb,1,?\nc,1,\n")
    assert read(path, columns=Columns(text=("text",), label="label", language="lang")).languages == ("en", "und", "und")
    assert read(path, columns=Columns(text=("text",), label="label", language="AR")).languages == ("ar",) * 3
    guessed = read(path, identify=lambda texts: [f"x{text}" for text in texts])
    assert guessed.languages == ("xa", "xb", "xc")


def test_a_column_that_looks_like_a_code_is_a_column_where_it_is_one(table):
    path = table("a.csv", "text,label,en\na,1,fr\n")
    assert read(path, columns=Columns(text=("text",), label="label", language="en")).languages == ("fr",)


def test_a_text_may_hold_anything_that_json_smuggles_in(table):
    texts = ["\ud800 alone", "\x00", "\u202eturned", "a" * 500_000]
    path = table("a.jsonl", "\n".join(json.dumps({"text": one, "label": 0}) for one in texts))
    assert list(read(path).texts) == texts


def test_a_row_above_the_limit_is_passed_over(table):
    path = table("a.csv", f"text,label\n{'a' * 3000},1\nshort,0\n")
    rows = read(path, settings=Settings(max_line_bytes=1000))
    assert (rows.texts, rows.skipped) == (("short",), 1)


def test_protected_rows_get_the_benign_label_and_parts_are_joined(table):
    rows = read(table("a.csv", "text,label\na,1\nb,0\n"))
    news = as_protected(read(table("n.csv", "text\nnews\n"), columns=Columns(text=("text",))), "0")
    both = joined([rows, news])
    assert both.labels == ("1", "0", "0")
    assert both.protected == (False, False, True)
    assert taken(both, [2, 0]).texts == ("news", "a")
    assert both.counts() == {"und": {"0": 2, "1": 1}}


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        (None, ""),
        (float("nan"), ""),
        (0, "0"),
        (False, "0"),
        (2.0, "2"),
        (0.5, "0.5"),
        (" yes ", "yes"),
        (1e300, str(int(1e300))),
    ],
)
def test_a_cell_as_a_word(cell, word):
    assert word_of(cell) == word


@pytest.mark.parametrize(
    ("written", "code"),
    [("en", "en"), (" EN_gb ", "en"), ("zh-Hant", "zh"), ("Englisch", "und"), ("", "und"), ("e", "und")],
)
def test_a_language_code_is_its_first_part(written, code):
    assert code_of(written) == code


def test_batches_hold_every_text_once():
    assert [list(one) for one in in_batches("abcde", 2)] == [["a", "b"], ["c", "d"], ["e"]]
