"""The share itself: by hand, by closed form, and against scipy and statsmodels."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from abate.domain.errors import InputError
from abate.measurement.drawing.shares_chart import prevalence_chart
from abate.measurement.sampled.ppi import tuned
from abate.measurement.sampled.prevalence import prevalence
from abate.measurement.sampled.rogan_gladen import Reviewers
from abate.measurement.sampled.weighted_share import (
    CENSUS,
    EXACT,
    EXACT_EFFECTIVE,
    EXACT_FINITE,
    Labelled,
    Population,
    sampled_share,
)
from abate.measurement.tables.columns import Labels, encode
from abate.measurement.weeks import NO_TIME


def table(*rows, **columns):
    """Labels from (stratum, label) pairs and further columns."""
    return Labels(
        item=encode(f"i{place}" for place in range(len(rows))),
        stratum=encode(stratum for stratum, _ in rows),
        label=encode(label for _, label in rows),
        **{name: np.array(values) for name, values in columns.items()},
    )


def many(stratum, bad, fine, unlabelled=0):
    return [(stratum, "bad")] * bad + [(stratum, "fine")] * fine + [(stratum, "")] * unlabelled


def exact(k, n):
    ends = stats.binomtest(k, n).proportion_ci(method="exact")
    return [ends.low, ends.high]


def warned(answer):
    return [caveat.code for caveat in answer.footing.caveats]


def test_strata_weigh_what_they_hold_and_not_what_was_labelled():
    rows = [*many("large", 1, 49, 950), *many("small", 15, 35, 50)]
    answer = prevalence(table(*rows), "bad")
    assert answer.value == pytest.approx(1000 / 1100 * 0.02 + 100 / 1100 * 0.30), (
        "16 % of the labels, 4.5 % of the items"
    )
    assert [(name, one.labelled, one.positives) for name, one in answer.strata] == [("large", 50, 1), ("small", 50, 15)]
    assert answer.total == 1_100


def test_horvitz_and_thompson_agree_where_chances_are_even_within_strata():
    rows = [*many("a", 3, 17, 80), *many("b", 2, 8, 15)]
    chance = [0.2 if stratum == "a" else 0.4 for stratum, _ in rows]
    answer = prevalence(table(*rows, inclusion_probability=chance), "bad", weight="items")
    horvitz_thompson = (3 / 0.2 + 2 / 0.4) / 125
    assert answer.value == pytest.approx(horvitz_thompson)


def test_uneven_chances_within_a_stratum_are_weighed_by_their_inverse():
    rows = [("", "bad"), ("", "bad"), ("", "fine"), ("", "fine"), *[("", "")] * 40]
    chance = [0.5, 0.1, 0.05, 0.2, *[0.1] * 40]
    answer = prevalence(table(*rows, inclusion_probability=chance), "bad", weight="items")
    assert answer.value == pytest.approx((2 + 10) / (2 + 10 + 20 + 5)), "Hajek's ratio"


def test_drawn_in_proportion_to_views_each_label_counts_alike():
    views = [100, 200, 50, 400, 250, 300, 700]
    rows = [("", one) for one in ("bad", "fine", "fine", "bad", "fine", "", "")]
    chance = [one / 1_000 for one in views]
    answer = prevalence(table(*rows, views=views, inclusion_probability=chance), "bad", weight="views")
    assert answer.value == pytest.approx(2 / 5)
    assert answer.total == 2_000


def test_a_share_of_views_counts_each_item_by_its_views():
    rows = [("", "bad"), ("", "fine"), ("", "fine"), ("", "")]
    labels = table(*rows, views=[100, 300, 600, 0])
    assert prevalence(labels, "bad").value == pytest.approx(0.1)
    assert prevalence(labels, "bad").weight == "views"
    assert prevalence(labels, "bad", weight="items").value == pytest.approx(1 / 3)


@pytest.mark.parametrize(("bad", "fine"), [(0, 50), (1, 49), (9, 300), (50, 0), (300, 9), (0, 1)])
def test_near_zero_and_near_one_the_interval_is_the_exact_one(bad, fine):
    rows = [*many("here", bad, fine, 400), *many("there", 20, 30, 500)]
    one = dict(prevalence(table(*rows), "bad").strata)["here"]
    assert list(one.limits.interval()) == pytest.approx(exact(bad, bad + fine), abs=1e-12)
    assert one.method == EXACT


@pytest.mark.parametrize("bad", [0, 3])
def test_near_zero_a_finite_list_makes_no_exact_interval_narrower(bad):
    rows = many("", bad, 20 - bad, 5)
    answer = prevalence(table(*rows, inclusion_probability=[0.8] * 25), "bad")
    assert list(answer.interval) == pytest.approx(exact(bad, 20), abs=1e-12)
    assert answer.footing.method == EXACT


@pytest.mark.parametrize(("items", "labels"), [(25, 20), (100, 50), (100, 80), (120, 30)])
def test_of_a_finite_list_the_interval_covers_whatever_the_truth(items, labels):
    """Every truth there can be, every sample there can be: coverage is added up and not simulated."""
    found = {}
    for k in range(labels + 1):
        rows = many("", k, labels - k, items - labels)
        answer = prevalence(table(*rows, inclusion_probability=[labels / items] * items), "bad")
        found[k] = answer.interval
        assert answer.footing.calibrated is True
    for truth in range(items + 1):
        chances = stats.hypergeom(items, truth, labels)
        held = sum(chances.pmf(k) for k, (low, high) in found.items() if low - 1e-12 <= truth / items <= high + 1e-12)
        assert held >= 0.939


def test_a_finite_list_makes_the_interval_narrower_where_positives_abound():
    rows = many("", 40, 40, 80)
    whole = prevalence(table(*rows, inclusion_probability=[0.5] * 160), "bad")
    low, high = exact(40, 80)
    assert whole.footing.method == EXACT_FINITE
    assert (whole.interval[1] - whole.interval[0]) / (high - low) == pytest.approx(math.sqrt(0.5), rel=0.05)


def test_what_is_labelled_whole_has_no_error():
    rows = [*many("whole", 3, 7), *many("drawn", 2, 28, 270)]
    chance = [1.0] * 10 + [0.1] * 300
    answer = prevalence(table(*rows, inclusion_probability=chance), "bad")
    whole = dict(answer.strata)["whole"]
    assert whole.method == CENSUS
    assert whole.limits.interval() == pytest.approx((0.3, 0.3), abs=1e-5)
    assert answer.value == pytest.approx((3 + 300 * 2 / 30) / 310)
    assert "small-cells" not in warned(answer), "ten of ten are not few"


def test_the_variance_of_a_stratum_is_the_textbooks():
    rows = [*many("a", 12, 18, 70), *many("b", 20, 20, 20)]
    chance = [0.3 if stratum == "a" else 2 / 3 for stratum, _ in rows]
    by = dict(prevalence(table(*rows, inclusion_probability=chance), "bad").strata)
    for name, k, n, left in (("a", 12, 30, 0.7), ("b", 20, 40, 1 / 3)):
        sample = np.array([1.0] * k + [0.0] * (n - k))
        assert by[name].variance == pytest.approx(left * sample.var(ddof=1) / n)


def test_the_weighted_share_and_its_error_are_statsmodels():
    weightstats = pytest.importorskip("statsmodels.stats.weightstats", reason="pip install '.[oracles]'")
    draw = np.random.default_rng(2)
    views = draw.integers(1, 1_000, 200)
    bad = draw.random(200) < 0.3
    rows = [("", "bad" if one else "fine") for one in bad]
    one = prevalence(table(*rows, views=views), "bad").strata[0][1]
    assert one.value == pytest.approx(weightstats.DescrStatsW(bad.astype(float), weights=views).mean)
    share = views / views.sum()
    assert one.variance == pytest.approx(200 / 199 * np.sum((share * (bad - one.value)) ** 2)), "linearised ratio"
    assert one.method == EXACT_EFFECTIVE
    assert one.effective <= views.sum() ** 2 / np.sum(views.astype(float) ** 2)


def scored(n=400, rest=4_000, *, seed=11, share=0.2, gap=0.6, noise=0.3):
    """A simple random sample with scores, as arrays and as a table."""
    draw = np.random.default_rng(seed)
    bad = draw.random(n + rest) < share
    score = np.clip(0.2 + gap * bad + noise * draw.standard_normal(n + rest), 0, 1)
    rows = [("", ("bad" if one else "fine") if place < n else "") for place, one in enumerate(bad)]
    return bad[:n].astype(float), score[:n], score[n:], table(*rows, score=score)


def test_prediction_powered_is_the_published_formula():
    y, f, unlabelled, labels = scored()
    answer = prevalence(labels, "bad")
    one = answer.strata[0][1]
    n, rest = len(y), len(unlabelled)
    # PPI++ (Angelopoulos, Duchi and Zrnic 2023), the plug-in weight as ppi-python computes it.
    lam = np.mean((y - y.mean()) * (f - f.mean())) / ((1 + n / rest) * np.var(np.concatenate([f, unlabelled]), ddof=1))
    assert one.tuning == pytest.approx(lam, rel=0.01)
    assert answer.value == pytest.approx(one.tuning * unlabelled.mean() + np.mean(y - one.tuning * f))
    error = math.sqrt(np.var(one.tuning * unlabelled) / rest + np.var(y - one.tuning * f) / n)
    assert answer.interval[1] - answer.interval[0] == pytest.approx(2 * 1.96 * error, rel=0.06), "one more positive"
    assert answer.classifier_only == pytest.approx(np.concatenate([f, unlabelled]).mean())


def test_scores_that_say_too_little_of_a_difference_count_once_and_no_more():
    """The weight ends at one, where the estimate is that of Angelopoulos et al. 2023 as first published."""
    y, f, unlabelled, labels = scored(gap=0.4, noise=0.1)
    answer = prevalence(labels, "bad")
    assert answer.strata[0][1].tuning == 1
    assert answer.value == pytest.approx(unlabelled.mean() + np.mean(y - f), abs=1e-12)
    assert answer.value == pytest.approx(FROZEN_PPI, abs=1e-9)


def test_prediction_powered_keeps_its_values():
    """Frozen from the published formulas, computed outside of this code on the same arrays."""
    y, _, _, labels = scored()
    answer = prevalence(labels, "bad")
    assert y.mean() == pytest.approx(0.24)
    assert answer.strata[0][1].tuning == pytest.approx(FROZEN_WEIGHT, rel=0.01)
    assert answer.value == pytest.approx(FROZEN_TUNED, abs=2e-4)
    assert answer.interval == pytest.approx(FROZEN_INTERVAL, abs=3e-3), "theirs is normal, ours has limits of a share"


FROZEN_PPI = 0.22577815779948157
FROZEN_WEIGHT, FROZEN_TUNED = 0.9272926674603945, 0.228636238945914
FROZEN_INTERVAL = (0.19826842731, 0.25900405058)


def test_the_weight_of_the_scores_is_where_the_variance_is_smallest():
    draw = np.random.default_rng(5)
    y = (draw.random(60) < 0.4).astype(float)
    f = np.clip(0.5 * y + 0.4 * draw.random(60), 0, 1)
    weight = draw.random(60)
    weight /= weight.sum()
    best = tuned(y, f, weight, score_variance=1e-4)

    def variance(lam):
        rest = y - lam * f
        return np.sum((weight * (rest - np.sum(weight * rest))) ** 2) + lam**2 * 1e-4

    grid = np.linspace(0, 1, 10_001)
    assert best == pytest.approx(grid[np.argmin([variance(lam) for lam in grid])], abs=2e-4)
    assert tuned(y, np.full(60, 0.5), weight) == 0, "a score that never varies"
    assert tuned(y, 1 - y, weight) == 0, "a score that is the wrong way round is left out and not turned"


def test_useless_scores_are_left_out_and_wrong_ones_do_no_harm():
    y, _, _, labels = scored()
    noise = np.random.default_rng(0).random(len(labels))
    alone = prevalence(table(*[("", labels.label.text(row)) for row in range(len(labels))]), "bad")
    answer = prevalence(Labels(item=labels.item, label=labels.label, score=noise), "bad")
    assert answer.value == pytest.approx(y.mean(), abs=0.01)
    assert answer.interval[1] - answer.interval[0] == pytest.approx(alone.interval[1] - alone.interval[0], rel=0.05)
    with_scores = prevalence(labels, "bad")
    assert with_scores.interval[1] - with_scores.interval[0] < 0.8 * (alone.interval[1] - alone.interval[0])


def test_a_handful_of_positives_tunes_nothing():
    y, f, unlabelled, _ = scored(share=0.01, n=300)
    rows = [("", ("bad" if one else "fine")) for one in y] + [("", "")] * len(unlabelled)
    assert y.sum() < 10
    one = prevalence(table(*rows, score=np.concatenate([f, unlabelled])), "bad").strata[0][1]
    assert (one.tuning, one.method) == (0, EXACT)


def test_a_missing_score_leaves_the_scores_of_its_stratum_out():
    _, _, _, labels = scored()
    score = np.array(labels.score)
    score[-1] = np.nan
    answer = prevalence(Labels(item=labels.item, label=labels.label, score=score), "bad")
    assert answer.strata[0][1].tuning == 0
    assert answer.classifier_only == pytest.approx(np.nanmean(score))


@pytest.mark.parametrize(
    ("shown", "sensitivity", "specificity"),
    [(0.10, 0.85, 0.98), (0.3, 0.9, 0.8), (0.5, 1.0, 1.0), (0.0287, 0.85, 0.98)],
)
def test_reviewers_errors_are_undone_by_the_formula_of_rogan_and_gladen(shown, sensitivity, specificity):
    count = 10_000
    k = round(shown * count)
    reviewers = Reviewers(sensitivity=sensitivity, specificity=specificity)
    answer = prevalence(table(*many("", k, count - k)), "bad", reviewers=reviewers)
    assert answer.value == pytest.approx((k / count + specificity - 1) / (sensitivity + specificity - 1))
    low, high = exact(k, count)
    wide = sensitivity + specificity - 1
    assert answer.interval == pytest.approx(((low + specificity - 1) / wide, (high + specificity - 1) / wide))
    assert answer.as_labelled == (pytest.approx(k / count), (pytest.approx(low), pytest.approx(high)))
    assert answer.footing.seed is None, "nothing was drawn"


def test_rates_that_were_found_on_a_test_widen_the_interval():
    labels = table(*many("", 300, 1_700))
    known = prevalence(labels, "bad", reviewers=Reviewers(sensitivity=0.9, specificity=0.95))

    def tested(count):
        reviewers = Reviewers(sensitivity=0.9, specificity=0.95, positives_tested=count, negatives_tested=count)
        return prevalence(labels, "bad", reviewers=reviewers, seed=1)

    widths = [one.interval[1] - one.interval[0] for one in (known, tested(10**7), tested(1_000), tested(100))]
    assert widths[1] == pytest.approx(widths[0], rel=0.03)
    assert widths[1] < widths[2] < widths[3]
    assert tested(100).footing.seed == 1
    assert tested(100).interval == tested(100).interval


def test_only_one_of_the_rates_may_be_known_without_error():
    labels = table(*many("", 300, 1_700))

    def width(**tested):
        ends = prevalence(labels, "bad", reviewers=Reviewers(sensitivity=0.9, specificity=0.95, **tested)).interval
        return ends[1] - ends[0]

    assert width() < width(positives_tested=200) < width(positives_tested=200, negatives_tested=200)


def test_fewer_positives_than_false_alarms_are_zero_and_told():
    answer = prevalence(table(*many("", 5, 995)), "bad", reviewers=Reviewers(sensitivity=0.9, specificity=0.98))
    assert answer.value == 0
    assert "poor-fit" in warned(answer)


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ({"sensitivity": 1.2, "specificity": 0.9}, "is no share"),
        ({"sensitivity": 0.5, "specificity": 0.5}, "a coin does as well"),
        ({"sensitivity": 0.9, "specificity": 0.9, "positives_tested": 0}, "must be 1 or more"),
    ],
)
def test_rates_that_cannot_be_undone_are_refused(rates, says):
    with pytest.raises(InputError, match=says):
        Reviewers(**rates)


def test_at_one_percent_the_classifiers_own_count_is_always_wrong_and_ours_holds():
    """One per cent, sensitivity 85 %, specificity 98 %; the thousand repetitions are in the calibration bench."""
    draw = np.random.default_rng(3)
    naive = ours = corrected = 0
    runs, items, labels = 50, 6_000, 1_500
    for _ in range(runs):
        bad = draw.random(items) < 0.01
        truth = bad.mean()
        flag = draw.random(items) < np.where(bad, 0.85, 0.02)
        low, high = stats.binomtest(int(flag.sum()), items).proportion_ci()
        naive += low <= truth <= high
        rows = [("", ("bad" if one else "fine") if place < labels else "") for place, one in enumerate(bad)]
        answer = prevalence(table(*rows, score=flag.astype(float)), "bad")
        ours += answer.interval[0] <= truth <= answer.interval[1]
        assert answer.classifier_only == pytest.approx(flag.mean())
        said = [("", "bad" if one else "fine") for one in flag[:labels]]
        undone = prevalence(table(*said), "bad", reviewers=Reviewers(sensitivity=0.85, specificity=0.98))
        corrected += undone.interval[0] <= truth <= undone.interval[1]
    assert naive == 0
    assert ours >= 43
    assert corrected >= 43


def test_labelled_rows_that_stand_beside_the_population_do_not_count_towards_it():
    inside = [*many("a", 3, 7, 90), *many("b", 5, 5, 190)]
    chance = [0.1 if stratum == "a" else 0.05 for stratum, _ in inside]
    assert prevalence(table(*inside, inclusion_probability=chance), "bad").total == 300
    beside = [*many("a", 3, 7, 100), *many("b", 5, 5, 200)]
    chance = [0.1 if stratum == "a" else 0.05 for stratum, _ in beside]
    answer = prevalence(table(*beside, inclusion_probability=chance), "bad")
    assert answer.total == 300
    assert answer.value == pytest.approx((100 * 0.3 + 200 * 0.5) / 300)


def test_a_sample_of_one_in_two_thousand_is_still_a_part_of_its_population():
    rows = many("", 2, 8, 19_990)
    assert prevalence(table(*rows, inclusion_probability=[10 / 20_000] * 20_000), "bad").total == 20_000


def test_without_the_rest_of_the_population_labels_stand_for_it():
    rows = [*many("a", 10, 40), *many("b", 25, 25)]
    labels = table(*rows)
    answer = prevalence(labels, "bad", population_items=10_000)
    assert answer.value == pytest.approx(0.35)
    assert answer.footing.calibrated is False
    assert {"poor-fit", "not-calibrated"} <= set(warned(answer))
    assert answer.to_json()["violating"]["value"] == pytest.approx(3_500)
    known = prevalence(table(*rows, inclusion_probability=[0.01] * 50 + [0.1] * 50), "bad")
    assert known.value == pytest.approx((5_000 * 0.2 + 500 * 0.5) / 5_500), "chances say how large a stratum is"
    assert known.footing.calibrated is True


def test_unlabelled_rows_without_a_stratum_say_nothing_of_strata():
    rows = [*many("a", 10, 40), *many("b", 25, 25), *many("", 0, 0, 100)]
    assert prevalence(table(*rows), "bad").value == pytest.approx(0.35)


def test_a_stratum_without_a_label_is_named_with_its_share():
    rows = [*many("seen", 20, 80, 100), *many("dark", 0, 0, 50)]
    answer = prevalence(table(*rows), "bad")
    assert answer.value == pytest.approx(0.2)
    assert answer.footing.calibrated is False
    assert any("no label in dark, which holds 20.0% of all items" in caveat.text for caveat in answer.footing.caveats)
    row = next(one for one in answer.to_json()["strata"] if one["stratum"] == "dark")
    assert (row["n"], row["value"], row["interval"], row["method"]) == (0, None, [0.0, 1.0], "no label")


def test_a_handful_of_labels_in_a_stratum_is_named():
    rows = [*many("a", 10, 40, 100), *many("b", 1, 2, 100), *many("c", 0, 1, 100)]
    answer = prevalence(table(*rows), "bad")
    assert any("fewer than 10 labels in b, c" in caveat.text for caveat in answer.footing.caveats)
    assert answer.footing.calibrated is False


def test_one_item_that_nobody_labelled_may_hold_more_than_the_interval():
    rows = many("", 50, 450, 1)
    answer = prevalence(table(*rows, views=[100] * 500 + [20_000]), "bad")
    assert any("label the most viewed items too" in caveat.text for caveat in answer.footing.caveats)


def test_rows_without_views_are_left_out_of_a_share_of_views():
    rows = many("", 10, 30, 10)
    answer = prevalence(table(*rows, views=[-1] * 5 + [10] * 45), "bad")
    assert answer.labelled == 35
    assert answer.value == pytest.approx(5 / 35)
    assert any("5 of 50 rows have no views" in caveat.text for caveat in answer.footing.caveats)


def test_a_labelled_row_without_its_chance_is_left_out_where_others_have_one():
    rows = many("", 10, 30, 60)
    answer = prevalence(table(*rows, inclusion_probability=[math.nan] * 5 + [0.4] * 95), "bad")
    assert answer.labelled == 35
    assert any("5 labelled rows have no inclusion_probability" in caveat.text for caveat in answer.footing.caveats)


@pytest.mark.parametrize(
    ("labels", "more", "says"),
    [
        (table(("", ""), ("", "")), {}, "no row has a label"),
        (table(("", "bad"), ("", "")), {"weight": "views"}, "--weight views needs the column views"),
        (table(("", "bad"), ("", ""), views=[0, 10]), {}, "no labelled row can be counted"),
        (
            table(("", "bad"), ("", ""), views=[10, 0]),
            {"population_views": 5},
            "--population-views 5 is less than the 10",
        ),
        (table(("", "bad"), ("", "")), {"population_items": 1}, "--population-items 1 is less than the 2"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(labels, more, says):
    with pytest.raises(InputError, match=says):
        prevalence(labels, "bad", **more)


def test_a_population_that_nobody_saw_has_no_share_of_views():
    rows = many("", 1, 1, 2)
    labels = table(*rows, views=[5, 5, 0, 0], inclusion_probability=[1.0, 1.0, 1.0, 1.0])
    with pytest.raises(InputError, match="no views at all"):
        prevalence(labels, "bad")


def test_a_label_that_never_occurs_is_a_zero_with_a_doubt():
    answer = prevalence(table(*many("", 5, 20)), "BAD")
    assert answer.value == 0
    assert any("no label reads 'BAD'; the labels are: bad, fine" in caveat.text for caveat in answer.footing.caveats)


def test_a_snapshot_leaves_out_what_was_posted_later():
    from datetime import UTC, datetime  # the only test that asks the clock

    day = 86_400_000_000
    rows = many("", 10, 10)
    labels = table(*rows, posted_at=[day] * 10 + [5 * day] * 9 + [NO_TIME])
    answer = prevalence(labels, "bad", until=datetime(1970, 1, 3, tzinfo=UTC))
    assert answer.value == pytest.approx(10 / 11), "what has no time stays"
    with pytest.raises(InputError, match="nothing was posted by 1970-01-01"):
        prevalence(table(*many("", 1, 1), posted_at=[day, day]), "bad", until=datetime(1970, 1, 1, tzinfo=UTC))


def test_no_label_in_any_weight_is_refused_at_the_bottom_too():
    empty = Labelled(stratum=np.zeros(0, dtype=np.int64), weight=np.zeros(0), positive=np.zeros(0), unseen=np.zeros(0))
    with pytest.raises(ValueError, match="no label in any stratum"):
        sampled_share(empty, Population(share=np.array([1.0])))


def test_an_unlabelled_part_takes_no_part_in_the_whole():
    one = Labelled(
        stratum=np.zeros(4, dtype=np.int64), weight=np.ones(4), positive=np.array([1.0, 0, 0, 0]), unseen=np.ones(4)
    )
    whole = sampled_share(one, Population(share=np.array([0.6, 0.4])))
    assert (whole.value, whole.unlabelled_share) == (0.25, 0.4)


def test_the_interval_grows_with_doubt_and_shrinks_with_labels():
    widths = []
    for times in (1, 4, 16):
        answer = prevalence(
            table(*many("a", 2 * times, 48 * times, 5_000), *many("b", times, 49 * times, 5_000)), "bad"
        )
        widths.append(answer.interval[1] - answer.interval[0])
    assert all(wide / narrow > 1.7 for wide, narrow in itertools.pairwise(widths))


def test_the_chart_has_the_whole_and_then_the_heaviest_strata():
    rows = list(itertools.chain.from_iterable(many(f"s{at:02d}", 1, 9, 10 * at) for at in range(20)))
    chart = prevalence_chart(prevalence(table(*rows), "bad"))
    assert [tick.text for tick in chart.ticks][:3] == ["all", "s19", "s18"]
    assert len(chart.ticks) == 12
    alone = prevalence_chart(prevalence(table(*many("", 1, 9)), "bad"))
    assert [tick.text for tick in alone.ticks] == ["all"]
    assert alone.top <= 100
    long = prevalence_chart(prevalence(table(*many("a stratum with a long name", 1, 9), *many("b", 1, 9)), "bad"))
    assert "a stratum wit…" in [tick.text for tick in long.ticks]
