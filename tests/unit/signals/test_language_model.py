"""The model that is shipped, and what the kernel makes of it, held against py3langid itself."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from bench import language_model
from hypothesis import given
from hypothesis import strategies as st

from abate.signals.language import reading
from abate.signals.language.scripts import SCRIPTS, alphabet
from abate.signals.language.tables import MODEL, tables
from examples import WHOLE_ANSWERS

pytest.importorskip("py3langid", reason="pip install '.[oracles]'")

BEGINNINGS = {
    "Latin": "the river was high; wir gehen heute nach hause, nous là, bugün yağmur yağıyor, koʻcha ʼ 12:4 (a_b) ",
    "Cyrillic": "сегодня идёт дождь, дар хона бозӣ мекунанд; бугун шаҳримизда ёмғир ёғмоқда 1948 ",
    "Arabic": "امروز در شهر ما باران میبارد 12 نن زموږ په ښار کې باران اوري بارش ہو رہی ہے؟ كان النهر ",
}


@lru_cache(maxsize=1)
def published():
    return language_model.published()


@lru_cache(maxsize=1)
def unmarked(number):
    """The walk of one script without what our own marks add."""
    walk = tables().walks[number]
    weights = walk.weights.copy()
    weights[walk.marks[walk.marks >= 0]] = 0
    return replace(walk, weights=weights)


def ours(script, text):
    """Each label's score by the kernel, and the text as the model was shown it."""
    number = SCRIPTS.index(script)
    read, starts, found = reading.cleaned([text], settled=True)
    scores, _ = reading.raw_scores(unmarked(number), read, starts[:1], found[:, 1], number)
    return scores[0], "".join(map(chr, read[: found[0, 1]]))


@lru_cache(maxsize=1)
def restricted(name):
    """py3langid with the languages of one script, and the order that brings its labels into ours."""
    peer = published()
    script = next(one for one in SCRIPTS if one.name == name)
    peer.set_languages([*script.ours, *script.others])
    wanted = (*script.ours, *script.others)
    return peer, [at for label in wanted for at, own in enumerate(peer.nb_classes) if own == label]


def theirs(script, shown):
    peer, order = restricted(script.name)
    return peer._raw_score(peer._encode(shown))[order]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
@WHOLE_ANSWERS
@given(data=st.data())
def test_every_score_is_py3langids_for_what_it_is_shown(script, data):
    letters = st.text(st.sampled_from(alphabet(script)), max_size=20)
    begun = BEGINNINGS[script.name]
    start, drawn = data.draw(st.integers(0, len(begun) - 1)), data.draw(letters)
    text = (begun[start : start + 40] + drawn)[:60]
    scores, shown = ours(script, text)
    expected = theirs(script, shown)
    if expected.max() > -1e30:  # py3langid's mark for a text without any feature
        assert np.allclose(scores, expected, rtol=1e-4, atol=1e-3)


def test_the_shipped_tables_are_those_that_py3langids_model_gives():
    peer = published()
    peer.set_languages(None)
    restricted.cache_clear()
    assert language_model.differing(MODEL, language_model.cut(peer)) == []


def test_a_table_that_was_changed_is_seen(tmp_path):
    path = tmp_path / "model.npz"
    arrays = {"source": np.array("one"), "kinds": np.arange(9), "Latin_priors": np.zeros(3)}
    path.write_bytes(language_model.written(arrays))
    assert language_model.differing(path, arrays) == []
    assert language_model.differing(path, arrays | {"Latin_priors": np.ones(3)}) == ["Latin_priors"]
    assert language_model.differing(path, arrays | {"more": np.ones(3)}) == ["more"]
    newer = arrays | {"source": np.array("another Unicode"), "kinds": np.ones(9)}
    assert language_model.differing(path, newer) == []


def test_the_licence_of_the_model_lies_beside_it():
    text = MODEL.with_name("LICENSE-py3langid.txt").read_text("utf-8")
    assert "BSD 3-Clause License" in text
    assert "Marco Lui" in text
