"""A text without the names in it."""

import pytest

from abate.domain.signal import Mention
from abate.signals.context.mentions import without_mentions


def mention(start, end):
    return Mention(name="n", list="l", ref="r", start=start, end=end)


def named(text, name):
    """The text with the name's places as mentions."""
    found, at = [], text.find(name)
    while at >= 0:
        found.append(mention(at, at + len(name)))
        at = text.find(name, at + 1)
    return text, found


@pytest.mark.parametrize(
    "text",
    [
        "Police said NAME had set the fire.",
        "Police said had NAME set the fire.",
        "NAME Police said had set the fire.",
        "Police said had set the fire NAME.",
        "Police  said\nhad set the NAME NAME fire.",
        "Police said had set the fire. NAME",
    ],
)
def test_wherever_the_name_stood_the_same_text_is_left(text):
    assert without_mentions(*named(text, "NAME")) == "Police said had set the fire."


def test_a_name_before_a_comma_leaves_no_space_there():
    assert without_mentions(*named("In the town NAME, he said, it rains", "NAME")) == "In the town,he said,it rains"
    assert without_mentions("In the town, he said, it rains", []) == "In the town,he said,it rains"


def test_names_that_overlap_or_lie_outside_are_cut():
    assert without_mentions("one two three", [mention(0, 7), mention(4, 9), mention(8, 400)]) == ""
    assert without_mentions("one two three", [mention(50, 60)]) == "one two three"


def test_a_name_inside_a_word_parts_it():
    assert without_mentions("lanternXlight", [mention(7, 8)]) == "lantern light"


def test_nothing_is_left_of_nothing():
    assert without_mentions("", []) == ""
    assert without_mentions(" \n ", []) == ""
