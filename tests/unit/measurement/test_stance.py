"""Stance: before, after, and what the change is made of, by hand and against a bootstrap of another make."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import stats

from abate.domain.errors import InputError
from abate.measurement.drawing.shares_chart import stance_chart
from abate.measurement.sampled.ppi import tuned
from abate.measurement.sampled.stance import stance
from abate.measurement.tables.columns import Labels, Surveys, encode
from abate.measurement.weeks import DAY, NO_TIME, to_micros

START = datetime(2025, 5, 5, tzinfo=UTC)
BEFORE, AFTER = to_micros(START) - DAY, to_micros(START)


def replies(*rows, score=None, probability=None):
    """Labels from (channel, moment, label, how often)."""
    spread = [(channel, at, label) for channel, at, label, times in rows for _ in range(times)]
    return Labels(
        item=encode(f"r{place}" for place in range(len(spread))),
        channel=encode(channel for channel, _, _ in spread),
        posted_at=np.array([at for _, at, _ in spread], dtype=np.int64),
        label=encode(label for _, _, label in spread),
        score=None if score is None else np.asarray(score, dtype=np.float64),
        inclusion_probability=None if probability is None else np.asarray(probability, dtype=np.float64),
    )


def both(channel, before, after):
    """A channel with (positive, all) replies in each period, every one labelled."""
    rows = []
    for at, (k, n) in ((BEFORE, before), (AFTER, after)):
        rows += [(channel, at, "for", k), (channel, at, "against", n - k)]
    return rows


def values(answer):
    return {name: getattr(answer, name).value for name in ("before", "after", "change", "within", "composition")}


def warned(answer):
    return [caveat.code for caveat in answer.footing.caveats]


def test_who_left_and_who_came_are_told_from_who_changed():
    answer = stance(
        replies(*both("a", (10, 20), (5, 20)), *both("b", (18, 20), (0, 0)), *both("c", (0, 0), (2, 20))), "for", START
    )
    assert values(answer) == pytest.approx(
        {"before": 28 / 40, "after": 7 / 40, "change": -0.525, "within": -0.25, "composition": -0.275}
    )
    assert answer.channels == {"stayed": 1, "left": 1, "arrived": 1}
    assert answer.labelled == (40, 40)


def test_kitagawas_two_parts_by_hand():
    # Large: .6 to .4, from 3/4 to 1/2 of all replies. Small: .2 to .2.
    answer = stance(replies(*both("large", (36, 60), (16, 40)), *both("small", (4, 20), (8, 40))), "for", START)
    rates = (0.75 + 0.5) / 2 * (0.4 - 0.6) + (0.25 + 0.5) / 2 * 0.0
    mixture = (0.5 - 0.75) * (0.6 + 0.4) / 2 + (0.5 - 0.25) * 0.2
    assert answer.within.value == pytest.approx(rates)
    assert answer.composition.value == pytest.approx(mixture)
    assert answer.change.value == pytest.approx(rates + mixture) == pytest.approx(24 / 80 - 40 / 80)


def test_if_only_supporters_leave_nothing_changed_within():
    rows = []
    for place in range(40):
        rows += both(f"c{place}", (12, 20), (12, 20) if place % 2 else (0, 0))
        rows += both(f"d{place}", (4, 20), (4, 20))
    answer = stance(replies(*rows), "for", START)
    assert answer.within.value == pytest.approx(0)
    assert answer.composition.value == pytest.approx(answer.change.value)
    assert answer.change.value < 0
    assert "not minds changed" in answer.sentence


def world(channels=60, *, seed=3):
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(channels):
        sizes = draw.poisson(30, 2) + 12
        share = draw.beta(4, 6)
        rows += both(f"c{place}", *((int(draw.binomial(n, share)), int(n)) for n in sizes))
    return rows


def test_the_interval_is_that_of_a_bootstrap_over_channels():
    rows = world()
    answer = stance(replies(*rows), "for", START)
    cells = np.array([[rows[4 * c][3], rows[4 * c + 1][3], rows[4 * c + 2][3], rows[4 * c + 3][3]] for c in range(60)])
    draw = np.random.default_rng(99)
    changes = []
    for _ in range(1_500):
        k0, m0, k1, m1 = cells[draw.integers(0, 60, 60)].sum(axis=0)
        changes.append(k1 / (k1 + m1) - k0 / (k0 + m0))
    low, high = answer.change.interval
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, 55) * np.std(changes, ddof=1), rel=0.1)
    assert (low + high) / 2 == pytest.approx(answer.change.value)
    assert answer.footing.calibrated is True
    assert stance(replies(*rows), "for", START, seed=1).change.interval != answer.change.interval
    assert stance(replies(*rows), "for", START).change == answer.change


def test_few_channels_get_no_promise():
    answer = stance(replies(*world(8)), "for", START)
    assert answer.footing.calibrated is False
    assert "not-calibrated" in warned(answer)


def test_small_channels_are_pooled_with_their_own_fate():
    rows = []
    for place in range(20):
        rows += both(f"stayed{place}", (2, 4), (1, 4))
        rows += both(f"left{place}", (4, 4), (0, 0))
    answer = stance(replies(*rows), "for", START)
    assert answer.within.value == pytest.approx(-0.25), "the leavers are in no pool with them"
    assert answer.composition.value == pytest.approx(0.25 - 0.75 + 0.25)


def test_inclusion_probabilities_weigh_the_labels():
    rows = [*both("a", (10, 20), (10, 20)), *both("b", (10, 20), (10, 20))]
    labels = replies(*rows)
    chance = np.where(labels.label.codes == labels.label.code_of("for"), 0.25, 0.5)
    answer = stance(replies(*rows, probability=chance), "for", START)
    assert answer.before.value == pytest.approx(40 / 60)


def test_scores_of_all_replies_correct_the_labels_of_some():
    draw = np.random.default_rng(7)
    rows, score = [], []
    for channel in "abcd":
        for at in (BEFORE, AFTER):
            yes = draw.random(300) < (0.5 if at == BEFORE else 0.3)
            for place, one in enumerate(yes):
                rows.append((channel, at, ("for" if one else "against") if place < 60 else "", 1))
                score.append(np.clip(0.2 + 0.5 * one + 0.2 * draw.standard_normal(), 0, 1))
    labels = replies(*rows, score=score)
    answer = stance(labels, "for", START)
    y = np.array([row[2] == "for" for row in rows], dtype=float)
    f, said = np.array(score), np.array([row[2] != "" for row in rows])
    assert answer.tuning == pytest.approx(tuned(y[said], f[said], np.full(said.sum(), 1 / said.sum())))
    assert 0 < answer.tuning < 1.0001
    for name, at in (("before", BEFORE), ("after", AFTER)):
        shares = []
        for channel in "abcd":
            mine = np.array([row[0] == channel and row[1] == at for row in rows])
            correction = np.mean((y - answer.tuning * f)[mine & said])
            shares.append(answer.tuning * f[mine].mean() + correction)
        assert getattr(answer, name).value == pytest.approx(np.mean(shares))
    assert "prediction-powered" in answer.footing.method


def test_a_period_without_a_positive_still_has_an_upper_limit():
    answer = stance(replies(*both("a", (10, 20), (0, 20)), *both("b", (12, 20), (0, 20))), "for", START)
    assert answer.after.value == 0
    exact = stats.binomtest(0, 40).proportion_ci(method="exact")
    assert answer.after.interval == pytest.approx((0, exact.high))


def test_too_few_labels_in_a_period_hide_it_and_what_gives_it_away():
    labels = replies(*both("a", (10, 20), (2, 9)))
    answer = stance(labels, "for", START)
    told = answer.to_json()
    hidden = {"value": None, "interval": None, "suppressed": True}
    assert told["before"]["value"] == 0.5
    assert told["after"] == told["change"] == told["within"] == told["composition"] == hidden
    assert told["labelled"] == {"before": 20, "after": None}
    assert "small-cells" in warned(answer)
    assert "after not shown" in answer.sentence
    assert [tick.text for tick in stance_chart(answer).ticks] == ["before", "after"]
    shown = stance(labels, "for", START, suppress_below=0)
    assert shown.after.value == pytest.approx(2 / 9)
    assert "small-cells" in warned(shown)


def test_one_channel_alone_has_no_spread_to_show():
    answer = stance(replies(*both("a", (10, 20), (8, 20))), "for", START)
    assert answer.change.value == pytest.approx(-0.1)
    assert answer.footing.calibrated is False


def test_without_anybody_who_stayed_nothing_is_said_of_change_within():
    answer = stance(replies(*both("a", (10, 20), (0, 0)), *both("b", (0, 0), (5, 20))), "for", START)
    assert answer.change.value == pytest.approx(-0.25)
    assert json.loads(json.dumps(answer.to_json(), allow_nan=False))["within"]["value"] in (None, 0)


def test_channels_without_any_label_are_told():
    rows = [*both("a", (10, 20), (5, 20)), ("b", BEFORE, "", 60), ("b", AFTER, "", 10)]
    answer = stance(replies(*rows), "for", START)
    assert any("75.0% of replies are in channels without any label" in caveat.text for caveat in answer.footing.caveats)


def test_rows_without_a_channel_or_a_time_are_left_out():
    rows = [*both("a", (10, 20), (5, 20)), ("", BEFORE, "for", 5), ("a", NO_TIME, "for", 2)]
    answer = stance(replies(*rows), "for", START)
    assert answer.before.value == 0.5
    assert any("7 of 47 rows have no channel or no posted_at" in caveat.text for caveat in answer.footing.caveats)


def test_a_snapshot_leaves_out_later_replies():
    rows = [*both("a", (10, 20), (5, 20)), ("a", AFTER + 9 * DAY, "for", 30)]
    until = datetime(2025, 5, 8, tzinfo=UTC)
    assert stance(replies(*rows), "for", START, until=until).after.value == 0.25


def test_surveys_stand_beside_it_in_the_order_of_their_dates():
    surveys = Surveys(
        date=np.array([AFTER, BEFORE]),
        question=encode(["trust?", "trust?"]),
        share=np.array([0.4, 0.5]),
        margin=np.array([0.03, 0.03]),
        source=encode(["", "harbour institute"]),
    )
    told = stance(replies(*both("a", (10, 20), (5, 20))), "for", START, surveys=surveys).to_json()
    assert [(one["date"], one["share"], one["source"]) for one in told["surveys"]] == [
        ("2025-05-04", 0.5, "harbour institute"),
        ("2025-05-05", 0.4, ""),
    ]
    bare = Surveys(date=surveys.date, question=surveys.question, share=surveys.share, margin=surveys.margin)
    told = stance(replies(*both("a", (10, 20), (5, 20))), "for", START, surveys=bare).to_json()
    assert {one["source"] for one in told["surveys"]} == {""}


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (Labels(item=encode(["a"]), label=encode(["for"])), "stance needs the column posted_at"),
        (
            Labels(item=encode(["a"]), label=encode(["for"]), posted_at=np.array([BEFORE])),
            "stance needs the column channel",
        ),
        (replies(("", BEFORE, "for", 3)), "no row has both a channel and a posted_at"),
        (replies(("a", BEFORE, "for", 3)), "no labelled reply was posted from --start 2025-05-05"),
        (replies(("a", AFTER, "for", 3)), "no labelled reply was posted before --start 2025-05-05"),
        (replies(("a", AFTER, "", 3)), "no row has a label"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(labels, says):
    with pytest.raises(InputError, match=says):
        stance(labels, "for", START)


@pytest.fixture
def files(tmp_path):
    labels, surveys = tmp_path / "replies.csv", tmp_path / "surveys.csv"
    lines = ["item,channel,posted_at,label"]
    for channel, at, label, times in world(40):
        when = "2025-05-04" if at == BEFORE else "2025-05-06"
        lines += [f"r{len(lines)}-{place},{channel},{when},{label}" for place in range(times)]
    labels.write_text("\n".join(lines) + "\n", "utf-8")
    surveys.write_text(
        "date,question,share,margin,n,source\n2025-04-01,Do you agree?,.41,.03,1000,institute\n", "utf-8"
    )
    return labels, surveys


def test_the_command_tells_the_contracts_parts(abate, files):
    labels, surveys = files
    command = ("measure", "stance", "--labels", labels, "--positive", "for", "--start", "2025-05-05")
    told = abate.run(*command, "--surveys", surveys, "--json").json
    for name in ("before", "after", "change", "within", "composition"):
        low, high = told[name]["interval"]
        assert low <= told[name]["value"] <= high
    assert told["within"]["value"] + told["composition"]["value"] == pytest.approx(told["change"]["value"])
    assert told["change"]["value"] == pytest.approx(told["after"]["value"] - told["before"]["value"])
    assert told["surveys"][0]["share"] == 0.41
    assert (told["schema"], told["calibrated"], told["seed"]) == (1, True, 0)


def test_the_command_in_words_with_surveys_and_a_chart(abate, files, tmp_path):
    labels, surveys = files
    command = ("measure", "stance", "--labels", labels, "--positive", "for", "--start", "2025-05-05")
    said = abate.run(*command, "--surveys", surveys, "--chart", tmp_path / "stance.svg")
    assert said.code == 0
    assert "Leavers removed are not minds changed" in said.out
    assert "Do you agree?" in said.out
    assert (tmp_path / "stance.svg").exists()
    assert "Do you agree?" not in abate.run(*command).out
    assert abate.run("measure", "stance", "--labels", labels, "--positive", "for").code == 2
