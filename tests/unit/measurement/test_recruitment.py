"""Recruitment in aggregate: who is counted where, how wide the intervals are, and where sight ends."""

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import stats

from abate.domain.errors import InputError
from abate.measurement.drawing.shares_chart import recruitment_chart
from abate.measurement.recruitment import design_effect, recruitment
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weeks import DAY, WEEK

MONDAY = 20_000 * DAY - (20_000 + 3) % 7 * DAY


def seen(*rows):
    """Sightings from (reader, kind, item, week, channel, platform); what is left out is the same for all."""
    full = [(*row, *("post", "", 0, "lantern-1", "harbourline")[len(row) - 1 :]) for row in rows]
    reader, kind, item, week, channel, platform = zip(*full, strict=True)
    return Sightings(
        observed_at=np.array([MONDAY + at * WEEK for at in week], dtype=np.int64),
        platform=encode(platform),
        channel=encode(channel),
        kind=encode(kind),
        item=encode(item),
        audience=encode(reader),
    )


def crowd(people, *, repeat=0, invited=0, met=0, channels=1, start=0):
    """So many people, of whom the first came back, the first of those followed a link, and so on."""
    rows = []
    for place in range(people):
        name, channel = f"reader-{start + place}", f"lantern-{place % channels}"
        rows.append((name, "post", f"a-{channel}", 0, channel))
        if place < repeat:
            rows.append((name, "post", f"b-{channel}", 0, channel))
        if place < invited:
            rows.append((name, "invite", "", 0, channel))
        if place < met:
            rows.append((name, "contact", "", 0, channel))
    return rows


def counts(answer):
    return {stage.name: stage.count for stage in answer.stages}


def test_people_are_counted_at_each_stage():
    answer = recruitment(seen(*crowd(200, repeat=100, invited=40, met=15)))
    assert counts(answer) == {"exposure": 200, "repeat": 100, "invite_link": 40, "contact": 15}
    assert [stage.rate for stage in answer.stages] == [None, 0.5, 0.4, 0.375]
    assert answer.sight_ends == "contact"
    assert "Sight ends at contact." in answer.sentences


@pytest.mark.parametrize(
    ("rows", "repeats"),
    [
        ([("r", "post", "a", 0), ("r", "post", "b", 0)], 1),
        ([("r", "post", "a", 0), ("r", "post", "a", 1)], 0),
        ([("r", "post", "a", 0), ("r", "post", "a", 0)], 0),
        ([("r", "post", "a", 0), ("r", "invite", "b", 1)], 0),
        ([("r", "post", "", 0), ("r", "post", "", 0)], 0),
        ([("r", "post", "", 0), ("r", "post", "", 3)], 1),
        ([("r", "post", "a", 0), ("s", "post", "b", 1)], 0),
    ],
)
def test_a_return_is_another_item_or_another_week_and_neither_an_invite_nor_a_second_look(rows, repeats):
    assert counts(recruitment(seen(*rows), suppress_below=0))["repeat"] == repeats


def test_one_pseudonym_on_two_platforms_is_two_people():
    rows = [("r", "post", "a", 0, "c", "harbourline"), ("r", "post", "b", 0, "c", "quayside")]
    answer = recruitment(seen(*rows), suppress_below=0)
    assert counts(answer)["exposure"] == 2
    assert counts(answer)["repeat"] == 0, "nobody is followed from one to the other"
    assert answer.platforms == ("harbourline", "quayside")
    assert any("who uses two of them counts twice" in caveat.text for caveat in answer.footing.caveats)


def test_kinds_are_read_however_they_are_written():
    rows = [*crowd(30), *((f"reader-{place}", "Invite Link") for place in range(12))]
    assert counts(recruitment(seen(*rows)))["invite_link"] == 12


def test_sight_ends_where_no_row_tells_of_the_next_stage():
    answer = recruitment(seen(*crowd(50, repeat=20)))
    assert answer.sight_ends == "repeat"
    told = answer.to_json()
    assert [stage["seen"] for stage in told["stages"]] == [True, True, False, False]
    assert "cannot be observed here" in told["beyond"]
    assert any("no sighting tells of: invite_link, contact" in caveat.text for caveat in answer.footing.caveats)


def test_without_kinds_nothing_is_seen_past_the_return():
    whole = seen(*crowd(50, repeat=20))
    answer = recruitment(
        Sightings(
            observed_at=whole.observed_at, platform=whole.platform, channel=whole.channel, audience=whole.audience
        )
    )
    assert answer.sight_ends == "repeat"
    assert answer.stages[1].suppressed, "all were seen in one week, and nothing says on how many items"


def test_a_contact_without_any_invite_has_a_count_and_no_rate():
    rows = [*crowd(60, repeat=40), *((f"reader-{place}", "contact") for place in range(15))]
    answer = recruitment(seen(*rows))
    stage = answer.stages[-1]
    assert (stage.count, stage.rate) == (15, None)
    assert answer.sight_ends == "contact"


def test_people_who_are_independent_get_the_exact_interval():
    answer = recruitment(seen(*crowd(200, repeat=60)))
    exact = stats.binomtest(60, 200).proportion_ci(method="exact")
    assert answer.stages[1].interval == pytest.approx((exact.low, exact.high))
    assert answer.stages[1].design_effect == 1


def alike(draw, groups, likeness):
    sizes = draw.poisson(30, groups) + 5
    spread = 1 / likeness - 1
    rates = draw.beta(0.2 * spread, 0.8 * spread, groups)
    group = np.repeat(np.arange(groups), sizes)
    return draw.random(len(group)) < rates[group], group


def test_the_design_effect_is_the_jackknifes_over_channels():
    reached, group = alike(np.random.default_rng(1), 40, 0.2)
    share, n = reached.mean(), len(reached)
    without = np.array([reached[group != one].mean() for one in range(40)])
    jackknife = 39 / 40 * np.sum((without - share) ** 2)
    sizes = np.bincount(group)
    few = stats.t.ppf(0.975, n**2 / np.sum(sizes**2.0) - 1) / stats.norm.ppf(0.975)
    assert design_effect(reached, group) == pytest.approx(jackknife / (share * (1 - share) / n) * few**2)


def test_nothing_is_alike_in_one_channel_in_none_reached_and_by_chance():
    draw = np.random.default_rng(0)
    assert design_effect(draw.random(50) < 0.5, np.zeros(50, dtype=np.int64)) == 1
    assert design_effect(np.zeros(50, dtype=bool), np.arange(50)) == 1
    effects = [design_effect(draw.random(600) < 0.2, np.repeat(np.arange(30), 20)) for _ in range(200)]
    assert np.mean(np.array(effects) == 1) > 0.8, "the test for likeness errs one time in ten"


def test_where_channels_differ_the_plain_interval_is_too_short_and_ours_holds():
    draw = np.random.default_rng(4)
    plain = ours = 0
    for _ in range(150):
        reached, group = alike(draw, 40, 0.15)
        n, k, effect = len(reached), int(reached.sum()), design_effect(reached, group)
        ends = stats.binomtest(k, n).proportion_ci(method="exact")
        plain += ends.low <= 0.2 <= ends.high
        low = stats.beta.ppf(0.025, k / effect, (n - k) / effect + 1)
        ours += low <= 0.2 <= stats.beta.ppf(0.975, k / effect + 1, (n - k) / effect)
    assert plain < 105
    assert ours >= 133


def test_the_interval_of_a_stage_is_widened_by_how_much_channels_differ():
    rows = []
    for place in range(40):
        rows += [
            (f"reader-{place}-{who}", "post", item, 0, f"lantern-{place}")
            for who in range(20)
            for item in (("a", "b") if who < (16 if place % 2 else 4) else ("a",))
        ]
    answer = recruitment(seen(*rows))
    stage = answer.stages[1]
    assert stage.rate == 0.5
    assert stage.design_effect > 5
    effect = stage.design_effect
    low = stats.beta.ppf(0.025, 400 / effect, 400 / effect + 1)
    assert stage.interval == pytest.approx((low, 1 - low))
    assert answer.footing.calibrated is True


def test_few_channels_are_not_calibrated():
    answer = recruitment(seen(*crowd(100, repeat=30, channels=5)))
    assert answer.footing.calibrated is False
    assert any("5 channels are too few" in caveat.text for caveat in answer.footing.caveats)


def test_few_people_are_hidden_with_the_rates_that_give_them_away():
    answer = recruitment(seen(*crowd(100, repeat=40, invited=6, met=3)))
    told = answer.to_json()["stages"]
    assert [stage["count"] for stage in told] == [100, 40, None, None]
    assert [stage["suppressed"] for stage in told] == [False, False, True, True]
    assert told[2]["rate"] is told[2]["from_previous"] is told[2]["interval"] is None
    assert any("too few people to be shown: invite_link, contact" in caveat.text for caveat in answer.footing.caveats)
    assert counts(recruitment(seen(*crowd(100, repeat=40, invited=6)), suppress_below=5))["invite_link"] == 6


def test_a_stage_behind_a_hidden_one_shows_its_count_but_no_rate():
    rows = [*crowd(100, repeat=40, invited=6), *((f"reader-{place}", "contact") for place in range(30))]
    stage = recruitment(seen(*rows)).stages[-1]
    assert (stage.count, stage.rate, stage.from_previous, stage.suppressed) == (30, None, None, True)


def test_a_rate_of_few_people_is_hidden_though_the_stage_is_not_small():
    rows = [*crowd(100, repeat=40), *((f"reader-{place}", "invite") for place in range(36, 60))]
    stage = recruitment(seen(*rows)).stages[2]
    assert (stage.count, stage.rate, stage.suppressed) == (24, None, True), "four of those who had come back"


def test_a_snapshot_counts_what_had_been_seen_by_then():
    rows = [*crowd(30), *((f"reader-{place}", "post", "later", 5) for place in range(20))]
    until = datetime.fromtimestamp((MONDAY + WEEK) / 1e6, tz=UTC)
    answer = recruitment(seen(*rows), until=until, suppress_below=0)
    assert counts(answer) == {"exposure": 30, "repeat": 0, "invite_link": None, "contact": None}
    assert counts(recruitment(seen(*rows)))["repeat"] == 20
    assert not any("name no reader" in caveat.text for caveat in answer.footing.caveats), "later is not nameless"


def test_rows_without_a_reader_say_nothing_of_people():
    rows = [*crowd(30, repeat=12), ("", "post", "a", 0), ("", "invite", "", 0)]
    answer = recruitment(seen(*rows))
    assert answer.sight_ends == "repeat"
    assert any("2 of 44 sightings name no reader" in caveat.text for caveat in answer.footing.caveats)


def test_without_readers_or_before_the_first_there_is_no_answer():
    with pytest.raises(InputError, match="no sighting carries an audience"):
        recruitment(seen(("", "post", "a", 0)))
    with pytest.raises(InputError, match="no sighting remains"):
        recruitment(seen(*crowd(3)), until=datetime(1990, 1, 1, tzinfo=UTC))
    late = seen(("", "post", "a", 0), ("r", "post", "a", 9))
    with pytest.raises(InputError, match="choose a later one"):
        recruitment(late, until=datetime.fromtimestamp((MONDAY + WEEK) / 1e6, tz=UTC))


def test_the_chart_has_the_rates_of_the_later_stages():
    chart = recruitment_chart(recruitment(seen(*crowd(200, repeat=100, invited=40))))
    assert [tick.text for tick in chart.ticks] == ["repeat", "invite_link", "contact"]
    assert chart.points[0].value == 50


@pytest.fixture
def readers(tmp_path):
    path = tmp_path / "readers.csv"
    lines = ["observed_at,platform,channel,reader,kind,item"]
    lines += [
        f"2025-03-03,harbourline,{channel},{name},{kind},{item}"
        for name, kind, item, _, channel in crowd_in_full(160, repeat=80, invited=30)
    ]
    path.write_text("\n".join([*lines, "never,harbourline,lantern-1,reader-7,post,a"]) + "\n", "utf-8")
    return path


def crowd_in_full(people, **stages):
    return crowd(people, channels=35, **stages)


def test_the_command_tells_stages_and_where_sight_ends(abate, readers):
    told = abate.run("measure", "recruitment", "--sightings", readers, "--map", "reader=audience", "--json").json
    assert [(stage["name"], stage["count"]) for stage in told["stages"]] == [
        ("exposure", 160),
        ("repeat", 80),
        ("invite_link", 30),
        ("contact", None),
    ]
    assert told["stages"][1]["interval"][0] < told["stages"][1]["rate"] < told["stages"][1]["interval"][1]
    assert told["sight_ends"] == "invite_link"
    assert told["schema"] == 1


def test_the_command_in_words_names_no_reader(abate, readers, tmp_path):
    said = abate.run(
        "measure", "recruitment", "--sightings", readers, "--map", "reader=audience", "--chart", tmp_path / "stages.svg"
    )
    assert said.code == 0
    assert "Sight ends at invite_link." in said.out
    assert "cannot be seen" in said.out
    assert "1 of 271 rows was left out" in said.err
    assert "reader-" not in said.out + (tmp_path / "stages.svg").read_text("utf-8")


def test_the_store_knows_no_readers_and_says_what_to_bring(abate):
    said = abate.run("measure", "recruitment")
    assert said.code == 2
    assert "give --sightings with one row for each reader" in said.err
