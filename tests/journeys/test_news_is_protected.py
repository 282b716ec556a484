"""News goes through the whole pipeline, half of it with names of designated organisations: nothing happens to it.

Whatever reads texts is asked, as an operator has it who opens the product with the model that is shipped, where there
is one. What is then proposed for news is at most review, nothing of it is automatic, and how often it is review is
printed for each set with its exact bound. A name, which has weight zero, must not move any proposal.
"""

import csv
import json
import random
import sys
from collections import Counter
from dataclasses import replace
from itertools import cycle

import pytest

from abate.app import opened
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.domain.signal import PROTECTED
from abate.flows import banks, pipeline
from abate.flows.rules.starter import starters
from abate.flows.training.in_force import model_folder
from abate.numeric.intervals import clopper_pearson
from abate.plugins import load_classifier_types
from abate.policy.rules import outcome
from abate.policy.rules.check import rules
from abate.policy.rules.event import record
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows
from abate.settings import Settings
from abate.signals.context.mentions import without_mentions
from plugin_needs import data_root

SETS = ("news_en_agnews", "news_ar_pud", "news_en_pud", "news_event_ucdp_ged")
SEED = 20240613
GATE = 3000
"""Items of a language from which the bound is a gate and not only printed."""
MOST = 0.001
pytestmark = [pytest.mark.needs_data("list_un_entities", *SETS), pytest.mark.xdist_group("news")]
"""One process opens the pipeline for all of them."""


def rows_of(folder, name):
    path = next((folder / name).glob("*.tsv"))
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def news(folder, name):
    """The texts of one set."""
    rows = rows_of(folder, name)
    if name == "news_en_agnews":
        return [f"{row['title']}. {row['description']}" for row in rows]
    if name == "news_event_ucdp_ged":
        every = (one.strip() for row in rows for one in row["source_headline"].split(";"))
        return sorted({one for one in every if len(one.split()) >= 3})
    return [row["text"] for row in rows if row["genre"] == "news"]


def names(folder, script):
    """Names as the list spells them, and the Arabic spellings where that is the script."""
    lines = (folder / "list_un_entities" / "entities.jsonl").read_text("utf-8").splitlines()
    listed = [json.loads(line) for line in lines]
    if script == "ar":
        originals = (one["name_original_script"].strip() for one in listed)
        return sorted({one for one in originals if any("\u0600" <= letter <= "\u06ff" for letter in one)})
    return sorted({one["name"].split(";")[0].strip() for one in listed if len(one["name"].split()) > 1})


def with_a_name(text, name, draw):
    """The text with a name between two of its words."""
    words = text.split()
    at = draw.randrange(len(words) + 1)
    return " ".join([*words[:at], name, *words[at:]])


def posts(folder, name):
    """Each text as a post, every second with a name put in; and all of them without."""
    draw = random.Random(SEED)
    script = "ar" if name == "news_ar_pud" else "en"
    chosen = cycle(draw.sample(found := names(folder, script), len(found)))
    plain = [
        Item(id=f"{name}-{number}", kind=Kind.TEXT, text=" ".join(text.split()))
        for number, text in enumerate(news(folder, name))
    ]
    named = [
        replace(one, text=with_a_name(one.text, next(chosen), draw)) if number % 2 else one
        for number, one in enumerate(plain)
    ]
    return plain, named


def with_the_shipped_model(settings):
    """The settings of an operator who opts in, where the package brings the model."""
    opted_in = replace(settings, text_model="proxy-ranker")
    folder = str(model_folder(opted_in))
    there = any(kind.recognises(folder) for kind in load_classifier_types().values())
    return opted_in if there else settings


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The product as it is opened, with the shipped model where there is one, and the list's names banked."""
    with opened(with_the_shipped_model(Settings(home=tmp_path_factory.mktemp("news")))) as kit:
        banks.create(kit, "designations", purpose=BankPurpose.DESIGNATED, by="lead")
        banks.import_list(kit, "designations", data_root() / "list_un_entities" / "entities.jsonl", by="lead")
        yield kit


@pytest.fixture(scope="module")
def scanned(kit):
    """Every set scanned once with names put in, and once without."""
    found = {}
    for name in SETS:
        plain, named = posts(data_root(), name)
        found[name] = [[*pipeline.scan_each(kit, items)] for items in (plain, named)]
    return found


def shown(name, scans):
    asked = sum(one.proposal.verdict is Verdict.REVIEW for one in scans)
    low, high = clopper_pearson(asked, len(scans), 0.9)
    contexts = Counter(one.context.label.value for one in scans)
    return f"{name}: review {asked} of {len(scans)}, one-sided 95 % bound {high:.4%} (from {low:.4%}); {dict(contexts)}"


@pytest.mark.parametrize("name", SETS)
def test_nothing_above_review_and_nothing_automatic_is_proposed_for_news(scanned, name):
    for scans in scanned[name]:
        assert {one.proposal.verdict for one in scans} <= {Verdict.NONE, Verdict.REVIEW}
        assert not any(one.proposal.automatic for one in scans)


@pytest.mark.parametrize("name", SETS)
def test_how_often_news_goes_to_review_is_printed_with_its_bound(scanned, name, capsys):
    _, named = scanned[name]
    with capsys.disabled():
        sys.stdout.write(f"\n{shown(name, named)}\n")
    asked = sum(one.proposal.verdict is Verdict.REVIEW for one in named)
    if len(named) >= GATE:
        assert clopper_pearson(asked, len(named), 0.9)[1] <= MOST


@pytest.mark.parametrize("name", SETS)
def test_the_names_that_were_put_in_are_found(scanned, name):
    _, named = scanned[name]
    found = [bool(one.mentions) for one in named[1::2]]
    assert sum(found) / len(found) >= 0.95


@pytest.mark.parametrize("name", SETS)
def test_a_name_moves_no_proposal(scanned, name):
    plain, named = scanned[name]
    moved = [
        (before.item.text, after.item.text)
        for before, after in zip(plain, named, strict=True)
        if after.mentions
        and (before.proposal.verdict, before.proposal.automatic) != (after.proposal.verdict, after.proposal.automatic)
    ]
    assert not moved


@pytest.mark.parametrize("name", SETS)
def test_a_name_that_is_found_whole_moves_no_score_and_no_language(scanned, name):
    pairs = [pair for pair in zip(*scanned[name], strict=True) if pair[1].mentions]
    whole = [pair for pair in pairs if without_mentions(pair[1].item.text, pair[1].mentions) == bare(pair[0])]
    assert len(whole) >= len(pairs) / 2
    assert not [pair for pair in whole if (pair[0].scores, pair[0].language) != (pair[1].scores, pair[1].language)]


def bare(one):
    return without_mentions(one.item.text, one.mentions)


@pytest.mark.parametrize("name", SETS)
def test_what_is_protected_is_never_put_before_a_person_for_a_score_alone(scanned, name):
    for scans in scanned[name]:
        wrong = [one for one in scans if one.context.label in PROTECTED and not one.matches]
        assert {one.proposal.verdict for one in wrong} <= {Verdict.NONE}


SUSPECT = {
    "surface": "feed",
    "account.age_days": 0,
    "account.items": 1,
    "account.removed": 50,
    "channel.age_days": 0,
    "channel.items": 100,
    "channel.removed": 50,
}
"""What the platform might say at worst of who posts, and where."""


def with_the_starters(kit, scans, members):
    """What the built-in and all starter rules propose, as if one suspect account posted it all within minutes."""
    found = rules("\n".join(one.text for one in starters()))
    live, windows = compiled(found.rules), Windows(found.windows)
    verified = frozenset(plug.name for plug in kit.signals.values() if plug.verified)
    for number, one in enumerate(scans):
        evidence = replace(one.evidence, item=replace(one.item, account="a", channel="c", platform="harbourline"))
        more = {**SUSPECT, "channel.members": members}
        made = record(evidence, verified, signals=one.signals, more=more)
        event = windows.take({**made, "posted.hour": 3.0}, number)
        yield one, outcome.propose(evidence, verified, live, event)


@pytest.mark.parametrize("name", SETS)
def test_the_rules_to_begin_with_bring_news_before_a_person_at_most(kit, scanned, name, capsys):
    _, named = scanned[name]
    for members in (50, 100_000):
        both = [*with_the_starters(kit, named, members)]
        assert {proposal.verdict for _, proposal in both} <= {Verdict.NONE, Verdict.REVIEW}
        assert not any(proposal.automatic for _, proposal in both)
        asked = [one for one, proposal in both if proposal.verdict is Verdict.REVIEW]
        assert not [one for one in asked if one.context.label in PROTECTED and not one.matches]
        before = sum(one.proposal.verdict is Verdict.REVIEW for one in named)
        with capsys.disabled():
            said = f"{len(asked)} of {len(named)} to review, {before} of them without the starter rules"
            sys.stdout.write(f"\n{name}, a suspect account, a channel of {members}: {said}\n")
