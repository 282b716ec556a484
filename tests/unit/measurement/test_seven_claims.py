"""The seven claims: what each says of its numbers, when it stays grey, and that no figure stands without its number."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import NotFoundError
from abate.measurement.claims.claim import Holds, Verdict
from abate.measurement.claims.evidence import Evidence, Missing, resolve, token
from abate.measurement.claims.sentence import FORMS, Sentence, say
from abate.measurement.claims.seven import seven_claims
from abate.measurement.claims.truth import truth_beside
from abate.measurement.wording import ENGLISH

FOOTING = {"schema": 1, "method": "counted", "level": 0.95, "calibrated": None, "assumptions": ["a week has 7 days"]}
FOOTING |= {"warnings": [{"code": "not-calibrated", "text": "nobody looked at 3 of 4"}]}
EVENT = {"date": "2026-05-14", "kind": "takedown", "platform": "Harbourline"}
SIDES = {
    "before": {"first": "2026-03-16", "last": "2026-05-04", "weeks": 8, "mean": 17.25},
    "after": {"first": "2026-05-18", "last": "2026-10-26", "weeks": 8, "mean": 9.2},
}
CAUSES = re.compile(r"\b(caused|causes|because|led to|due to|reduced|brought about by|drove|drives)\b")


def answers(**more):
    whole = {
        "frame": {
            "platforms": {"seen": ["Harbourline", "Lanternpost 9"], "unseen": ["Far Shore"]},
            "collectors": [],
            "collector_versions": [],
            "last_complete_week": "2026-10-26",
            "weeks_without_check": 2,
        },
        "presence": FOOTING | {"rows": []},
        "following": FOOTING | {"whole": {"value": 1219, "sum": 1829}},
        "since_presence": FOOTING
        | SIDES
        | {"event": EVENT, "relative": -0.631, "relative_interval": [-0.714, -0.542], "what": "active channels"},
        "since_following": FOOTING
        | SIDES
        | {"event": EVENT, "relative": -0.49, "relative_interval": [-0.61, -0.32], "what": "distinct audience"},
        "intervention": EVENT | {"unaffected_controls": []},
        "effect": FOOTING
        | {
            "effect": -7.1,
            "interval": [-9.0, -5.1],
            "relative": -0.41,
            "relative_interval": [-0.52, -0.3],
            "placebo_coverage": 0.93,
            "periods": 8,
            "minimum_detectable_relative": 0.21,
            "calibrated": True,
        },
        "lately_presence": FOOTING | SIDES | {"relative": -0.42, "relative_interval": [-0.6, -0.2]},
        "beyond": {"points": -0.412, "points_interval": [-0.52, -0.296]},
        "recruitment": FOOTING
        | {
            "stages": [
                {"name": "exposure", "count": 1219, "rate": None, "interval": None},
                {"name": "repeat", "count": 400, "rate": 0.328, "interval": [0.3, 0.355]},
                {"name": "contact", "count": 31, "rate": 0.078, "interval": [0.05, 0.11]},
            ],
            "sight_ends": "contact",
        },
        "stance": FOOTING
        | {
            "change": {"value": -0.12, "interval": [-0.2, -0.05]},
            "within": {"value": -0.03, "interval": [-0.08, 0.02]},
        },
        "surveys": {
            "rows": [
                {
                    "date": "2026-09-01",
                    "question": "Does it speak for 1 of us?",
                    "share": 0.04,
                    "margin": 0.02,
                    "source": "a",
                }
            ]
        },
        "threat": FOOTING | {"lag": 3, "coefficient": 0.031, "interval": [0.004, 0.058]},
        "growth": FOOTING
        | {
            "weekly": 0.042,
            "interval": [0.02, 0.061],
            "doubling_weeks": 17.0,
            "fitted": {"weeks": 26},
            "at_end": {"week": "2026-10-26", "value": 52.4, "interval": [24.5, 112.0]},
        },
        "displacement": FOOTING | {"net": -4.25, "net_interval": [-7.5, 1.0]},
        "truth": {"since_presence": -0.62, "effect": -0.39, "growth_at_end": 15.0, "audience": 1225},
    }
    return {name: copy.deepcopy(value) for name, value in (whole | more).items() if value is not None}


def judge(missing=None, **more):
    return seven_claims(Evidence(answers=answers(**more), missing=missing or {}))


def row(name, **more):
    return next(claim for claim in judge(**more).claims if claim.name == name)


def check_traced(page) -> int:
    """Take every figure out of every sentence: no digit may be left, and each figure shows what its pointer holds."""
    seen = 0
    document = page.evidence.document
    for sentence in page.sentences():
        text, shown = sentence.text(), sentence.to_json()
        assert text == shown["text"]
        for number in sorted(shown["numbers"], key=lambda one: -len(one["shown"])):
            assert number["value"] == resolve(document, number["pointer"]), text
            assert number["shown"] == FORMS[number["format"]](resolve(document, number["pointer"]))
            assert number["shown"] in text
            text = text.replace(number["shown"], "", 1)
            seen += 1
        assert not re.search(r"\d", text), f"{text!r} holds a digit that no number stands behind"
    return seen


def test_every_digit_of_every_sentence_is_the_value_at_its_pointer():
    assert check_traced(judge()) > 50
    assert check_traced(judge(effect=None, beyond=None, stance=None, threat=None, recruitment=None, surveys=None)) > 30
    assert check_traced(seven_claims(Evidence(answers={}, missing={}))) == 0


numbers = st.floats(-0.99, 40, allow_nan=False)


@given(numbers, numbers, numbers, st.text(max_size=12), st.integers(0, 10**9))
def test_sentences_stay_traceable_whatever_the_numbers_and_names(value, low, high, name, count):
    pair = sorted((low, high))
    changed = FOOTING | SIDES | {"event": EVENT | {"kind": name, "platform": name}, "relative": value}
    page = judge(
        since_presence=changed | {"relative_interval": pair, "what": "active channels"},
        since_following=changed | {"relative_interval": pair, "what": "follower counts"},
        effect=FOOTING | {"relative": value, "relative_interval": pair, "placebo_coverage": 0.5, "periods": 8},
        intervention=EVENT | {"kind": name, "unaffected_controls": [name]},
        threat=FOOTING | {"lag": count, "coefficient": value, "interval": pair},
    )
    check_traced(page)


def test_a_template_with_a_digit_or_a_missing_name_makes_no_sentence(monkeypatch):
    evidence = Evidence(answers=answers())
    monkeypatch.setattr("abate.measurement.claims.sentence.ENGLISH", {"a": "fell by 63 %", "b": "fell by {x}"})
    with pytest.raises(ValueError, match="digit"):
        say(evidence, "a")
    with pytest.raises(ValueError, match="not those given"):
        say(evidence, "b", y=("/effect/relative", "size"))
    with pytest.raises(NotFoundError, match="/effect/none"):
        say(evidence, "b", x=("/effect/none", "size"))


def test_the_words_of_the_catalogue_hold_no_number():
    spoken = {key: text for key, text in ENGLISH.items() if not key.startswith(("page.", "section."))}
    assert [key for key, text in spoken.items() if re.search(r"\d", re.sub(r"\{\w+\}", "", text))] == []


def test_a_translation_may_turn_the_order_round():
    sentence = say(Evidence(answers=answers()), "trust.placebo", coverage=("/effect/placebo_coverage", "size"))
    assert sentence.text({"trust.placebo": "{coverage} — taux"}) == "93\u00a0% — taux"


def test_the_first_row_reads_as_a_newspaper_would_print_it():
    claim = row("presence")
    assert (claim.verdict, claim.holds) == (Verdict.MEASURED, Holds.YES)
    assert claim.sentence.text().replace("\u00a0", " ") == (
        "Weekly active channels fell 63 % [54, 71] in the 8 weeks after 14 May 2026, 41 points [30, 52] more than "
        "their counterfactual."
    )
    assert "coincided with the takedown of 14" in " ".join(one.text() for one in claim.details)
    assert claim.truth.text().replace("\u00a0", " ") == "−62 % over the same weeks."


@pytest.mark.parametrize(
    ("relative", "interval", "holds", "word"),
    [
        (-0.3, [-0.5, -0.1], Holds.YES, "fell"),
        (0.3, [0.1, 0.5], Holds.NO, "did not fall: they rose"),
        (-0.1, [-0.4, 0.3], Holds.OPEN, "cannot be told"),
        (0.0, None, Holds.OPEN, "cannot be told"),
    ],
)
def test_a_rise_or_an_open_interval_is_said_to_be_one(relative, interval, holds, word):
    measured = FOOTING | SIDES | {"event": EVENT, "relative": relative, "relative_interval": interval or [-1, None]}
    claim = row("presence", since_presence=measured, beyond=None)
    assert claim.holds is holds
    assert word in claim.sentence.text()


def test_without_an_intervention_the_ends_of_the_record_are_compared_and_it_says_so():
    measured = answers()["since_presence"] | {"event": None}
    claim = row("presence", since_presence=measured, beyond=None, intervention=None, effect=None)
    assert "Nothing was marked as done" in claim.details[0].text()
    assert "between the first 8 settled weeks and the last" in claim.sentence.text()
    assert "coincided" not in " ".join(one.text() for one in claim.sentences())


@pytest.mark.parametrize("day", ["2026-03-20", "2026-10-26"])
def test_an_instrument_that_changed_between_the_weeks_is_the_strongest_rival(day):
    frame = answers()["frame"] | {"collectors": [{"kind": "collector-upgrade", "date": day}]}
    for name in ("presence", "following"):
        claim = row(name, frame=frame)
        assert claim.verdict is Verdict.CONSISTENT
        assert "The instrument changed: collector-upgrade" in claim.rival.text()
    page = judge(frame=frame)
    assert "The collector changed: collector-upgrade" in page.frame[2].text()


def test_an_instrument_that_changed_outside_the_weeks_leaves_the_verdict():
    frame = answers()["frame"] | {"collectors": [{"kind": "collector-upgrade", "date": "2025-01-20"}]}
    assert row("presence", frame=frame).verdict is Verdict.MEASURED


def test_several_collector_versions_are_told():
    frame = answers()["frame"] | {"collector_versions": ["v1.0", "v1.1"]}
    assert any("v1.0, v1.1" in one.text() for one in judge(frame=frame).frame)


def test_counts_of_followers_are_never_called_people():
    measured = answers()["since_following"] | {"what": "follower counts"}
    claim = row("following", since_following=measured)
    assert claim.verdict is Verdict.CONSISTENT
    assert "how many different people that is cannot be told" in claim.sentence.text()
    assert not any("adding up" in one.text() for one in claim.details)


def test_a_causal_verb_needs_passing_placebos_and_platforms_left_alone():
    with_controls = answers()["intervention"] | {"unaffected_controls": ["Lanternpost 9"]}
    failing = answers()["effect"] | {"calibrated": False}
    claim = row("enforcement", intervention=with_controls)
    assert claim.verdict is Verdict.MEASURED
    assert "reduced weekly active channels by 41\u00a0% [30, 52]" in claim.sentence.text()
    for more in ({}, {"intervention": with_controls, "effect": failing}, {"effect": failing}):
        claim = row("enforcement", **more)
        assert claim.verdict is Verdict.CONSISTENT
        assert "coincided with" in claim.sentence.text()
        assert not CAUSES.search(claim.sentence.text())
        assert claim.details[0].text().startswith("Not said to be its cause")


@pytest.mark.parametrize(
    ("interval", "word", "holds"),
    [([-0.2, 0.1], "Nothing that goes beyond chance", Holds.OPEN), ([0.1, 0.2], "not with fewer", Holds.NO)],
)
def test_an_effect_that_is_none_or_points_the_other_way_is_never_causal(interval, word, holds):
    with_controls = answers()["intervention"] | {"unaffected_controls": ["Lanternpost 9"]}
    claim = row(
        "enforcement",
        intervention=with_controls,
        effect=answers()["effect"] | {"relative": sum(interval) / 2, "relative_interval": interval},
    )
    assert (claim.verdict, claim.holds) == (Verdict.CONSISTENT, holds)
    assert word in claim.sentence.text()


shares = st.floats(-0.95, 3, allow_nan=False)
pairs = st.tuples(shares, shares).map(sorted)
names = st.lists(st.sampled_from(["Lanternpost", "Far Shore", "Tidewater"]), unique=True, max_size=3)
anything = st.fixed_dictionaries(
    {},
    optional={
        "effect": st.builds(
            lambda value, pair, passing: (
                FOOTING | {"relative": value, "relative_interval": pair, "periods": 8, "calibrated": passing}
            ),
            shares,
            pairs,
            st.sampled_from([True, False, None]),
        ),
        "intervention": st.builds(
            lambda left, risen: EVENT | {"unaffected_controls": left, "risen_controls": risen}, names, names
        ),
        "since_presence": st.builds(
            lambda value, pair: FOOTING | SIDES | {"event": EVENT, "relative": value, "relative_interval": pair},
            shares,
            pairs,
        ),
        "stance": st.builds(
            lambda change, within: (
                FOOTING
                | {
                    "change": {"value": change[0], "interval": change},
                    "within": {"value": within[0], "interval": within},
                }
            ),
            pairs,
            pairs,
        ),
        "threat": st.builds(lambda pair: FOOTING | {"lag": 2, "coefficient": pair[0], "interval": pair}, pairs),
        "growth": st.builds(
            lambda value, pair: FOOTING | {"weekly": value, "interval": pair, "fitted": {"weeks": 9}}, shares, pairs
        ),
    },
)


@given(anything)
def test_only_passing_placebos_and_platforms_left_alone_let_a_causal_verb_through(found):
    page = seven_claims(Evidence(answers=found))
    check_traced(page)
    said = {claim.name: claim for claim in page.claims}
    effect, left = found.get("effect", {}), found.get("intervention", {}).get("unaffected_controls")
    allowed = effect.get("calibrated") is True and bool(left) and effect["relative_interval"][1] < 0
    told = [one.text() for one in (said["enforcement"].sentence, *said["enforcement"].details)]
    assert any(CAUSES.search(text) for text in told) == allowed
    assert (said["enforcement"].verdict is Verdict.MEASURED) == allowed
    for name in ("presence", "following", "recruitment", "disillusion", "threats", "growth"):
        assert not any(CAUSES.search(one.text()) for one in (said[name].sentence, *said[name].details))
    for name in ("recruitment", "disillusion", "threats"):
        assert said[name].verdict in {Verdict.CONSISTENT, Verdict.UNSEEN}
    assert said["growth"].verdict is (Verdict.SCENARIO if "growth" in found else Verdict.UNSEEN)


def test_a_platform_on_which_presence_rose_is_named_and_is_no_control():
    alone = answers()["intervention"] | {"risen_controls": ["Tidewater"]}
    claim = row("enforcement", intervention=alone)
    assert claim.verdict is Verdict.CONSISTENT
    assert "Not used as a control, since presence rose there afterwards: Tidewater." in [
        one.text() for one in claim.details
    ]


def test_minds_are_read_off_the_channels_that_stayed_and_not_off_who_was_removed():
    composed = answers()["stance"]
    assert row("disillusion", stance=composed).holds is Holds.OPEN
    changed = composed | {"within": {"value": -0.05, "interval": [-0.08, -0.02]}}
    assert row("disillusion", stance=changed).holds is Holds.YES
    unsplit = composed | {"within": {"value": None, "interval": None}}
    assert row("disillusion", stance=unsplit).sentence.key == "disillusion.open"


def test_each_row_has_its_estimate_in_brief_and_the_truth_beside_it():
    assert [[one.text().replace("\u00a0", " ") for one in claim.brief] for claim in judge().claims] == [
        ["−63 % [−71, −54]", "in truth −62 %"],
        ["−49 % [−61, −32]"],
        ["−41 % [−52, −30]", "in truth −39 %"],
        [],
        ["−12 points [−20, −5]"],
        ["×1.03 [1.00, 1.06]"],
        ["+4 % [2, 6] a week"],
    ]


def test_without_a_counterfactual_the_third_row_only_repeats_what_coincided():
    claim = row("enforcement", effect=None)
    assert claim.verdict is Verdict.CONSISTENT
    assert "no counterfactual was computed" in claim.sentence.text()
    rising = answers()["since_presence"] | {"relative_interval": [0.1, 0.2]}
    assert row("enforcement", effect=None, since_presence=rising).verdict is Verdict.UNSEEN


def test_recruitment_disillusion_and_threats_are_never_measured_and_never_causal():
    for page in (judge(), judge(stance=None, threat=None, recruitment=None)):
        for claim in page.claims[3:6]:
            assert claim.verdict in {Verdict.CONSISTENT, Verdict.UNSEEN}
            assert not CAUSES.search(claim.sentence.text())


def test_recruitment_stays_grey_where_sight_ends_at_reading():
    seen = answers()["recruitment"]
    readers = seen | {"stages": seen["stages"][:2], "sight_ends": "repeat"}
    claim = row("recruitment", recruitment=readers)
    assert claim.verdict is Verdict.UNSEEN
    assert "no invitation and no contact is seen" in claim.sentence.text()
    hidden = seen | {"stages": [seen["stages"][0], {"name": "repeat", "count": None, "rate": None, "interval": None}]}
    assert "nothing that was collected" in row("recruitment", recruitment=hidden).sentence.text()


def test_a_change_of_stance_is_split_and_surveys_stand_beside_it():
    claim = row("disillusion")
    assert "fell by 12 points [5, 20]: −3 [−8, 2] within channels that stayed" in claim.sentence.text()
    assert "4\u00a0% ± 2" in claim.details[1].text()
    assert claim.brief[0].text() == "−12 points [−20, −5]"
    rising = answers()["stance"] | {"change": {"value": 0.1, "interval": [0.05, 0.2]}}
    assert "rose by 10 points" in row("disillusion", stance=rising).sentence.text()
    open_ = answers()["stance"] | {"change": {"value": 0.01, "interval": [-0.05, 0.2]}}
    assert "changed by +1 points [−5, 20]" in row("disillusion", stance=open_).sentence.text()
    assert "no survey was given" in row("disillusion", surveys=None).details[1].text()
    assert "Asked" in row("disillusion", stance=None).details[0].text()


@pytest.mark.parametrize(
    ("interval", "word"),
    [([0.01, 0.05], "1.03 times as many"), ([-0.05, -0.01], "fewer"), ([-0.01, 0.05], "No association")],
)
def test_incidents_are_said_to_go_along_and_no_more(interval, word):
    claim = row("threats", threat=answers()["threat"] | {"interval": interval})
    assert word in claim.sentence.text()
    assert "An association in time, and no more" in claim.details[0].text()


def test_growth_is_a_scenario_whatever_the_numbers():
    for more in (
        {},
        {"intervention": None},
        {"growth": answers()["growth"] | {"doubling_weeks": None, "at_end": None}},
    ):
        claim = row("growth", **more)
        assert claim.verdict is Verdict.SCENARIO
    assert row("growth", growth=None).verdict is Verdict.UNSEEN


def test_a_grey_row_says_why_and_what_would_have_to_be_collected():
    missing = {"stance": Missing(why="no labels of replies were given", collect="labels of 200 replies")}
    page = seven_claims(Evidence(answers=answers(stance=None), missing=missing))
    claim = page.claims[4]
    assert claim.verdict is Verdict.UNSEEN
    assert claim.sentence.text() == "Cannot be seen from here: no labels of replies were given."
    assert claim.mind.text() == "To see it, collect labels of 200 replies."
    assert claim.rival.text()
    check_traced(page)


def test_the_frame_names_what_is_unseen_and_whether_a_plan_was_frozen():
    told = [one.text() for one in judge().frame]
    assert told[:2] == ["Seen: Harbourline, Lanternpost 9.", "Not seen: Far Shore."]
    assert any(one.startswith("Weeks without a check: 2;") for one in told)
    assert told[-1].startswith("No plan was frozen")
    plan = {
        "sha256": "ab12",
        "frozen_at": "2026-11-01T10:00:00+00:00",
        "primary": "presence",
        "amendments": [],
    }
    told = [one.text() for one in judge(plan=plan).frame]
    assert "The plan names one metric, presence; all else stands beside it." in told
    assert told[-1] == "The plan was frozen on 1\u00a0November\u00a02026, before the outcome was read: ab12."
    fields = ["window.before: 8 → 12"]
    plan["amendments"] = [{"at": "2026-11-02T10:00:00+00:00", "fields": fields, "sha256_before": "0123456789abcdef"}]
    told = [one.text() for one in judge(plan=plan).frame]
    # What stood before the outcome was read is the first plan; the one in force is named apart.
    assert any("frozen on 1\u00a0November\u00a02026" in one and one.endswith(": 0123456789ab….") for one in told)
    assert any("2\u00a0November\u00a02026, when the outcome may have been known: window.before" in one for one in told)
    assert told[-1] == "The plan as amended: ab12."
    nothing = seven_claims(Evidence(answers={"frame": {"platforms": {"seen": [], "unseen": []}}}))
    assert [one.key for one in nothing.frame][:1] == ["frame.unseen.none"]
    assert "frame.last.none" in [one.key for one in nothing.frame]


def test_the_trust_panel_quotes_the_measure_and_its_checks():
    trust = judge(effect=answers()["effect"] | {"minimum_detectable": 2.5, "calibrated": False}).trust["effect"]
    told = [one.text() for one in trust.sentences()]
    assert "a week has 7 days" in told
    assert "nobody looked at 3 of 4" in told
    assert any("does not hold" in one for one in told)
    assert "Smallest detectable change: 2.5." in told


def test_pointers_follow_rfc_6901():
    document = {"a/b": [{"~": 1}]}
    assert resolve(document, f"/{token('a/b')}/0/{token('~')}") == 1
    for wrong in ("/a", "/a~1b/1", "/a~1b/x", "/a~1b/0/~0/1"):
        with pytest.raises(NotFoundError):
            resolve(document, wrong)
    assert resolve(document, "") is document


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("size", -0.004, "0.4\u00a0%"),
        ("percent", -0.631, "−63\u00a0%"),
        ("percent", 0.0, "0\u00a0%"),
        ("percent", -0.0001, "0.0\u00a0%"),
        ("percent", 12.5, "+1,250\u00a0%"),
        ("fall interval", [-0.714, 0.02], "[−2, 71]"),
        ("interval", [None, 0.3], "[…, 30]"),
        ("mean", 12345.6, "12,346"),
        ("signed mean", -0.25, "−0.2"),
        ("day", "2026-03-02T10:00:00+00:00", "2\u00a0March\u00a02026"),
        ("times of log", 1000.0, "5184705528587072045056.00"),
        ("signed points", 0.0, "0"),
    ],
)
def test_figures_are_shown_as_people_write_them(form, value, shown):
    assert FORMS[form](value) == shown


def test_the_truth_is_computed_over_the_very_weeks_of_the_estimate():
    weeks = [
        {
            "week": f"2026-0{1 + week // 4}-{5 + 7 * (week % 4):02d}",
            "presence": 10 if week < 4 else 4,
            "without_takedown": 8,
        }
        for week in range(8)
    ]
    estimated = {
        "since_presence": {
            "before": {"first": weeks[0]["week"], "last": weeks[3]["week"]},
            "after": {"first": weeks[4]["week"], "last": weeks[7]["week"]},
        },
        "growth": {"at_end": {"week": weeks[7]["week"]}},
    }
    truth = truth_beside({"weeks": weeks, "audience": 7}, estimated)
    assert truth["since_presence"] == pytest.approx(-0.6)
    assert truth["effect"] == pytest.approx(-0.5)
    assert (truth["growth_at_end"], truth["audience"]) == (8.0, 7)
    nothing = truth_beside({"weeks": weeks}, {})
    assert (nothing["since_presence"], nothing["effect"], nothing["growth_at_end"]) == (None, None, None)
    elsewhere = {
        "since_presence": {side: {"first": "2030-01-07", "last": "2030-02-04"} for side in ("before", "after")}
    }
    assert truth_beside({"weeks": weeks}, elsewhere)["since_presence"] is None


REGION = {
    "platform": "Harbourline",
    "takedown": {"week": "2026-01-19"},
    "weeks": [
        {"week": f"2026-01-{5 + 7 * week:02d}", "presence": 10 - 3 * week, "without_takedown": 12} for week in range(4)
    ],
    "presence_by_platform": {"Harbourline": [10, 7, 4, 1], "Tidewater": [1, 1, 3, 5]},
    "recruitment": {"invited": 40, "contacted": 10},
    "incidents": {"coefficient": 0.03, "lag_weeks": 2},
    "replies": {"within": -0.06},
}
ASKED = {
    "since_presence": {
        "before": {"first": "2026-01-05", "last": "2026-01-12"},
        "after": {"first": "2026-01-19", "last": "2026-01-26"},
    },
    "intervention": {"week": "2026-01-19", "platform": "Harbourline"},
    "growth": {"at_end": {"week": "2026-01-26"}},
}


def seeing(*platforms, **more):
    return ASKED | {"frame": {"platforms": {"seen": list(platforms)}}} | more


def test_the_truth_of_a_region_is_summed_over_the_platforms_that_were_seen():
    both = truth_beside(REGION, seeing("Harbourline", "Tidewater"))
    assert both["since_presence"] == pytest.approx(13 / 19 - 1)
    assert both["growth_at_end"] is None, "the twin year knows the guarded platform only"
    assert both["effect"] == pytest.approx(5 / 24 - 1), "the effect is asked of the guarded platform alone"
    alone = truth_beside(REGION, seeing("Harbourline"))
    assert (alone["since_presence"], alone["growth_at_end"]) == (pytest.approx(5 / 17 - 1), 12.0)
    assert truth_beside(REGION, seeing("Harbourline", "Nowhere"))["since_presence"] is None


def test_the_truth_of_the_takedown_stands_beside_no_other_event():
    other = seeing("Harbourline", intervention={"week": "2026-01-12", "platform": "Harbourline"})
    told = truth_beside(REGION, other)
    assert (told["effect"], told["within"]) == (None, None)
    assert truth_beside(REGION, seeing("Harbourline"))["within"] == -0.06


def test_the_truth_stands_beside_stages_minds_and_incidents_too():
    known = truth_beside(REGION, seeing("Harbourline"))
    told = {claim.name: claim.truth for claim in judge(truth=known).claims}
    assert told["recruitment"].text() == "10 of 40 who were invited made contact."
    assert told["disillusion"].text() == "−6 points within channels."
    assert told["threats"].text() == "1.03 times as many, at a lag, in weeks, of 2."
    earlier = answers()["recruitment"] | {"sight_ends": "invite_link"}
    earlier["stages"] = [*earlier["stages"][:2], {"name": "invite_link", "count": 9, "rate": 0.1, "interval": [0, 0.2]}]
    assert row("recruitment", recruitment=earlier, truth=known).truth is None
    check_traced(judge(truth=known))


def test_a_sentence_can_be_made_by_hand_and_knows_its_parts():
    sentence = Sentence(key="unseen.bare")
    assert list(sentence.parts()) == [ENGLISH["unseen.bare"]]
