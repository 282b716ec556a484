"""What every list format promises, run over all that are installed: hostile files cost one error a row."""

import tracemalloc

import pytest

from abate.domain.errors import InputError
from abate.exchange import lines
from abate.extend.exchange import Listed
from abate.plugins import load_formats

FORMATS = load_formats()
ZERO = "0" * 64

GOOD = {
    "csv": ("list.csv", f"type,value\npdq,{ZERO}\n"),
    "json": ("list.jsonl", f'{{"type": "pdq", "value": "{ZERO}"}}\n'),
    "threatexchange": ("list.txt", f"pdq {ZERO}\n"),
    "designated": ("list.jsonl", '{"name": "Order of the Grey Lantern", "ref": "X.1"}\n'),
}
"""A file of one row in each format."""


def split(rows):
    rows = list(rows)
    return [row for row in rows if isinstance(row, Listed)], [row for row in rows if isinstance(row, InputError)]


def written(folder, name, suffix=b""):
    file_name, text = GOOD[name]
    path = folder / file_name
    path.write_bytes(text.encode() + suffix)
    return path


def test_each_installed_format_has_an_example_here():
    assert sorted(FORMATS) == sorted(GOOD)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_file_is_recognised_by_its_own_format_alone(name, tmp_path):
    path = written(tmp_path, name)
    assert [one for one, plug in FORMATS.items() if plug.recognises(path, path.read_bytes())] == [name]


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_byte_order_mark_is_passed_over(name, tmp_path):
    path = written(tmp_path, name)
    expected = split(FORMATS[name].read(path))[0]
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert FORMATS[name].recognises(path, path.read_bytes())
    good, bad = split(FORMATS[name].read(path))
    assert (good, bad) == (expected, [])
    assert good


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("head", [b"", b"\x00\x01\x02\xff", b"\n\n", b"<html>", b"PK\x03\x04", b"plain words\n"])
def test_no_format_claims_what_it_cannot_read(name, head, tmp_path):
    assert not FORMATS[name].recognises(tmp_path / "list.bin", head)


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"\xff\xfe\xfd\n", "not UTF-8"),
        (b"x" * (lines.LONGEST + 1) + b"\n", "longer than"),
        (b"x" * (5 * lines.LONGEST), "longer than"),
    ],
)
def test_a_bad_row_costs_one_error_with_its_place_and_the_rest_is_read(name, row, says, tmp_path):
    _, text = GOOD[name]
    path = written(tmp_path, name, row + (b"\n" if not row.endswith(b"\n") else b"") + text.encode().splitlines()[-1])
    good, bad = split(FORMATS[name].read(path))
    assert len(good) == 2
    assert [str(error).startswith(f"{path}:") for error in bad] == [True]
    assert says in str(bad[0])
    number = text.count("\n") + 1
    assert bad[0].where == f"{path}:{number}"
    assert good[1].where == f"{path}:{number + 1}"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_row_of_a_hundred_megabytes_is_not_held_in_memory(name, tmp_path):
    """Sparse: a hole reads as zero bytes and takes no room on the disk. A gigabyte would take another path nowhere."""
    path = written(tmp_path, name)
    with path.open("r+b") as stream:
        stream.seek(100 * 1024**2)
        stream.write(b"\n" + GOOD[name][1].encode().splitlines()[-1])
    tracemalloc.start()
    good, bad = split(FORMATS[name].read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(good), len(bad)) == (2, 1)
    assert peak < 16 * 1024**2


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_file_that_is_not_there_or_in_another_encoding_is_one_error(name, tmp_path):
    with pytest.raises(InputError, match="check the path"):
        list(FORMATS[name].read(tmp_path / "absent"))
    path = tmp_path / GOOD[name][0]
    path.write_text(GOOD[name][1], "utf-16")
    with pytest.raises(InputError, match="save it as UTF-8"):
        list(FORMATS[name].read(path))


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"csv"}))
def test_an_empty_list_is_an_empty_list(name, tmp_path):
    path = tmp_path / GOOD[name][0]
    path.touch()
    assert list(FORMATS[name].read(path)) == []
