"""Where known things stand in a text, as a reviewer is shown it."""

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import Match
from abate.domain.case import Case
from abate.domain.scan import Proposal, Verdict
from abate.domain.signal import Mention, Span
from abate.review.highlight import MATCH, MENTION, pieces
from abate.testing import NOON


def case(met=(), named=()):
    return Case(
        id="c",
        item="i",
        opened_at=NOON,
        proposal=Proposal(verdict=Verdict.REVIEW),
        matches=(Match(bank="b", entry="e", signal_type="term", distance=0, spans=tuple(_spans(met))),),
        mentions=tuple(Mention(name="n", list="l", ref="1", start=start, end=end) for start, end in named),
    )


def _spans(pairs):
    return (Span(start=start, end=end) for start, end in pairs)


def shown(text, **stands):
    return [(piece.text, piece.kind) for piece in pieces(text, case(**stands))]


def test_a_text_in_which_nothing_stands_is_one_piece_and_an_empty_one_none():
    assert shown("by lamp and oar") == [("by lamp and oar", "")]
    assert shown("") == []


def test_phrases_and_names_are_told_apart_in_their_places():
    assert shown("by lamp and oar", met=[(3, 7)], named=[(12, 15)]) == [
        ("by ", ""),
        ("lamp", MATCH),
        (" and ", ""),
        ("oar", MENTION),
    ]


def test_where_both_stand_the_match_is_shown():
    assert shown("abcdef", met=[(2, 4)], named=[(0, 6)]) == [("ab", MENTION), ("cd", MATCH), ("ef", MENTION)]


def test_stretches_that_touch_are_one_and_what_lies_outside_is_cut_off():
    assert shown("abcdef", met=[(0, 2), (2, 3), (1, 3), (5, 99), (-4, -1), (50, 60)]) == [
        ("abc", MATCH),
        ("de", ""),
        ("f", MATCH),
    ]


places = st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30)), max_size=8)


@given(st.text(max_size=25), places, places)
def test_the_pieces_are_the_text_and_each_letter_is_what_some_span_says(text, met, named):
    found = pieces(text, case(met=met, named=named))
    assert "".join(piece.text for piece in found) == text
    kinds = [piece.kind for piece in found for _ in piece.text]

    def inside(spans, at):
        return any(start <= at < end for start, end in spans)

    assert kinds == [MATCH if inside(met, at) else MENTION if inside(named, at) else "" for at in range(len(text))]
