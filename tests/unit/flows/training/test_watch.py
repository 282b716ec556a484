"""The daily look at the models in force: what rings, what the alarm does to the model's word, and how it ends."""

import json
import zlib
from datetime import timedelta

import pytest

from abate.domain.case import Ground
from abate.domain.errors import ConflictError, InputError, NotFoundError
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.domain.signal import NotScanned, Outlook, Score
from abate.flows import cases, clocks, doctor, model_alarms, pipeline, worker
from abate.flows.model_alarms import COVERAGE, LET_BE, SCORES
from abate.flows.text import TextReaders
from abate.flows.training import tending, watch
from abate.flows.training.drawing import draw, drawn_at_random
from abate.flows.training.sampling import Why
from abate.signals.linear import Options, calibrate, fit
from abate.signals.linear.classifier import LinearClassifier
from abate.testing.fakes import make_kit
from linear_posts import posts


@pytest.fixture(scope="module")
def model():
    texts, labels = posts(1500, seed=1)
    options = Options(name="posts", violating=("lantern",), bits=12)
    learnt = fit(texts[:700], labels[:700], ["en"] * 700, options=options)
    return LinearClassifier(calibrate(learnt, texts[700:], labels[700:], ["en"] * 800), "5" * 64)


@pytest.fixture
def kit(home, model):
    return make_kit(home, readers=TextReaders(classifiers=(model,)))


def take_in(kit, texts, name):
    items = [Item(id=f"{name}{n}", kind=Kind.TEXT, text=text, language="en") for n, text in enumerate(texts)]
    return pipeline.take_in(kit, items, by="test")


def week(kit, name, *, count=520, **how):
    """Take in posts, and let the week pass in which they came."""
    texts, labels = posts(count, **how)
    take_in(kit, texts, name)
    kit.clock.move(days=7, minutes=-1)
    tending.tend(kit)
    kit.clock.move(minutes=1)
    return dict(zip([f"{name}{n}" for n in range(count)], labels, strict=True))


def rung(kit):
    said = []
    clocks.ring(kit, worker="w", say=said.append)
    return said


def tags(kit):
    with kit.store.read() as tx:
        return [record.tag for record in tx.audit.read()]


def drifted_scores(kit):
    week(kit, "a", seed=2)
    week(kit, "b", seed=3, clear=0.9)
    (alarm,) = model_alarms.alarms(kit)
    return alarm


def test_what_is_scored_as_it_was_rings_for_nobody(kit):
    week(kit, "a", seed=2)
    week(kit, "b", seed=3)
    assert model_alarms.alarms(kit) == []
    assert [(name, one.kind.value, one.on) for name, one in watch.standing(kit)] == [("posts", SCORES, False)]


def test_scores_that_lie_otherwise_ring_once_and_the_model_goes_on_asking(kit):
    alarm = drifted_scores(kit)
    assert (alarm.kind, alarm.language, alarm.model) == (SCORES, "en", "5" * 64)
    (sentence,) = rung(kit)
    assert sentence == alarm.text
    assert "no longer lie as they did" in sentence
    assert "abate train --sample" in sentence
    kit.clock.move(days=1)
    tending.tend(kit)
    assert rung(kit) == []
    assert tags(kit).count("clock:model:drifted") == tags(kit).count("clock:model:rang") == 1
    # A wave of violations must not be what switches the model off.
    assert kit.readers.silence.pairs == frozenset()
    scans = take_in(kit, ["lantern lantern wick glow parade oil"], "c")
    assert scans[0].scores[0].outlook is Outlook.LIKELY
    assert scans[0].proposal.verdict is Verdict.REVIEW


def test_one_text_that_is_posted_over_and_over_is_no_change_of_all_texts(kit):
    week(kit, "a", seed=2)
    take_in(kit, ["lantern lantern wick glow parade oil"] * 800, "flood")
    week(kit, "b", seed=3)
    assert model_alarms.alarms(kit) == []


def test_too_few_texts_make_no_reference_and_are_held_against_none(kit):
    week(kit, "a", count=300, seed=2)
    assert watch.standing(kit) == []
    week(kit, "b", seed=2)
    week(kit, "c", count=5, seed=3)
    ((_, finding),) = watch.standing(kit)
    assert (finding.on, finding.rows) == (None, 5)


def test_it_looks_once_a_day_whoever_asks(kit, monkeypatch):
    looks = []
    monkeypatch.setattr(watch, "look", lambda kit, now: looks.append(now) or watch_look(kit, now))
    for _ in range(50):
        worker.tick(kit, worker="w")
        kit.clock.move(hours=1)
    assert len(looks) == 3
    kit.clock.move(hours=-2)
    worker.tick(kit, worker="w")
    assert len(looks) == 3
    kit.clock.move(days=-3)
    worker.tick(kit, worker="w")
    assert len(looks) == 4  # a clock that went back does not stop the looking


watch_look = watch.look


def test_of_two_workers_that_look_at_once_one_writes(kit, model):
    week(kit, "a", seed=2)
    texts, _ = posts(300, seed=3, clear=0.9)
    take_in(kit, texts, "b")
    kit.clock.move(days=2)
    now = kit.clock.now()
    assert len(watch.look(kit, now)) == 1
    assert watch.look(kit, now) == []
    assert tags(kit).count("clock:model:drifted") == 1


def reviewed_draws(kit, labels, *, turned):
    """Draw all texts, and let people decide them: as they are labelled, or the other way round."""
    draw(kit, 300, by="test")
    for case in cases.listed(kit):
        violates = (labels[case.item] == "lantern") != turned
        cases.decide(kit, case.id, verdict=Verdict.REMOVE if violates else Verdict.NONE, ground=Ground.TERMS, by="u1")
    kit.clock.move(days=1)
    tending.tend(kit)


def test_sets_that_hold_too_rarely_in_a_random_reviewed_sample_silence_the_model_in_that_language(kit):
    texts, labels = posts(300, seed=4, clear=0.9)
    take_in(kit, texts, "a")
    reviewed_draws(kit, {f"a{n}": label for n, label in enumerate(labels)}, turned=True)
    (alarm,) = model_alarms.alarms(kit)
    assert (alarm.kind, alarm.language) == (COVERAGE, "en")
    assert "ask nobody" in alarm.text
    scans = take_in(kit, ["lantern lantern wick glow parade oil"], "c")
    assert scans[0].scores[0].outlook is Outlook.UNKNOWN
    assert scans[0].scores[0].probability > 0.5
    assert scans[0].proposal.verdict is Verdict.NONE
    model_alarms.close(kit, alarm.id, by="lead", note="the reviewers mixed the two up")
    tending.tend(kit)
    assert take_in(kit, ["lantern lantern wick glow parade oil!"], "d")[0].scores[0].outlook is Outlook.LIKELY


def test_sets_that_hold_are_left_in_peace(kit):
    texts, labels = posts(300, seed=4)
    take_in(kit, texts, "a")
    reviewed_draws(kit, {f"a{n}": label for n, label in enumerate(labels)}, turned=False)
    assert model_alarms.alarms(kit) == []
    coverage = [one for _, one in watch.standing(kit) if one.kind.value == COVERAGE]
    assert [(one.on, one.rows) for one in coverage] == [(False, 90)]


def test_what_was_decided_because_something_put_it_forward_is_not_audited(kit):
    """Benign texts that the model chose are those on which it errs: audited, they would always ring."""
    texts, labels = posts(300, seed=4)
    likely = [text for text, label in zip(texts, labels, strict=True) if label == "harbour"][:100]
    for scan in take_in(kit, likely, "a"):
        if scan.proposal.verdict is Verdict.REVIEW:
            cases.decide(kit, cases.case_id_of(scan.item.id), verdict=Verdict.REMOVE, by="u1")
    assert [one for _, one in watch.standing(kit) if one.kind.value == COVERAGE] == []


def test_a_lead_who_looked_is_not_rung_for_a_week_and_then_again(kit):
    alarm = drifted_scores(kit)
    assert not next(f for f in doctor.examine(kit) if f.name == "models").good
    closed = model_alarms.close(kit, alarm.id, by="lead", note="a parade")
    assert (closed, model_alarms.alarms(kit)) == (alarm, [])
    assert next(f for f in doctor.examine(kit) if f.name == "models").good
    assert rung(kit) == []  # it was closed before it rang
    with kit.store.read() as tx:
        body = next(tx.audit.opening(r.seq).body for r in tx.audit.read() if r.tag == "operator:model:alarm_closed")
    assert json.loads(body) == {"alarm": alarm.id, "by": "lead", "note": "a parade"}
    texts, _ = posts(300, seed=5, clear=0.9)
    take_in(kit, texts, "c")
    for day in range(1, LET_BE.days + 1):
        assert model_alarms.alarms(kit) == []
        kit.clock.move(days=1)
        tending.tend(kit)
        if day == LET_BE.days - 1:
            texts, _ = posts(300, seed=6, clear=0.9)
            take_in(kit, texts, "d")
    (again,) = model_alarms.alarms(kit)
    assert again.at == alarm.at + timedelta(minutes=1) + LET_BE


def test_an_alarm_is_closed_once_and_must_be_one(kit):
    alarm = drifted_scores(kit)
    model_alarms.close(kit, alarm.id, by="lead")
    with pytest.raises(ConflictError, match=r"closed alarm .* already"):
        model_alarms.close(kit, alarm.id, by="lead")
    with pytest.raises(NotFoundError, match="no alarm 'deliver:x' about a model"):
        model_alarms.close(kit, "deliver:x", by="lead")


def test_another_model_in_force_ends_the_alarm(kit, model, home):
    drifted_scores(kit)
    other = make_kit(
        home, store=kit.store, clock=kit.clock, readers=TextReaders(classifiers=(LinearClassifier(model.model, "6"),))
    )
    assert model_alarms.alarms(other) == []
    assert next(f for f in doctor.examine(other) if f.name == "models").good


def test_without_a_model_nothing_is_looked_at(home):
    kit = make_kit(home)
    model_alarms.hear(kit)
    worker.tick(kit, worker="w")
    with kit.store.read() as tx:
        assert tx.tallies.get_many([model_alarms.LOOK]) == []
    assert "no model scores texts" in next(f for f in doctor.examine(kit) if f.name == "models").text
    with pytest.raises(InputError, match="no model is in force"):
        draw(kit, 10, by="test")


class Stranger:
    """Anybody's classifier, with two labels and a language that it does not read."""

    name, version = "other", "7"

    def score(self, texts, languages):
        strange = NotScanned(step="score", reason="not read")
        return [
            self.of(text) if language.code == "en" else strange for text, language in zip(texts, languages, strict=True)
        ]

    def of(self, text):
        value = zlib.crc32(text.encode()) % 1000 / 1000 if "lantern" in text else len(text) % 7 / 10
        return tuple(Score(name=f"other:{label}", probability=value / 2, outlook=Outlook.UNLIKELY) for label in "ab")


def test_anybodys_classifier_is_held_against_what_it_said_before(home):
    kit = make_kit(home, readers=TextReaders(classifiers=(Stranger(),)))
    texts, _ = posts(700, seed=2)
    pipeline.take_in(kit, [Item(id="ps", kind=Kind.TEXT, text="a b", language="ps")], by="test")
    take_in(kit, texts, "a")
    tending.tend(kit)
    kit.clock.move(days=1)
    take_in(kit, [f"{text} lantern" for text in texts], "b")
    tending.tend(kit)
    (alarm,) = model_alarms.alarms(kit)
    assert (alarm.name, alarm.kind) == ("other", SCORES)


def test_a_draw_opens_cases_that_do_not_say_why_and_remembers_what_was_random(kit):
    texts, _ = posts(200, seed=2)
    take_in(kit, texts, "a")
    before = {case.item for case in cases.listed(kit)}
    drawn = draw(kit, 100, seed=3, by="lead")
    assert {why: len(own) for why, own in drawn.items.items()} == {Why.UNCERTAIN: 50, Why.RANDOM: 30, Why.HIGH: 20}
    every = {item for own in drawn.items.values() for item in own}
    assert {case.item for case in cases.listed(kit)} - before == every - before
    assert drawn.opened == len(every - before)
    opened = [case for case in cases.listed(kit) if case.item not in before]
    assert len({case.proposal.reasons for case in opened}) == 1
    assert all(case.scores and not case.proposal.automatic for case in opened)
    with kit.store.read() as tx:
        assert set(drawn_at_random(tx, since=kit.clock.now())) == set(drawn.items[Why.RANDOM])
        assert drawn_at_random(tx, since=kit.clock.now() + timedelta(1)) == []
    assert "operator:sample:drawn" in tags(kit)
    assert draw(kit, 100, seed=3, by="lead").opened == 0


def test_only_texts_of_late_are_drawn(kit):
    take_in(kit, posts(50, seed=2)[0], "a")
    kit.clock.move(days=31)
    with pytest.raises(InputError, match="says nothing of any text"):
        draw(kit, 10, by="test")
