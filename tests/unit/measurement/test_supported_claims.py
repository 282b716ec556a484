"""Which claims the tables can support: by what is in them, not by the names of their columns."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.measurement.support.support import FileFacts, support
from abate.measurement.tables.columns import (
    Checks,
    Incidents,
    Interventions,
    Labels,
    Lifetimes,
    Problem,
    Reading,
    Sightings,
    Surveys,
    encode,
)
from abate.measurement.tables.series import read_series
from abate.measurement.weeks import NO_TIME, to_micros

START = datetime(2025, 1, 6, tzinfo=UTC)


def at(*days):
    return np.array(
        [NO_TIME if day is None else to_micros(START + timedelta(days=day)) for day in days], dtype=np.int64
    )


def sightings(weeks=20, platforms=("harbourline", "tidewater"), **columns):
    """One sighting a week and platform; a further column is a function of the row."""
    places = [(week, platform) for week in range(weeks) for platform in platforms]
    made = {
        name: np.array([of(row) for row in range(len(places))], dtype=np.int64)
        if name in {"views", "followers", "posted_at", "views_at"}
        else encode(of(row) for row in range(len(places)))
        for name, of in columns.items()
    }
    return Sightings(
        observed_at=at(*(7 * week for week, _ in places)),
        platform=encode(platform for _, platform in places),
        channel=made.pop("channel", None) or encode(f"ch{row % 9}" for row in range(len(places))),
        **made,
    )


def interventions(*rows):
    """Rows of (day, platform, kind)."""
    return Interventions(
        date=at(*(day for day, _, _ in rows)),
        platform=encode(platform for _, platform, _ in rows),
        kind=encode(kind for _, _, kind in rows),
    )


def claims(*tables):
    return support(tables, ()).claims


def part(answer, letter, name):
    return next(one for one in answer[letter].parts if one.name == name)


def test_with_nothing_nothing_can_be_said_and_all_is_to_be_collected():
    answer = claims()
    assert [one.can for one in answer.values()] == [False] * 7
    assert all(one.why.startswith("cannot yet: ") for one in answer.values())
    assert all(one.collect for one in answer.values())


def test_sightings_alone_show_presence_but_not_what_enforcement_did():
    answer = claims(sightings())
    assert answer["a"].can
    assert answer["a"].why.startswith(
        "can: presence of 18 channels by platform (2) over 20 weeks (2025-01-06 to 2025-05-19)"
    )
    assert "cannot yet: hidden total, since sightings.collector names 0 collectors" in answer["a"].why
    assert not answer["b"].can
    assert "effect of enforcement, since no interventions were given" in answer["b"].why
    assert any(what.startswith("interventions: date, platform and kind") for what in answer["b"].collect)
    assert not answer["e"].can
    assert answer["g"].can


def test_reasons_that_stop_several_parts_are_said_once():
    assert claims()["a"].why.count("no sightings were given") == 1
    assert "presence and hidden total and following and reach, since no sightings" in claims()["a"].why


def test_too_few_weeks_show_no_fall():
    answer = claims(sightings(weeks=7))
    assert not answer["a"].can
    assert part(answer, "a", "presence").text.startswith("the sightings span 7 weeks (2025-01-06 to 2025-02-17)")
    assert not answer["g"].can
    assert claims(sightings(weeks=1))["a"].why.count("span 1 week ") == 1


def test_checks_say_how_many_weeks_stay_missing():
    def checks(weeks):
        return Checks(
            channel=encode(["a"] * weeks),
            checked_at=at(*(7 * week for week in range(weeks))),
            result=encode(["alive"] * weeks),
        )

    assert part(claims(sightings()), "a", "presence").collect[0].startswith("checks: each channel looked at")
    assert part(claims(sightings(), checks(20)), "a", "presence").text.endswith("checked every week")
    missing = part(claims(sightings(), checks(18)), "a", "presence")
    assert missing.text.endswith("2 weeks without a check stay missing")


def test_a_collection_made_afterwards_says_what_it_lacks():
    posted = sightings().observed_at
    late = Sightings(
        observed_at=at(*([200] * 40)), platform=sightings().platform, channel=sightings().channel, posted_at=posted
    )
    assert "collected afterwards" in part(claims(late), "a", "presence").text


def test_a_hidden_total_takes_two_collectors_that_share_channels():
    one = part(claims(sightings(collector=lambda _: "north")), "a", "hidden total")
    assert (one.can, "names 1 collector and two are needed" in one.text) == (False, True)
    apart = sightings(collector=lambda row: "north" if row < 20 else "south", channel=lambda row: f"ch{row}")
    assert "share more than 0 channels" in part(claims(apart), "a", "hidden total").text
    both = sightings(collector=lambda row: "north" if row < 20 else "south", channel=lambda row: f"ch{row // 2 % 10}")
    shared = part(claims(both), "a", "hidden total")
    assert (shared.can, shared.text) == (
        True,
        "a lower bound of the hidden total from 2 collectors, two of which share 20 channels",
    )


def test_lists_may_come_in_files_of_their_own():
    north, south = (sightings(collector=lambda _, name=name: name) for name in ("north", "south"))
    assert part(claims(north, south), "a", "hidden total").can


def test_a_following_is_people_or_else_a_range():
    people = part(claims(sightings(audience=lambda row: f"r{row % 12}")), "a", "following")
    assert (people.can, people.text) == (True, "a following of 12 different pseudonyms over 20 weeks")
    counts = part(claims(sightings(followers=lambda _: 70)), "a", "following")
    assert (counts.can, "the range in which the following lies" in counts.text) == (True, True)
    few = part(claims(sightings(audience=lambda row: f"r{row}" if row < 3 else "")), "a", "following")
    assert (few.can, "holds 3 pseudonyms over 2 weeks" in few.text) == (False, True)


def test_views_without_an_age_cannot_be_compared():
    bare = part(claims(sightings(views=lambda _: 5)), "a", "reach")
    assert (bare.can, bare.text.startswith("0 of 40 view counts say when they were read")) == (False, True)
    when = at(*range(40))
    aged = sightings(views=lambda _: 5, posted_at=lambda row: when[row], views_at=lambda row: when[row])
    assert part(claims(aged), "a", "reach").text == "reach at equal age, from 40 of 40 view counts"


def labels(*, labelled=120, rows=400, values=("yes", "no"), probability=True, weeks=20, views=True, channels=3):
    mine = range(rows)
    return Labels(
        item=encode(f"i{row}" for row in mine),
        label=encode(values[row % len(values)] if row < labelled else "" for row in mine),
        inclusion_probability=np.full(rows, 0.1) if probability else None,
        views=np.arange(rows) if views else None,
        posted_at=at(*(7 * (row % weeks) for row in mine)),
        channel=encode(f"ch{row % channels}" for row in mine) if channels else None,
    )


def test_prevalence_takes_labels_with_known_chances():
    assert part(claims(labels()), "a", "prevalence").text == (
        "the share of views from 120 labelled items with known chances of being drawn"
    )
    by_item = part(claims(labels(views=False)), "a", "prevalence")
    assert (by_item.can, by_item.collect) == (True, ("labels.views: the views of every item",))
    unknown = part(claims(labels(probability=False)), "a", "prevalence")
    assert (unknown.can, unknown.text.startswith("120 of 120 labelled items do not say")) == (False, True)
    few = part(claims(labels(labelled=12)), "a", "prevalence")
    assert (few.can, few.text) == (False, "12 items of 400 are labelled (100 are needed)")


def test_where_everything_is_labelled_no_chance_is_needed():
    assert part(claims(labels(labelled=400, probability=False)), "a", "prevalence").can


def test_two_tables_of_labels_are_two_populations():
    answer = claims(labels(weeks=1), labels(labelled=150, probability=False, rows=300))
    assert part(answer, "a", "prevalence").can
    assert part(answer, "d", "stance").text.startswith("the share of each label in 150 items over 20 weeks; 150 do not")


def test_an_effect_takes_weeks_on_both_sides_of_an_intervention():
    takedown = interventions((70, "harbourline", "takedown"))
    answer = part(claims(sightings(), takedown), "b", "effect of enforcement")
    assert answer.can
    assert answer.text == (
        "a counterfactual with 10 weeks before and 9 after takedown on harbourline in the week of 2025-03-17; "
        "tidewater can serve as control"
    )
    alone = part(claims(sightings(platforms=("harbourline",)), takedown), "b", "effect of enforcement")
    assert (alone.can, "is not shown to be the cause" in alone.text) == (True, True)
    late = part(claims(sightings(), interventions((126, "harbourline", "takedown"))), "b", "effect of enforcement")
    assert (late.can, late.text.startswith("there are 18 weeks before and 1 after takedown")) == (False, True)


def test_the_intervention_with_most_weeks_around_it_is_taken():
    both = interventions((7, "harbourline", "takedown"), (70, "tidewater", "block"))
    assert "after block on tidewater" in part(claims(sightings(), both), "b", "effect of enforcement").text


def test_a_change_of_the_collector_is_no_enforcement():
    answer = claims(sightings(), interventions((70, "harbourline", "collector v2")))
    assert "all interventions given are changes of the collector" in answer["b"].why
    assert part(answer, "b", "displacement").can is False


def test_displacement_takes_a_second_platform():
    takedown = interventions((70, "harbourline", "takedown"))
    assert part(claims(sightings(), takedown), "b", "displacement").text == (
        "net displacement from harbourline to tidewater; other platforms are unseen"
    )
    one = part(claims(sightings(platforms=("harbourline",)), takedown), "b", "displacement")
    assert (one.can, "cover one platform (harbourline)" in one.text) == (False, True)
    elsewhere = interventions((70, "saltmarsh", "takedown"))
    assert not part(claims(sightings(), elsewhere), "b", "displacement").can


def lifetimes(*, rows=30, removed=20, created=True, operators=True, views=True):
    mine = range(rows)
    return Lifetimes(
        subject=encode(f"s{row}" for row in mine),
        platform=encode("p" for _ in mine),
        created=at(*(row for row in mine)) if created else None,
        first_seen=at(*(row + 1 for row in mine)),
        last_seen=at(*(row + 9 for row in mine)),
        removed=at(*(row + 9 if row < removed else None for row in mine)),
        operator=encode(f"o{row // 20}" if row < 25 else "" for row in mine) if operators else None,
        views_at_removal=np.arange(rows) if views else None,
    )


def test_survival_takes_removals():
    whole = part(claims(lifetimes()), "b", "survival")
    assert (whole.can, whole.text, whole.collect) == (True, "how long they last, from 20 removals of 30", ())
    late = part(claims(lifetimes(created=False, views=False)), "b", "survival")
    assert (late.can, "30 have no creation date" in late.text, len(late.collect)) == (True, True, 2)
    few = part(claims(lifetimes(removed=3)), "b", "survival")
    assert (few.can, few.text) == (False, "lifetimes tell of 3 removals of 30 (10 are needed)")


def test_reappearance_takes_an_analysts_operators():
    known = part(claims(lifetimes()), "b", "reappearance")
    assert known.text == "returns of 2 operators, of whom 1 began again after a removal"
    assert "error rate" in known.collect[0]
    assert not part(claims(lifetimes(operators=False)), "b", "reappearance").can
    assert not part(claims(lifetimes(removed=3)), "b", "reappearance").can


def test_recruitment_takes_readers_who_are_seen_again():
    staged = sightings(audience=lambda row: f"r{row % 12}", kind=lambda row: "invite" if row % 5 else "contact")
    answer = claims(staged)["c"]
    assert answer.can
    assert "the stages exposure → repeat → invite → contact, from 12 pseudonyms of whom 12 are seen again" in answer.why
    assert answer.collect == ()
    assert claims(sightings(audience=lambda row: f"r{row % 12}"))["c"].collect != ()
    once = claims(sightings(audience=lambda row: f"r{row}"))["c"]
    assert (once.can, "none of 40 pseudonyms is seen on a second day" in once.why) == (False, True)
    assert "holds 0 pseudonyms" in claims(sightings())["c"].why


def test_stance_takes_two_labels_over_weeks():
    assert part(claims(labels()), "d", "stance").can
    assert "all labels are the same" in part(claims(labels(values=("yes",))), "d", "stance").text
    assert "posted over 1 week (8 are needed" in part(claims(labels(weeks=1)), "d", "stance").text
    assert "12 items of 400" in part(claims(labels(labelled=12)), "d", "stance").text
    assert "who left cannot be told" in part(claims(labels(channels=0)), "d", "stance").collect[0]


def test_surveys_show_a_change_from_the_second_date_on():
    def surveys(*days):
        rows = len(days)
        return Surveys(
            date=at(*days), question=encode(["q"] * rows), share=np.full(rows, 0.5), margin=np.full(rows, 0.03)
        )

    assert part(claims(surveys(0, 90)), "d", "public opinion").text == "the change in answers to 'q' over 2 dates"
    assert part(claims(surveys(0)), "d", "public opinion").text == "1 question asked, none at two dates"


def incidents(days, count=1):
    return Incidents(date=at(*days), count=np.full(len(days), count), country=encode(["XA"] * len(days)))


def test_a_threat_takes_incidents_in_the_same_weeks():
    long = sightings(weeks=40)
    assert claims(long, incidents(range(0, 280, 10)))["e"].why == (
        "can: whether 28 incidents go with presence over 39 weeks from 2025-01-06; association, never cause."
    )
    assert "incidents and sightings share 0 weeks" in claims(long, incidents([900, 910]))["e"].why
    assert "there are 2 incidents (10 are needed)" in claims(long, incidents([0, 270]))["e"].why
    assert "no sightings were given beside the incidents" in claims(incidents([0, 270]))["e"].why


def test_overlap_takes_content_of_two_branches():
    answer = claims(sightings(signal=lambda row: f"s{row % 5}", language=lambda row: "abc"[row % 3]))["f"]
    assert answer.why == "can: how much the same content 2 platforms, 3 languages share; likeness is not command."
    assert answer.collect == ("sightings.group of two groups or more: which branch each channel belongs to",)
    assert not claims(sightings())["f"].can
    assert not claims(sightings(platforms=("p",), item=lambda row: f"i{row}"))["f"].can


def test_growth_is_a_scenario_from_the_weeks_before():
    assert claims(sightings(), interventions((70, "tidewater", "block")))["g"].why == (
        "can: a scenario from 10 weeks before the first intervention; a scenario only."
    )
    early = claims(sightings(), interventions((14, "tidewater", "block")))["g"]
    assert (early.can, "there are 2 weeks before the first intervention" in early.why) == (False, True)


def series(tmp_path, text):
    path = tmp_path / "series.csv"
    path.write_text(text, "utf-8")
    return read_series(path)


@pytest.mark.needs_data("measure_series")
def test_a_panel_can_be_compared_with_its_other_units(data):
    answer = claims(read_series(data / "measure_series" / "california_prop99.csv"))
    assert "the effect at a --start that you name, against 38 other units, over 31 periods" in answer["b"].why
    assert "whether that counts a presence is yours to say" in answer["a"].why
    assert not answer["e"].can


def test_a_dated_series_takes_the_intervention_that_falls_into_it(tmp_path):
    rows = "".join(
        f"{START + timedelta(days=7 * week):%Y-%m-%d},{week % 5},{week % 7},{week % 2}\n" for week in range(30)
    )
    table = series(tmp_path, f"date,active,attacks,treated\n{rows}")
    answer = claims(table, interventions((70, "harbourline", "takedown")))
    assert "the effect of takedown (2025-03-17), against 1 other column, over 30 periods" in answer["b"].why
    assert answer["e"].why.startswith("can: whether attacks goes with active over 30 periods")
    outside = claims(table, interventions((700, "harbourline", "takedown")))
    assert "at a --start that you name" in outside["b"].why
    both = claims(table, sightings())
    assert "the effect at a --start that you name" in both["b"].why


def test_a_series_of_one_column_has_no_control(tmp_path):
    answer = claims(series(tmp_path, "y\n" + "".join(f"{value}\n" for value in range(20))))
    assert "without a control it is not shown to be the cause" in answer["b"].why
    assert "a scenario from 20 periods of y" in answer["g"].why


def test_a_short_or_constant_series_supports_nothing(tmp_path):
    for text in ("y\n1\n2\n3\n", "y\n" + "1\n" * 40, "name,y\n" + "a,1\nb,2\nc,3\n" * 9):
        assert [one.can for one in claims(series(tmp_path, text)).values()] == [False] * 7


def test_the_answer_is_an_answer_with_its_files():
    reading = Reading(file="s.csv", rows=3, skipped=1, problems=(Problem(where="s.csv:2", text="is bad"),))
    answer = support([sightings()], [FileFacts(table="sightings", reading=reading)]).to_json()
    assert answer["schema"] == 1
    assert answer["warnings"] == [
        {"code": "rows-skipped", "text": "1 of 3 rows was left out; the first: s.csv:2: is bad"}
    ]
    assert list(answer["claims"]) == list("abcdefg")
    assert {"can", "why", "collect"} <= set(answer["claims"]["a"])
    assert answer["files"] == [
        {
            "file": "s.csv",
            "table": "sightings",
            "rows": 3,
            "skipped": 1,
            "problems": [{"where": "s.csv:2", "text": "is bad"}],
        }
    ]
