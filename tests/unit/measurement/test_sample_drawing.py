"""Drawing what people are to label: how many from where, with which chance, and back again from the filled-in table."""

import csv

import numpy as np
import pyarrow.parquet
import pytest

from abate.domain.errors import InputError
from abate.measurement.sampled.design import draw_sample, proportional_chances, systematic
from abate.measurement.sampled.prevalence import prevalence
from abate.measurement.sampled.strata import CERTAIN, score_edges, view_edges
from abate.measurement.sampled.write import write_sample
from abate.measurement.tables.columns import Labels, Words, encode
from abate.measurement.tables.read import read_labels
from abate.measurement.weeks import DAY, NO_TIME


def population(items, *, seed=0, share=0.1, views=True, score=True):
    """Items with heavy-tailed views and a classifier that errs; the truth beside them."""
    draw = np.random.default_rng(seed)
    bad = draw.random(items) < share
    table = Labels(
        item=encode(f"i{place}" for place in range(items)),
        views=np.exp(4 + 1.2 * draw.standard_normal(items)).astype(np.int64) if views else None,
        score=np.clip(0.25 + 0.35 * bad + 0.15 * draw.standard_normal(items), 0, 1) if score else None,
    )
    return table, bad


def reviewed(sample, bad):
    """The table as it comes back: what was drawn carries a label."""
    codes = np.where(sample.drawn, np.where(bad, 0, 1), -1).astype(np.int32)
    return Labels(
        item=sample.population.item,
        stratum=Words(codes=sample.strata.place.astype(np.int32), names=sample.strata.names),
        views=sample.population.views,
        inclusion_probability=np.where(sample.probability > 0, sample.probability, np.nan),
        label=Words(codes=codes, names=("bad", "fine")),
        score=sample.population.score,
    )


@pytest.mark.parametrize("within", ["evenly", "views"])
def test_every_item_is_drawn_as_often_as_its_probability_says(within):
    table, _ = population(60)
    runs = [draw_sample(table, 24, within=within, seed=seed) for seed in range(800)]
    chance = runs[0].probability
    assert all(np.array_equal(run.probability, chance) for run in runs), "the chance is of the design, not of the draw"
    assert len({run.drawn.tobytes() for run in runs}) > 400
    often = np.mean([run.drawn for run in runs], axis=0)
    error = np.sqrt(chance * (1 - chance) / len(runs))
    assert np.array_equal(often[chance >= 1], np.ones((chance >= 1).sum()))
    assert np.all(np.abs(often - chance)[chance < 1] <= 4.5 * error[chance < 1])
    assert all(run.drawn.sum() == 24 for run in runs)


def test_the_same_seed_draws_the_same_items():
    table, _ = population(200)
    first, again, other = (draw_sample(table, 50, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.drawn, again.drawn)
    assert not np.array_equal(first.drawn, other.drawn)


@pytest.mark.parametrize("within", ["evenly", "views"])
def test_draw_label_estimate_hits_the_truth_on_average(within):
    table, bad = population(3_000, share=0.08)
    for weight, mass in (("views", table.views), ("items", None)):
        truth = float(np.average(bad, weights=mass))
        if (within, weight) == ("views", "items"):
            continue  # what nobody viewed cannot be drawn by views: a share of items needs another draw
        values = []
        held = 0
        for seed in range(80):
            answer = prevalence(reviewed(draw_sample(table, 300, within=within, seed=seed), bad), "bad", weight=weight)
            values.append(answer.value)
            held += answer.interval[0] <= truth <= answer.interval[1]
            assert answer.footing.calibrated is True
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - truth) < 4 * error + 0.001, "a ratio is off by the order of 1/n"
        assert held >= 70, "80 intervals of 95 % that hold fewer than 70 times would be a rare accident"


def test_more_is_drawn_where_more_can_be_learned():
    table, _ = population(20_000, share=0.05)
    sample = draw_sample(table, 1_000)
    rate = {one.name: one.drawn / one.items for one in sample.summary}
    clean = next(name for name in rate if name.startswith("score 1") and "views 1" in name)
    doubtful = next(name for name in rate if name.startswith("score 4") and "views 3" in name)
    assert rate[doubtful] > 3 * rate[clean]
    assert all(one.drawn >= 20 or one.drawn == one.items for one in sample.summary), "no stratum is left to the scores"


def test_the_few_items_that_hold_most_views_are_all_drawn():
    table, bad = population(500)
    heavy = np.array(table.views)
    heavy[[3, 7]] = 10**7
    bad[[3, 7]] = False
    table = Labels(item=table.item, views=heavy, score=table.score)
    sample = draw_sample(table, 100)
    assert sample.probability[[3, 7]].tolist() == [1, 1]
    assert sample.strata.names[-1] == CERTAIN
    assert {one.name: one.drawn for one in sample.summary}[CERTAIN] == 2
    answer = prevalence(reviewed(sample, bad), "bad")
    assert dict(answer.strata)[CERTAIN].limits.interval() == (0, 0), "both were seen: nothing is left open"
    assert answer.to_json()["strata"][0]["effective_n"] is None


@pytest.mark.parametrize(
    ("size", "strata"),
    [(20, 1), (60, 2), (80, 3), (100, 4), (140, 6), (180, 8), (260, 12), (1_000, 12)],
)
def test_a_small_sample_is_cut_coarsely_so_that_each_stratum_gets_ten(size, strata):
    draw = np.random.default_rng(1)
    table = Labels(
        item=encode(f"i{place}" for place in range(20_000)),
        views=draw.integers(50, 150, 20_000),
        score=draw.random(20_000),
    )
    sample = draw_sample(table, size)
    assert len(sample.summary) == strata
    assert min(one.drawn for one in sample.summary) >= 10
    assert sum(one.drawn for one in sample.summary) == size == int(sample.drawn.sum())


def test_a_population_without_views_or_scores_is_cut_by_what_there_is():
    for views, score in ((False, True), (True, False), (False, False)):
        table, bad = population(400, views=views, score=score)
        sample = draw_sample(table, 100)
        lacking = [caveat.text for caveat in sample.footing.caveats if "the strata do without" in caveat.text]
        assert len(lacking) == 1
        assert ("no score" in lacking[0], "no views" in lacking[0]) == (not score, not views)
        assert sample.drawn.sum() == 100
        answer = prevalence(reviewed(sample, bad), "bad")
        assert answer.weight == ("views" if views else "items")
    assert draw_sample(table, 100).footing.method.startswith("stratified by nothing")


def test_a_sample_as_large_as_the_population_is_the_population():
    table, bad = population(30)
    sample = draw_sample(table, 500)
    assert sample.drawn.all()
    answer = prevalence(reviewed(sample, bad), "bad", weight="items")
    assert answer.value == pytest.approx(bad.mean())
    assert answer.interval[1] - answer.interval[0] < 1e-4


def test_what_nobody_saw_cannot_be_drawn_by_views():
    views = np.array([0, 0, 5, 5, 10, 20])
    table = Labels(item=encode("abcdef"), views=views)
    sample = draw_sample(table, 4, by=(), within="views")
    assert sample.probability[:2].tolist() == [0, 0]
    assert sample.drawn.sum() == 4
    everything = draw_sample(table, 6, by=(), within="views")
    assert everything.drawn.tolist() == [False, False, True, True, True, True]


def test_unknown_views_count_as_none_and_are_told():
    table = Labels(item=encode("abcd"), views=np.array([5, -1, 7, 9]))
    told = draw_sample(table, 2).footing.caveats
    assert any("1 items have no views" in caveat.text for caveat in told)


@pytest.mark.parametrize(
    ("size", "more", "says"),
    [
        (0, {}, "--size 0 draws nothing"),
        (5, {"by": ("colour",)}, "--strata colour: choose from score, views"),
        (5, {"within": "views"}, "drawing by views needs the column views"),
    ],
)
def test_a_wrong_wish_is_one_sentence(size, more, says):
    table, _ = population(20, views=False)
    with pytest.raises(InputError, match=says):
        draw_sample(table, size, **more)


def test_an_empty_population_is_refused():
    with pytest.raises(InputError, match="the population is empty"):
        draw_sample(Labels(item=encode([])), 5)


def test_chances_in_proportion_stop_at_certainty():
    assert proportional_chances(np.array([1.0, 1, 2]), 2).tolist() == [0.5, 0.5, 1]
    # 10 of 13 for two places is more than one; the rest share what is left.
    assert proportional_chances(np.array([10.0, 1, 1, 1]), 2) == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    assert proportional_chances(np.array([0.0, 3, 5]), 3).tolist() == [0, 1, 1]
    assert proportional_chances(np.array([2.0, 2]), 0).tolist() == [0, 0]


def test_systematic_drawing_takes_a_fixed_number():
    chance = proportional_chances(np.arange(1.0, 41), 7)
    for seed in range(200):
        assert len(set(systematic(chance, np.random.default_rng(seed)).tolist())) == 7


def test_equal_scores_and_equal_views_are_not_parted():
    assert score_edges(np.full(50, 0.3), 4).tolist() == []
    assert score_edges(np.array([0.0, 1.0] * 20), 4).tolist() == pytest.approx([0.005])
    assert view_edges(np.full(50, 9.0), 3).tolist() == []
    assert view_edges(np.zeros(5), 3).tolist() == []
    ends = view_edges(np.array([1.0] * 90 + [10.0] * 9 + [90.0]), 3)
    assert ends.tolist() == [10, 90], "each part holds ninety views"


def test_items_without_a_score_are_a_stratum_of_their_own():
    table, _ = population(300)
    score = np.array(table.score)
    score[:40] = np.nan
    sample = draw_sample(Labels(item=table.item, score=score), 100, by=("score",))
    assert {one.name: one.items for one in sample.summary}["no score"] == 40


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_table_to_label_reads_back_as_it_was_drawn(tmp_path, ending):
    table, _ = population(200)
    posted = np.full(200, NO_TIME)
    posted[:150] = 20_000 * DAY + np.arange(150) * 3_600_000_000
    views = np.array(table.views)
    views[5] = -1
    table = Labels(
        item=table.item,
        views=views,
        score=table.score,
        channel=encode("" if place == 9 else f"lantern-{place % 7}" for place in range(200)),
        posted_at=posted,
    )
    sample = draw_sample(table, 60)
    path = tmp_path / f"sample{ending}"
    write_sample(sample, path)
    back = read_labels(path)
    assert back.inclusion_probability == pytest.approx(
        np.where(sample.probability > 0, sample.probability, np.nan), nan_ok=True
    )
    assert [back.stratum.text(row) for row in range(200)] == [sample.strata.names[at] for at in sample.strata.place]
    assert np.array_equal(back.views, views)
    assert np.array_equal(back.posted_at, posted)
    assert back.score == pytest.approx(table.score)
    assert [back.item.text(row) for row in range(200)] == [table.item.text(row) for row in range(200)]
    assert back.channel.text(9) == ""
    assert back.label is None or (back.label.codes < 0).all()


def test_a_sample_goes_nowhere_else(tmp_path):
    table, _ = population(20)
    sample = draw_sample(table, 5)
    with pytest.raises(InputError, match=r"written as \.csv or \.parquet"):
        write_sample(sample, tmp_path / "sample.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        write_sample(sample, tmp_path / "no" / "folder.csv")


@pytest.fixture
def items(tmp_path):
    table, bad = population(2_000, share=0.05)
    path = tmp_path / "population.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "views", "score"])
        rows.writerows((table.item.text(row), table.views[row], f"{table.score[row]:.4f}") for row in range(2_000))
    return (
        path,
        {table.item.text(row): bool(bad[row]) for row in range(2_000)},
        float(np.average(bad, weights=table.views)),
    )


def label_with(path, bad):
    """A reviewer who goes through the file and is always right."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["drawn"] == "true":
            row["label"] = "bad" if bad[row["item"]] else "fine"
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)


def test_from_the_population_through_the_reviewer_to_the_answer(abate, items, tmp_path):
    path, bad, truth = items
    out = tmp_path / "sample.csv"
    drawn = abate.run(
        "measure", "sample", "--population", path, "--map", "name=item", "--size", 300, "--out", out, "--json"
    )
    assert drawn.code == 0
    assert (drawn.json["drawn"], drawn.json["population"], drawn.json["seed"]) == (300, 2_000, 0)
    assert sum(one["drawn"] for one in drawn.json["strata"]) == 300
    label_with(out, bad)
    told = abate.run("measure", "prevalence", "--labels", out, "--positive", "bad", "--json").json
    assert told["labelled"] == 300
    assert told["interval"][0] <= truth <= told["interval"][1]
    assert told["calibrated"] is True
    assert [one["n"] for one in told["strata"]] == [
        one["drawn"] for one in sorted(drawn.json["strata"], key=lambda one: one["stratum"])
    ]


def test_a_sample_in_words_and_as_parquet(abate, items, tmp_path):
    out = tmp_path / "sample.parquet"
    path = items[0]
    said = abate.run(
        "measure", "sample", "--population", path, "--map", "name=item", "--size", 50, "--out", out, "--strata", "none"
    )
    assert said.code == 0
    assert "50 of 2000 items drawn from 1 strata" in said.out
    assert pyarrow.parquet.read_table(out).num_rows == 2_000


def test_a_file_in_which_somebody_labelled_is_not_written_over(abate, items, tmp_path):
    path, bad, _ = items
    out = tmp_path / "sample.csv"
    command = ("measure", "sample", "--population", path, "--map", "name=item", "--size", 50, "--out", out)
    assert abate.run(*command).code == 0
    assert abate.run(*command, "--seed", 1).code == 0, "nothing is lost with an unlabelled one"
    label_with(out, bad)
    refused = abate.run(*command)
    assert refused.code == 2
    assert "somebody has labelled items in this file" in refused.err
    assert abate.run("measure", "sample", "--population", path).code == 2
