"""A large model never reads more than its share, of any run of texts, however they come and whatever they say."""

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import Match
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence
from abate.domain.signal import Outlook, Score
from abate.flows.cascade import Cascade
from examples import WHOLE_ANSWERS

MET = Match(bank="b", entry="e", signal_type="term", distance=0, sources=("self",))
SCORES = [
    (),
    *((Score(name="quick:a", probability=p, outlook=out),) for p in (0.1, 0.5, 0.8) for out in Outlook),
    (
        Score(name="quick:a", probability=0.3, outlook=Outlook.UNCERTAIN),
        Score(name="other:b", probability=1.0, outlook=Outlook.UNLIKELY),
    ),
]
POSTS = [(f"t{number}", met, scores) for number in range(20) for met in (False, True) for scores in SCORES]
BATCHES = st.lists(st.lists(st.sampled_from(POSTS), max_size=12), max_size=6)


class Big:
    name, version = "big", "1"

    def __init__(self):
        self.seen = []

    def score(self, texts, languages):
        self.seen += texts
        return [(Score(name="big:a", probability=0.5),) for _ in texts]


def evidence(words, met, scores):
    item = Item(id=words, kind=Kind.TEXT, text=words)
    return Evidence(item=item, matches=(MET,) if met else (), scores=scores)


def run(batches, share, window):
    big, order, said = Big(), [], []
    cascade = Cascade(big, share=share, window=window)
    for batch in batches:
        order += [text for text, *_ in batch]
        said.append(cascade.read([evidence(*post) for post in batch], [text for text, *_ in batch]))
    return big.seen, list(dict.fromkeys(order)), said


@WHOLE_ANSWERS
@given(BATCHES, st.integers(1, 4), st.integers(1, 12))
def test_of_no_run_of_texts_is_more_read_than_the_share_and_no_text_twice(batches, share, window):
    seen, order, said = run(batches, share, window)
    places = sorted(order.index(text) for text in seen)
    for first in range(len(order)):
        assert sum(first <= place < first + window for place in places) <= share
    assert len(set(seen)) == len(seen)
    assert run(batches, share, window) == (seen, order, said)  # the order of the texts decides it, and nothing else


@WHOLE_ANSWERS
@given(BATCHES, st.integers(1, 4), st.integers(1, 12))
def test_a_text_is_passed_over_only_where_it_is_settled_or_a_run_around_it_is_full(batches, share, window):
    seen, order, _ = run(batches, share, window)
    places = [order.index(text) for text in seen]
    first = {}
    for batch in batches:
        for text, met, scores in batch:
            first.setdefault(text, (met, scores))
    for place, text in enumerate(order):
        met, scores = first[text]
        open_ = any(score.outlook in {Outlook.UNCERTAIN, Outlook.UNKNOWN} for score in scores)
        likely = any(score.outlook is Outlook.LIKELY for score in scores)
        if text not in seen and (met or open_ or likely):
            around = range(max(0, place - window + 1), place + 1)
            assert any(sum(start <= one < start + window for one in places) >= share for start in around)
