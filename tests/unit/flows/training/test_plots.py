"""Pictures of an evaluation: files that need no other, with what was counted in them."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.flows.training.figures import Judged
from abate.flows.training.labelled import Labelled
from abate.flows.training.plots import write_plots


@pytest.fixture
def judged():
    draw = np.random.default_rng(5)
    truth = draw.integers(0, 2, 600)
    scores = np.clip(draw.normal(0.3 + 0.4 * truth, 0.2), 0, 1)
    none = ("",) * 600
    return Judged(
        rows=Labelled(
            texts=none,
            labels=tuple("nv"[one] for one in truth),
            languages=("en", "ar") * 300,
            templates=none,
            sources=none,
            protected=tuple((truth == 0) & (np.arange(600) < 100)),
        ),
        labels=("n", "v"),
        violating=frozenset({"v"}),
        guesses=truth,
        probabilities=np.stack([1 - scores, scores], axis=1),
        sets=np.ones((600, 2), bool),
        calibrated=np.ones(600, bool),
        level=0.9,
    )


def test_three_pictures_that_are_whole_and_load_nothing(judged, tmp_path):
    written = write_plots(judged, tmp_path / "plots")
    assert [path.name for path in written] == ["reliability.svg", "precision-recall.svg", "scores.svg"]
    for path in written:
        text = path.read_text("utf-8")
        assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - what we wrote ourselves
        assert not re.search(r"<script|<image|href=|url\(|@import", text)


def test_each_language_has_a_line_and_each_kind_of_row_a_histogram(judged, tmp_path):
    _, curve, scores = (path.read_text("utf-8") for path in write_plots(judged, tmp_path))
    assert "\u2068en\u2069" in curve
    assert "\u2068ar\u2069" in curve
    for kind in ("violations", "others", "protected"):
        assert f"\u2068{kind}\u2069" in scores


def test_the_reliability_points_say_how_many_rows_they_stand_for(judged, tmp_path):
    text = write_plots(judged, tmp_path)[0].read_text("utf-8")
    assert sum(int(count) for count in re.findall(r">seen, (\d+) rows: ", text)) == 600


def test_without_violations_or_calibrated_rows_there_is_nothing_to_plot(judged, tmp_path):
    assert not write_plots(replace(judged, violating=frozenset()), tmp_path)
    assert not write_plots(replace(judged, calibrated=np.zeros(600, bool)), tmp_path)


def test_a_folder_that_cannot_be_written_is_named(judged, tmp_path):
    (tmp_path / "plots").write_text("a file")
    with pytest.raises(InputError, match="plots cannot be written"):
        write_plots(judged, tmp_path / "plots")
