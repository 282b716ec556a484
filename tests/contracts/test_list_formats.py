"""The contract of list formats, run over all that are installed."""

import pytest

from abate.plugins import load_formats
from abate.testing import ExampleList, list_formats

FORMATS = load_formats()
ZERO = "0" * 64

GOOD = {
    "csv": ExampleList(file_name="list.csv", head="type,value\n", row=f"pdq,{ZERO}\n"),
    "json": ExampleList(file_name="list.jsonl", row=f'{{"type": "pdq", "value": "{ZERO}"}}\n'),
    "threatexchange": ExampleList(file_name="list.txt", row=f"pdq {ZERO}\n"),
    "designated": ExampleList(file_name="list.jsonl", row='{"name": "Order of the Grey Lantern", "ref": "X.1"}\n'),
    "un_xml": ExampleList(
        file_name="list.xml",
        row="<CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>Order of the Grey Lantern</FIRST_NAME></ENTITY>"
        "</ENTITIES></CONSOLIDATED_LIST>",
    ),
}
"""A file of one row in each format."""

WHOLE = {"un_xml"}
"""Formats that are one thing from the first letter to the last: a row cannot stand alone, nor be bad alone."""

ALL = pytest.mark.parametrize("name", sorted(GOOD))
ROWS = pytest.mark.parametrize("name", sorted(set(GOOD) - WHOLE))


def test_each_installed_format_has_an_example_here():
    assert sorted(FORMATS) == sorted(GOOD)


@ALL
def test_a_file_is_recognised_by_its_own_format_alone(name, tmp_path):
    list_formats.check_a_file_is_recognised_by_its_own_format_alone(FORMATS[name], GOOD[name], tmp_path, others=FORMATS)


@ALL
def test_a_byte_order_mark_is_passed_over(name, tmp_path):
    list_formats.check_a_byte_order_mark_is_passed_over(FORMATS[name], GOOD[name], tmp_path)


@ALL
@pytest.mark.parametrize("head", list_formats.HEADS)
def test_no_format_claims_what_it_cannot_read(name, head, tmp_path):
    list_formats.check_no_format_claims_what_it_cannot_read(FORMATS[name], tmp_path, head)


@ROWS
@pytest.mark.parametrize(
    ("row", "says"), [*zip(list_formats.BAD_ROWS, ("not UTF-8", "longer than", "longer than"), strict=True)]
)
def test_a_bad_row_costs_one_error_with_its_place_and_the_rest_is_read(name, row, says, tmp_path):
    list_formats.check_a_bad_row_costs_one_error(FORMATS[name], GOOD[name], tmp_path, row, says=says)


@ROWS
def test_a_row_of_a_hundred_megabytes_is_not_held_in_memory(name, tmp_path):
    list_formats.check_a_huge_row_is_not_held_in_memory(FORMATS[name], GOOD[name], tmp_path)


@ALL
def test_a_file_that_is_not_there_or_in_another_encoding_is_one_error(name, tmp_path):
    says = ("check the path", "save it as UTF-8")
    list_formats.check_a_file_that_cannot_be_read_is_one_error(FORMATS[name], GOOD[name], tmp_path, says=says)


@pytest.mark.parametrize("name", sorted(name for name, example in GOOD.items() if not (example.head or name in WHOLE)))
def test_an_empty_list_is_an_empty_list(name, tmp_path):
    list_formats.check_an_empty_list_is_an_empty_list(FORMATS[name], GOOD[name], tmp_path)


def test_the_suite_runs_all_its_checks_on_one_call(tmp_path):
    list_formats.check_list_format(FORMATS["json"], GOOD["json"], tmp_path, others=FORMATS)
