"""Written fingerprints: what is read, and what is refused with the reason."""

import pytest

from abate.domain import winnow
from abate.domain.errors import InputError
from abate.domain.winnow import read_fingerprints, what_is_wrong

ONE = "01000a" + "00c0ffee" + "0e"
"""Ten letters, one shingle of all of them."""


@pytest.mark.parametrize("written", [ONE, f" {ONE.upper()}\n", ONE + "00c0ffef" + "08"])
def test_fingerprints_are_read_in_capitals_and_with_space_around_them(written):
    assert read_fingerprints(written) == written.strip().lower()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "format"),
        ("lantern", "hexadecimal"),
        ("01 000a", "hexadecimal"),
        ("0", "hexadecimal"),
        ("\ud800", "hexadecimal"),
        ("02" + ONE[2:], "format"),
        ("01000a", "cut off"),
        (ONE[:-2], "cut off"),
        (ONE + "00", "cut off"),
        ("010009" + ONE[6:], "outside"),  # nine letters hold no shingle of ten
        (ONE[:-2] + "06", "outside"),  # no step
        (ONE[:-2] + "0f", "outside"),  # a shingle of eleven letters
        (ONE + "00c0ffef" + "0e", "outside"),  # the second begins a letter later and ends behind the text
    ],
)
def test_what_is_none_is_refused_with_the_reason(written, why):
    with pytest.raises(InputError, match=f"{why}.*near_text"):
        read_fingerprints(written)


def test_more_digits_than_a_text_can_give_are_not_even_looked_at():
    with pytest.raises(InputError, match="digits"):
        read_fingerprints("0" * (2 * (winnow.HEAD_BYTES + winnow.RECORD_BYTES * winnow.MOST_LETTERS) + 2))


def test_the_longest_text_has_its_place():
    value = bytes([winnow.FORMAT, 0xFF, 0xFF]) + bytes([0, 0, 0, 0, 8]) * 65_532
    assert what_is_wrong(value) == ""
    assert "outside" in what_is_wrong(value + bytes([0, 0, 0, 0, 8]))
