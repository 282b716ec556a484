"""Overlap: what two share, counted by hand, with an interval where channels can be left out."""

import json
import math
import re

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.drawing.heat_map import HeatMap, render_heat_map
from abate.measurement.drawing.overlap_chart import overlap_chart
from abate.measurement.overlap import overlap, pairs_of
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weeks import DAY

LANTERN, COMPASS, KEY = "Order of the Grey Lantern", "Quiet Compass", "Seventh Key"


def sightings(rows, *, kinds=None, things="signal"):
    """From (group, channel, thing); a channel that begins with q lies on quayside."""
    groups, channels, names = zip(*rows, strict=True)
    return Sightings(
        observed_at=np.arange(len(rows), dtype=np.int64) * DAY,
        platform=encode("quayside" if channel.startswith("q") else "harbourline" for channel in channels),
        channel=encode(channels),
        group=encode(groups),
        language=encode("de" if channel.endswith("1") else "fr" for channel in channels),
        kind=None if kinds is None else encode(kinds),
        **{things: encode(names)},
    )


def held(group, things, channels=("h1", "h2", "q1", "q2")):
    return [(group, channels[place % len(channels)], thing) for place, thing in enumerate(things)]


def things(first, last):
    return [f"s{place}" for place in range(first, last)]


TWO = held(LANTERN, things(0, 20)) + held(COMPASS, things(10, 25))
"""Twenty and fifteen, ten of them shared, twenty-five in all."""


def brute_jaccard(rows, key):
    parts = {}
    for row in rows:
        parts.setdefault(key(row), set()).add(row[2])
    names = sorted(parts)
    return {
        one: {other: len(parts[one] & parts[other]) / len(parts[one] | parts[other]) for other in names}
        for one in names
    }


def test_what_two_share_is_a_share_of_what_either_has():
    told = overlap(sightings(TWO), by="group").to_json()
    assert told["matrix"][LANTERN][COMPASS] == pytest.approx(10 / 25)
    assert told["matrix"][COMPASS][LANTERN] == pytest.approx(10 / 25)
    assert told["matrix"][LANTERN][LANTERN] == 1
    assert told["counts"] == {LANTERN: 20, COMPASS: 15}
    low, high = told["interval"][LANTERN][COMPASS]
    assert 0 < low < 0.4 < high < 1
    assert told["interval"][LANTERN][LANTERN] == [1, 1]
    assert told["seed"] == 0


def test_seeing_the_same_thing_again_on_the_same_channel_changes_nothing():
    once, again = (overlap(sightings(rows), by="group").to_json() for rows in (TWO, TWO + TWO[:9]))
    assert again == once


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("group", lambda row: row[0]),
        ("platform", lambda row: "quayside" if row[1].startswith("q") else "harbourline"),
        ("language", lambda row: "de" if row[1].endswith("1") else "fr"),
    ],
)
def test_each_division_agrees_with_sets(by, key):
    draw = np.random.default_rng(1)
    channels = ("h1", "h2", "q1", "q2")
    rows = [
        (str(draw.choice([LANTERN, COMPASS, KEY])), str(draw.choice(channels)), f"s{draw.integers(0, 60)}")
        for _ in range(400)
    ]
    told = overlap(sightings(rows), by=by).to_json()
    for one, row in brute_jaccard(rows, key).items():
        assert told["matrix"][one] == pytest.approx(row)


def test_cosine_weighs_by_how_many_channels_hold_a_thing():
    rows = held(LANTERN, things(0, 12), ("h1",)) + held(LANTERN, things(0, 6), ("h2",))
    rows += held(COMPASS, things(6, 18), ("q1",)) + held(COMPASS, things(6, 8), ("q2",))
    cosine = overlap(sightings(rows), by="group").to_json()["cosine"]["matrix"]
    # 0..5 twice and 6..11 once against 6..7 twice and 8..17 once: 2 * 2 + 4 shared.
    assert cosine[LANTERN][COMPASS] == pytest.approx((2 * 2 + 4) / math.sqrt(6 * 4 + 6) / math.sqrt(2 * 4 + 10))


def test_the_mix_of_kinds_is_one_less_the_divergence():
    distance = pytest.importorskip("scipy.spatial.distance").jensenshannon
    kinds = ["photo"] * 16 + ["text"] * 4 + ["photo"] * 5 + ["video"] * 10
    told = overlap(sightings(TWO, kinds=kinds), by="group").to_json()
    counts = {LANTERN: {}, COMPASS: {}}
    for (group, channel, _), kind in zip(TWO, kinds, strict=True):
        counts[group].setdefault(kind, set()).add(channel)
    vectors = [[len(counts[group].get(kind, ())) for kind in ("photo", "text", "video")] for group in counts]
    assert told["mix"]["matrix"][LANTERN][COMPASS] == pytest.approx(1 - distance(*vectors, base=2) ** 2)
    assert told["mix"]["matrix"][LANTERN][LANTERN] == pytest.approx(1)


def test_one_kind_alone_has_no_mix():
    assert "mix" not in overlap(sightings(TWO, kinds=["photo"] * len(TWO)), by="group").to_json()


def test_rows_without_a_kind_are_left_out_of_the_mix_only():
    kinds = ["photo", "text"] * 10 + [""] * 15
    told = overlap(sightings(TWO, kinds=kinds), by="group").to_json()
    assert told["mix"]["matrix"][LANTERN][COMPASS] is None
    assert told["matrix"][LANTERN][COMPASS] == pytest.approx(0.4)


def jackknife(rows, one, other):
    """Every channel left out in turn, and the limits on the logit scale, written out."""
    from scipy.stats import t

    channels = sorted({row[1] for row in rows})

    def share(kept):
        return brute_jaccard(kept, lambda row: row[0])[one][other]

    left = np.array([share([row for row in rows if row[1] != channel]) for channel in channels])
    spread = math.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())
    own = min(len({row[1] for row in rows if row[0] == name}) for name in (one, other))
    value = share(rows)
    reach = t.ppf(0.975, own - 1) * spread / (value * (1 - value))
    logit = math.log(value / (1 - value))
    return [1 / (1 + math.exp(reach - logit)), 1 / (1 + math.exp(-reach - logit))]


def test_the_interval_is_the_jackknife_over_channels():
    told = overlap(sightings(TWO), by="group").to_json()
    assert told["interval"][LANTERN][COMPASS] == pytest.approx(jackknife(TWO, LANTERN, COMPASS))


@pytest.mark.parametrize(("shift", "side"), [(0, 1), (100, 0)])
def test_all_or_nothing_shared_has_the_limits_of_so_many_channels(shift, side):
    from scipy.stats import beta

    rows = held(LANTERN, things(0, 16)) + held(COMPASS, things(shift, shift + 16))
    told = overlap(sightings(rows), by="group").to_json()
    assert told["matrix"][LANTERN][COMPASS] == side
    interval = [0, beta.ppf(0.975, 1, 4)] if side == 0 else [beta.ppf(0.025, 4, 1), 1]
    assert told["interval"][LANTERN][COMPASS] == pytest.approx(interval)


def test_fewer_than_ten_things_are_suppressed_with_their_count():
    rows = TWO + held(KEY, things(0, 9))
    answer = overlap(sightings(rows), by="group")
    told = answer.to_json()
    assert told["suppressed"] == [KEY]
    assert told["counts"][KEY] is None
    assert set(told["matrix"][KEY].values()) == {None}
    assert told["matrix"][LANTERN][KEY] is None
    assert told["matrix"][LANTERN][COMPASS] == pytest.approx(0.4)
    assert list(pairs_of(answer)) == [(LANTERN, COMPASS)]
    assert any(f"seen of {KEY}: suppressed" in one["text"] for one in told["warnings"])
    json.dumps(told, allow_nan=False)


def test_where_all_are_suppressed_the_sentence_says_that_nothing_can_be_compared():
    answer = overlap(sightings(held(LANTERN, things(0, 9)) + held(COMPASS, things(0, 9))), by="group")
    assert answer.sentence == "no two have 10 different signals or more, so that nothing can be compared"


def test_a_single_channel_has_a_share_and_no_interval():
    rows = held(LANTERN, things(0, 20)) + held(COMPASS, things(10, 25), ("q1",))
    told = overlap(sightings(rows), by="group").to_json()
    assert told["matrix"][LANTERN][COMPASS] == pytest.approx(0.4)
    assert told["interval"][LANTERN][COMPASS] is None
    assert any(f"a single channel stands for {COMPASS}" in one["text"] for one in told["warnings"])


def many(seed=0, channels=130):
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(channels):
        group = LANTERN if place % 2 else COMPASS
        rows += [(group, f"{'hq'[place % 3 == 0]}{place}", f"s{thing}") for thing in draw.integers(0, 90, 8)]
    return rows


def test_more_than_fifty_channels_are_left_out_in_blocks_that_hang_on_their_names():
    rows = many()
    told = overlap(sightings(rows), by="group").to_json()
    draw = np.random.default_rng(2)
    again = overlap(sightings([rows[place] for place in draw.permutation(len(rows))]), by="group").to_json()
    for one in (LANTERN, COMPASS):
        for other in (LANTERN, COMPASS):
            assert again["interval"][one][other] == pytest.approx(told["interval"][one][other], abs=1e-12)
    other_seed = overlap(sightings(rows), by="group", seed=1).to_json()
    assert other_seed["seed"] == 1
    assert other_seed["interval"][LANTERN][COMPASS] != told["interval"][LANTERN][COMPASS]
    assert other_seed["interval"][LANTERN][COMPASS] == pytest.approx(told["interval"][LANTERN][COMPASS], abs=0.1)


def test_channels_that_fell_into_one_block_together_give_no_interval():
    """Two channels of one group in the same block: without it there is nothing of the group left to compare."""
    rows = [row for row in many() if row[0] == LANTERN] + held(KEY, things(0, 12), ("h900", "h901"))
    order = sorted({row[1] for row in rows})
    pair = [order.index(name) for name in ("h900", "h901")]

    def together(seed):
        block = np.random.default_rng(seed).permutation(len(order)) % 50
        return block[pair[0]] == block[pair[1]]

    chosen = next(seed for seed in range(5000) if together(seed))
    told = overlap(sightings(rows), by="group", seed=chosen).to_json()
    assert told["interval"][LANTERN][KEY] is None
    low, high = overlap(sightings(rows), by="group", seed=chosen + 1).to_json()["interval"][LANTERN][KEY]
    assert low < high


def test_items_stand_in_for_signals_and_are_said_to():
    answer = overlap(sightings(TWO, things="item"), by="group")
    assert answer.what == "item"
    assert any("compared by their names" in one for one in answer.footing.assumptions)
    assert "of the items that either has" in answer.sentence


def test_nothing_without_signals_says_so():
    nameless = [(group, channel, "") for group, channel, _ in TWO]
    with pytest.raises(InputError, match="needs a column signal"):
        overlap(sightings(nameless), by="group")


def test_who_has_no_name_is_not_compared():
    rows = [("", channel, thing) for _, channel, thing in TWO[:20]] + TWO[20:] + held(KEY, things(0, 12))
    assert set(overlap(sightings(rows), by="group").to_json()["matrix"]) == {COMPASS, KEY}


@pytest.mark.parametrize(
    ("rows", "by", "words"),
    [
        (held(LANTERN, things(0, 20)), "group", "fewer than two values of 'group' have a signal"),
        (TWO, "channel", "--by channel: choose from group, platform, language"),
        (TWO, "", "--by nothing"),
    ],
)
def test_what_cannot_be_compared_is_refused(rows, by, words):
    with pytest.raises(InputError, match=re.escape(words)):
        overlap(sightings(rows), by=by)


def test_no_interval_is_called_calibrated():
    answer = overlap(sightings(TWO), by="group")
    assert answer.to_json()["calibrated"] is not True
    assert "not-calibrated" in {one.code for one in answer.footing.caveats}
    assert answer.footing.assumptions[0].startswith("similarity is not command")


def test_the_chart_reads_out_every_pair():
    drawn = render_heat_map(overlap_chart(overlap(sightings(TWO + held(KEY, things(0, 9))), by="group")))
    assert re.search(rf"{LANTERN} and {COMPASS}: 40 % \[\d+, \d+\]", drawn)
    assert f"{LANTERN} and {KEY}: –" in drawn
    assert f"{LANTERN} and {LANTERN}: 100 % [100, 100]" in drawn
    assert "Similarity is not command." in drawn
    assert "<style>" in drawn


def test_a_heat_map_inside_a_page_brings_no_style_and_escapes_names():
    table = HeatMap(
        title="<t>", description="d", names=("a<b", "long name that is cut"), values=((1.0, 0.2), (0.2, None))
    )
    drawn = render_heat_map(table, standalone=False, name="x")
    assert "<style>" not in drawn
    assert "a&lt;b" in drawn
    assert "long nam…" in drawn
    assert 'class="cell heat-4"' in drawn
    assert 'class="cell heat-1"' in drawn
    assert "20 %</text>" in drawn


def test_a_heat_map_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one name"):
        render_heat_map(HeatMap(title="", description="", names=(), values=()))


@pytest.fixture
def file(tmp_path):
    lines = ["observed_at,platform,channel,group,language,signal"]
    for place, (group, channel, thing) in enumerate(TWO):
        platform = "quayside" if channel.startswith("q") else "harbourline"
        lines.append(f"2025-01-{1 + place % 28:02},{platform},{channel},{group},de,{thing}")
    path = tmp_path / "sightings.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_script_finds_every_key_of_the_contract(abate, file):
    done = abate.run("measure", "overlap", "--sightings", file, "--by", "group", "--json")
    assert done.code == 0
    assert {"schema", "method", "level", "calibrated", "assumptions", "warnings", "seed"} <= set(done.json)
    assert done.json["matrix"][LANTERN][COMPASS] == pytest.approx(0.4)
    assert done.json["interval"][LANTERN][COMPASS] == pytest.approx(jackknife(TWO, LANTERN, COMPASS))


def test_a_reader_sees_the_pair_that_shares_most(abate, file, tmp_path):
    chart = tmp_path / "heat.svg"
    done = abate.run("measure", "overlap", "--sightings", file, "--by", "platform", "--chart", chart)
    assert done.code == 0
    assert "most is shared by harbourline and quayside" in done.out
    assert "shared" in done.out
    assert "Shared signals by platform" in chart.read_text("utf-8")


def test_a_snapshot_leaves_out_what_was_seen_later(abate, file):
    done = abate.run("measure", "overlap", "--sightings", file, "--until", "2025-01-20", "--json")
    assert done.json["counts"][LANTERN] == 20
    assert done.json["counts"][COMPASS] is None


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "overlap needs --sightings FILE"),
        (("--sightings", "FILE", "--by", "channel"), "--by channel"),
        (("--sightings", "FILE", "--by", "language"), "fewer than two values of 'language'"),
        (("--sightings", "FILE", "--chart", "no/such/folder.svg"), "the chart cannot be written"),
        (("--sightings", "FILE", "--until", "2001-01-01"), "no sighting remains"),
    ],
)
def test_the_command_says_in_one_sentence_what_is_wrong(abate, file, flags, words):
    done = abate.run("measure", "overlap", *(file if flag == "FILE" else flag for flag in flags), "--json")
    assert done.code == 2
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
