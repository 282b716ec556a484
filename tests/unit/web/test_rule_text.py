"""What the pages on rules show of texts, counts and long runs, without a site around it."""

import re
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import ConflictError, InputError
from abate.testing import NOON
from abate.web.console.rule_bars import Row, bars
from abate.web.console.rule_text import MOST_LINES, coloured, compared
from abate.web.runs import MOST, Runs

SIGNS = st.text(st.sampled_from("ab\"'#\\\n .1e_فß🏮{}()"), max_size=60)
LINES = st.lists(st.text("ab c,", max_size=8), max_size=12).map("\n".join)


@given(SIGNS)
def test_colours_leave_every_letter_of_a_text_where_it_is(text):
    assert "".join(piece.text for piece in coloured(text)) == text


def test_the_words_of_a_rule_are_told_apart():
    text = 'when=item.views > 1_000 and lower(x) == "a # b", # because\n'
    kinds = [(piece.kind, piece.text) for piece in coloured(text) if piece.kind]
    assert kinds == [
        ("field", "item.views"),
        ("number", "1_000"),
        ("logic", "and"),
        ("call", "lower"),
        ("quoted", '"a # b"'),
        ("note", "# because"),
    ]


@given(LINES, LINES)
def test_a_comparison_holds_both_texts_whole(older, newer):
    lines = compared(older, newer)
    for gone, text in (("ins", older), ("del", newer)):
        kept = ["".join(piece.text for piece in line.pieces) for line in lines if line.kind != gone]
        assert kept == text.splitlines()


@given(LINES, LINES)
def test_what_is_marked_in_a_line_is_what_differs_from_the_other(older, newer):
    lines = compared(older, newer)
    if older == newer:
        assert {line.kind for line in lines} <= {"same"}
    for line in lines:
        assert line.kind != "same" or [piece.kind for piece in line.pieces] == [""]


def test_within_a_line_only_the_words_that_changed_are_marked():
    gone, come = compared("when=item.views > 100,", "when=item.views > 2000,")
    assert [piece.text for piece in gone.pieces if piece.kind] == ["100"]
    assert [piece.text for piece in come.pieces if piece.kind] == ["2000"]


def test_long_texts_are_not_compared_and_long_lines_as_a_whole():
    assert compared("a\n" * (MOST_LINES + 1), "a") is None
    gone, come = compared("a " * 900, "a " * 900 + "b")
    assert [piece.kind for piece in (*gone.pieces, *come.pieces)] == ["changed", "changed"]


def test_bars_are_as_tall_as_their_counts_and_say_them():
    drawn = bars("Hits", ["1", "2", "3"], [Row(name="ours", values=[0, 5, 10])], name="x")
    tall = [float(found) for found in re.findall(r'height="([0-9.]+)"><title>', drawn)]
    assert tall[0] == 0
    assert tall[1] == pytest.approx(tall[2] / 2)
    assert "<title>3: 10</title>" in drawn
    assert "ours: 15" in drawn


def test_one_hit_among_thousands_is_still_to_be_seen():
    drawn = bars("Hits", ["1", "2"], [Row(name="ours", values=[1, 100_000])], name="x")
    assert min(float(found) for found in re.findall(r'height="([0-9.]+)"><title>', drawn)) > 1


def test_bars_escape_what_they_are_called_and_draw_nothing_of_nothing():
    assert bars("Hits", [], [], name="x") == ""
    drawn = bars('<b>"', ["<i>"], [Row(name="<u>", values=[0.5]), Row(name="b", values=[0])], name="x")
    assert not re.search("<b>|<i>|<u>", drawn)
    assert "&lt;u&gt;, 0.5" in drawn
    assert "style" not in drawn  # the page's policy lets no style in


@pytest.fixture
def runs():
    made = Runs(patience_s=0.05)
    yield made
    made.close()


def test_a_short_run_is_done_when_the_page_comes(runs):
    done = []
    assert Runs(patience_s=30).begin("a", lambda: done.append(1), NOON)
    assert done == [1]


def test_what_goes_wrong_at_once_is_told_at_once():
    def wrong():
        msg = "no"
        raise InputError(msg)

    made = Runs(patience_s=30)
    with pytest.raises(InputError, match="no"):
        made.begin("a", wrong, NOON)
    assert (made.since("a"), made.failure("a")) == (None, "")


def test_a_long_run_goes_on_and_is_not_begun_twice(runs):
    go_on = threading.Event()
    assert not runs.begin("a", lambda: go_on.wait(30), NOON)
    assert runs.since("a") == NOON
    with pytest.raises(ConflictError, match="runs already"):
        runs.begin("a", lambda: None, NOON)
    assert not runs.begin("b", lambda: None, NOON + timedelta(hours=1))  # waits for its turn
    future = runs._runs["b"].future
    go_on.set()
    future.result(30)
    assert (runs.since("a"), runs.since("b"), runs.failure("b"), runs.failure("c")) == (None, None, "", "")


@pytest.mark.parametrize("error", [InputError("the period is none"), ValueError("nobody foresaw it")])
def test_what_goes_wrong_later_is_told_once(runs, error):
    go_on = threading.Event()

    def wrong():
        go_on.wait(30)
        raise error

    runs.begin("a", wrong, NOON)
    assert runs.failure("a") == ""
    future = runs._runs["a"].future
    go_on.set()
    future.exception(30)
    if isinstance(error, InputError):
        assert runs.failure("a") == "the period is none"
    else:
        with pytest.raises(ValueError, match="nobody foresaw it"):
            runs.failure("a")
    assert runs.failure("a") == ""


def test_only_so_many_wait(runs):
    go_on = threading.Event()
    for number in range(MOST):
        runs.begin(str(number), lambda: go_on.wait(30), NOON)
    with pytest.raises(ConflictError, match="others run or wait"):
        runs.begin("one more", lambda: None, NOON)
    go_on.set()
