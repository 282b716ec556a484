"""Within a point of scikit-learn on real sets, with probabilities that mean what they say, as ``bench.classifier``."""

import numpy as np
import pytest
from bench import classifier as bench


def check(name, data, monkeypatch):
    pytest.importorskip("sklearn", reason="pip install '.[oracles]'")
    monkeypatch.setattr(bench, "DATA", data)
    monkeypatch.setattr(bench, "SMALL", 0)
    found = bench.quality(name)
    assert found["short"] <= 1.0
    assert found["ece"] <= (0.03 if len(bench.SETS[name]().texts) >= 3000 else 0.06)


@pytest.mark.needs_data("txt_en_hatecheck")
def test_template_sentences_in_english(data, monkeypatch):
    check("txt_en_hatecheck", data, monkeypatch)


@pytest.mark.needs_data("txt_ar_mlma")
def test_posts_in_arabic(data, monkeypatch):
    check("txt_ar_mlma", data, monkeypatch)


@pytest.mark.needs_data("txt_ru_sensitive_val")
def test_a_rare_topic_in_russian(data, monkeypatch):
    check("txt_ru_sensitive_val, weapons", data, monkeypatch)


@pytest.mark.slow
@pytest.mark.needs_data(
    "txt_en_davidson", "txt_id_hatespeech", "news_en_agnews", "txt_multi_sib200_a", "txt_ru_sensitive_val"
)
@pytest.mark.parametrize("name", sorted(bench.SETS))
def test_every_labelled_set(name, data, monkeypatch):
    check(name, data, monkeypatch)


@pytest.mark.needs_data("txt_en_hatecheck")
def test_sets_of_real_texts_cover_what_they_promise(data, monkeypatch):
    monkeypatch.setattr(bench, "DATA", data)
    held = bench.SETS["txt_en_hatecheck"]()
    covered = []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(held.texts))
        train, out, test = np.split(order, [1200, 2000])
        model = bench.calibrate(bench.fit(*held.pick(train)), *held.pick(out), level=0.9)
        texts, labels, languages = held.pick(test)
        inside = model.sets(model.probabilities(texts, languages), languages)
        covered.append(inside[np.arange(len(test)), bench.columns(labels, model.labels)].mean())
    assert 0.88 <= np.mean(covered) <= 0.93
