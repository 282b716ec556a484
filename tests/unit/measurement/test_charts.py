"""Charts: what is drawn, what is left open, and what a strict page allows."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.domain.history import Intervention
from abate.measurement.drawing.chart import CLASSES, STYLE, Chart, Event, Kind, Point, Series, Tick, render, round_up
from abate.measurement.drawing.pictures import following_chart, presence_chart, survival_chart
from abate.measurement.drawing.small_chart import small_chart
from abate.measurement.drawing.style import HUES
from abate.measurement.drawing.terminal_chart import sparkline, terminal_chart
from abate.measurement.lives.survival import survival
from abate.measurement.tables.columns import Checks, Lifetimes, Sightings, encode
from abate.measurement.tables.history import interventions_table
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import NO_TIME, to_micros

SVG = "{http://www.w3.org/2000/svg}"
MONDAY = datetime(2025, 3, 3, tzinfo=UTC)


def chart(*points, **more):
    return Chart(title="Title", description="What is to be seen.", points=points, **more)


def parts(text, name):
    """Elements with a class."""
    return [one for one in ET.fromstring(text).iter() if name in one.get("class", "").split()]  # noqa: S314 - ours


def line(*values, provisional=0):
    size = len(values)
    return [Point(x=x, value=v, provisional=x >= size - provisional) for x, v in enumerate(values)]


def test_a_chart_is_an_image_with_a_name_and_a_description():
    root = ET.fromstring(render(chart(*line(1, 2)), name="p1"))  # noqa: S314 - ours
    assert root.get("role") == "img"
    assert root.get("direction") == "ltr", "a right-to-left page must not turn the anchors round"
    assert root.get("aria-labelledby") == "p1-title p1-desc"
    assert root.find(f"{SVG}title").text == "Title"
    assert root.find(f"{SVG}desc").text == "What is to be seen."


def test_on_a_strict_page_a_chart_carries_no_style_at_all():
    text = render(chart(*line(1, 2), events=(Event(x=1, label="x"),)), standalone=False)
    assert "style" not in text
    assert "fill=" not in text
    assert "stroke" not in text
    assert "<style>" in render(chart(*line(1, 2)))


def test_every_class_in_use_is_listed_and_styled():
    points = [Point(x=0, value=1, low=0, high=2), Point(x=1, value=1, low=0, high=2), Point(x=2, value=None)]
    points += [
        Point(x=3, value=1),
        Point(x=4, value=None),
        *(Point(x=x, value=1, provisional=x > 5) for x in (5, 6, 7)),
    ]
    lone = chart(*points, events=(Event(x=1, label="x"),), ticks=(Tick(x=0, text="a"), Tick(x=1, text="b")))
    beside = [Series(name=f"s{hue}", points=tuple(line(1, 2))) for hue in range(1, HUES)]
    foretold = Series(name="foretold", points=tuple(line(2, 3)), kind=Kind.COUNTERFACTUAL)
    several = replace(lone, more=(*beside, foretold))
    text = "".join(
        (render(lone, standalone=False), render(several, standalone=False), small_chart(several, name="small"))
    )
    used = {name for names in re.findall('class="([^"]*)"', text) for name in names.split()}
    assert used == set(CLASSES)
    for name in CLASSES:
        assert f".{name}" in STYLE


def test_hostile_text_stays_text():
    text = render(
        Chart(title="<script>", description='"&', points=tuple(line(1, 2)), events=(Event(x=0, label="</text><a>"),))
    )
    assert "<script>" not in text
    assert "\u2068&lt;/text&gt;&lt;a&gt;\u2069" in text
    ET.fromstring(text)  # noqa: S314 - ours


def test_a_missing_value_is_a_gap_and_a_lone_one_a_dot():
    text = render(chart(*line(1, 2, None, 3, None, 4, 5)))
    assert len(parts(text, "line")) == 2
    assert len(parts(text, "dot")) == 1


def test_provisional_weeks_are_dashed_from_the_last_settled_point_on():
    text = render(chart(*line(1, 2, 3, 4, provisional=2)))
    dashed = parts(text, "provisional")
    assert len(dashed) == 1
    assert dashed[0].get("d").count("L") == 2
    settled = [one for one in parts(text, "line") if one not in dashed and "provisional" not in one.get("class")]
    assert settled[0].get("d").split("L")[-1] == dashed[0].get("d")[1:].split("L")[0]


def test_steps_go_along_before_they_go_down():
    straight, steps = (parts(render(chart(*line(1, 2, 3), step=step)), "line")[0].get("d") for step in (False, True))
    assert (straight.count("L"), steps.count("L")) == (2, 4)


def test_a_band_needs_both_of_its_ends():
    both = [Point(x=x, value=1, low=0.5, high=1.5) for x in range(3)]
    half = [Point(x=x, value=1, low=0.5) for x in range(3)]
    assert len(parts(render(chart(*both)), "band")) == 1
    assert parts(render(chart(*half)), "band") == []


def test_labels_turn_round_before_the_edge_and_do_not_cover_each_other():
    events = tuple(Event(x=x, label="a rather long label") for x in (1, 1.1, 1.2, 1.3, 9.9))
    labels = parts(render(chart(*line(*range(11)), events=events)), "event-label")
    assert [label.get("text-anchor") for label in labels] == [None, None, None, None, "end"]
    assert len({label.get("y") for label in labels[:3]}) == 3


def test_nothing_to_draw_is_refused_and_all_zero_is_drawn():
    with pytest.raises(ValueError, match="at least one point"):
        render(chart())
    assert len(parts(render(chart(*line(0, 0))), "line")) == 1
    assert len(parts(render(chart(Point(x=3, value=None))), "line")) == 0


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (-3, 1), (1, 1), (3, 4), (43, 60), (60, 60), (0.3, 0.4), (990, 1000)]
)
def test_the_axis_ends_on_a_round_number(value, top):
    assert round_up(value) == pytest.approx(top)


def test_a_sparkline_is_one_sign_a_value():
    assert sparkline([0, 4, None, 8]) == "▁▅·█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"


def test_the_terminal_draws_columns_marks_events_and_explains_its_signs():
    told = chart(*line(0, 8, None, 4, 8, provisional=1), events=(Event(x=1, label="takedown"),))
    text = terminal_chart(told, width=30, height=4)
    rows = text.splitlines()
    assert rows[0] == "Title"
    assert [row[-5:] for row in rows[1:5]] == [" █  ░", " █  ░", " █ █░", " █·█░"]
    assert rows[6].strip() == "a"
    assert rows[7].strip() == "a takedown · ░ provisional · · no value"
    assert max(map(len, rows)) <= 44


def test_steps_keep_their_length_in_the_terminal_too():
    told = chart(Point(x=0, value=1.0), Point(x=9, value=0.5), Point(x=10, value=0.0), step=True, top=1.0)
    rows = terminal_chart(told, width=16, height=2).splitlines()
    assert [row.split("│")[1] for row in rows[1:3]] == ["██████████  ", "███████████ "]


def test_more_points_than_columns_are_thinned_and_a_plain_chart_has_no_legend():
    text = terminal_chart(chart(*line(*range(200)), top=200.0), width=40, height=5)
    assert all(len(row) <= 40 for row in text.splitlines())
    assert text.splitlines()[-1].endswith("─")
    marked = terminal_chart(chart(Point(x=0, value=None)))
    assert "no value" in marked


def weekly(counts, missing=()):
    when = [to_micros(MONDAY + timedelta(weeks=week)) for week, count in enumerate(counts) for _ in range(count)]
    names = [f"c{n}" for count in counts for n in range(count)]
    checks = [to_micros(MONDAY + timedelta(weeks=week)) for week in range(len(counts)) if week not in missing]
    table = Sightings(
        observed_at=np.array(when), platform=encode(["p"] * len(when)), channel=encode(names), audience=encode(names)
    )
    return table, Checks(
        channel=encode(["c"] * len(checks)), checked_at=np.array(checks), result=encode(["alive"] * len(checks))
    )


def done(week, kind="takedown"):
    return interventions_table([Intervention(id="1", date=MONDAY + timedelta(weeks=week), platform="p", kind=kind)])


def test_presence_and_following_become_charts_with_their_interventions():
    table, checks = weekly([6] * 8 + [3] * 8 + [1], missing=[2])
    for drawn in (
        presence_chart(presence(table, checks, done(8))),
        following_chart(following(table, checks, done(8))),
    ):
        assert drawn.points[2].value is None
        assert drawn.points[-1].provisional
        assert [one.label for one in drawn.events] == ["takedown ×0.50"]
        assert "at most 6" in drawn.description
        assert "Presence on p in" in drawn.description or "The audience on p in" in drawn.description
        assert len(parts(render(drawn), "event")) == 1


def test_an_intervention_outside_the_weeks_is_not_drawn_and_one_without_ratio_has_its_name():
    table, _ = weekly([6, 6, 6])
    assert presence_chart(presence(table, interventions=done(-30))).events == ()
    assert presence_chart(presence(table, interventions=done(1))).events[0].label == "takedown"


def test_a_subgroup_can_be_drawn_alone_and_nothing_at_all_says_so():
    table, checks = weekly([2, 3], missing=[0, 1])
    part = presence(table, by=("platform",))
    assert [point.value for point in presence_chart(part, by=(("platform", "p"),)).points] == [2, 3]
    nothing = presence_chart(
        presence(table, Checks(channel=checks.channel, checked_at=np.array([], dtype=np.int64), result=checks.result))
    )
    assert nothing.description == "No week has a value for channels."


def test_follower_counts_are_drawn_as_sum_with_their_range():
    table = Sightings(
        observed_at=np.array([to_micros(MONDAY)] * 2),
        platform=encode(["p"] * 2),
        channel=encode(["a", "b"]),
        followers=np.array([10, 30]),
    )
    point = following_chart(following(table)).points[0]
    assert (point.value, point.low, point.high) == (40, 30, 40)


def test_survival_becomes_steps_with_its_half_life():
    start = to_micros(MONDAY)
    days = np.arange(1, 21) * 86_400_000_000
    table = Lifetimes(
        subject=encode(map(str, range(20))),
        platform=encode(["p"] * 10 + ["q"] * 10),
        first_seen=np.full(20, start),
        last_seen=start + days,
        created=np.full(20, start),
        removed=np.where(np.arange(20) % 4 < 3, start + days, NO_TIME),
    )
    result = survival(table, by="platform")
    drawn = survival_chart(result)
    assert drawn.step
    assert drawn.top == 1.0
    assert drawn.events[0].label == f"half-life {result.whole.curve.median} days"
    assert [tick.text for tick in drawn.ticks][:3] == ["0", "5", "10"]
    assert "10 subjects" in survival_chart(result, group="p").description
    unreached = survival(
        Lifetimes(
            subject=table.subject, platform=table.platform, first_seen=table.first_seen, last_seen=table.last_seen
        )
    )
    assert survival_chart(unreached).events == ()
    assert "not reached" in survival_chart(unreached).description
