"""Any text at all is hashed and scored, and no text says anything about another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.signals.linear import Options, calibrate, fit, hashed
from abate.signals.linear.features import KINDS, chunks, tables
from abate.signals.linear.kernel import spaced
from abate.signals.normal import light
from linear_posts import posts

ANY = st.characters()
AWKWARD = st.sampled_from("\u0301\u0651\u064e\u0654\u1161\u11a8\u093c\u200d\ufe0f\ufdfa…ﬁİẞ𝐀🏮\ud800\udc00\x00 \u3000")
TEXTS = st.text(ANY | AWKWARD, max_size=40)


@pytest.fixture(scope="module")
def model():
    learnt = fit(*posts(80), ["en"] * 80, options=Options(bits=10))
    return calibrate(learnt, *posts(80, seed=1), ["en"] * 80)


@given(text=TEXTS)
def test_folding_by_table_is_light_normalisation(text):
    ((points, _),) = chunks([text])
    line = np.zeros(4 * len(points) + 2, dtype=np.uint32)
    read = "".join(map(chr, line[: spaced(points, 0, len(points), tables(), line)].tolist()))
    blanked = "".join(" " if ord(one) < 1 << 16 and KINDS[ord(one)] == 0 else one for one in light(text))
    assert read.split(" ") == ["", *filter(None, blanked.split(" ")), ""]


@given(texts=st.lists(TEXTS, max_size=4))
def test_every_text_is_scored_as_if_it_were_alone(model, texts):
    together = model.probabilities(texts, ["en"] * len(texts))
    assert together.shape == (len(texts), 2)
    assert ((together >= 0) & (together <= 1)).all()
    for text, said in zip(texts, together, strict=True):
        assert np.array_equal(model.probabilities([text], ["en"])[0], said)


@given(text=TEXTS)
def test_a_text_has_each_bucket_once_and_within_bounds(text):
    found = hashed([text], bits=10).buckets
    assert len(np.unique(found)) == len(found)
    assert ((found >= 0) & (found < 1 << 10)).all()
