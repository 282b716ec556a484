"""Pseudonyms: the same inside one platform of one study, unrelated across platforms and studies."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.extend.table import Personal
from abate.flows import pseudonyms
from abate.flows.pseudonyms import Pseudonyms

NAMES = st.text(min_size=1, max_size=30)
LONG = st.text(alphabet="abcdefghijklmnop ", min_size=60, max_size=90).filter(lambda text: len(set(text)) > 8)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@given(name=NAMES, platforms=st.lists(NAMES, min_size=2, max_size=3, unique=True), of_item=st.booleans())
def test_an_account_has_unrelated_pseudonyms_on_two_platforms_and_in_two_studies(home, name, platforms, of_item):
    who = Personal(untrusted_id=name, of_item=of_item)
    one, two = Pseudonyms(home, "one"), Pseudonyms(home, "two")
    made = [study.of(platform, who) for study in (one, two) for platform in platforms]
    # Not only different: no prefix or part of one is a part of another, as a shared hash with a salt behind would give.
    parts = [text[place : place + 12] for text in made for place in range(0, 20, 4)]
    assert len(set(parts)) == len(parts)
    assert made[0] == Pseudonyms(home, "one").of(platforms[0], who)
    assert all(re.fullmatch("[0-9a-f]{32}", text) for text in made)


@given(name=NAMES, other=NAMES)
def test_two_accounts_have_two_pseudonyms_and_an_item_is_no_account(home, name, other):
    study = Pseudonyms(home, "one")
    account, item = (study.of("harbourline", Personal(untrusted_id=name, of_item=kind)) for kind in (False, True))
    assert account != item
    assert (study.of("harbourline", Personal(untrusted_id=other)) == account) == (name == other)


@given(text=LONG)
def test_equal_texts_meet_inside_a_study_but_never_join_two_pseudonyms_across_platforms(home, text):
    one, two = Pseudonyms(home, "one"), Pseudonyms(home, "two")
    public = [one.fingerprint(platform, text, of_account=False) for platform in ("harbourline", "lanternshore")]
    of_people = [one.fingerprint(platform, text, of_account=True) for platform in ("harbourline", "lanternshore")]
    assert public[0] == public[1] == one.fingerprint("harbourline", text.upper() + " !", of_account=False)
    assert len({public[0], *of_people, two.fingerprint("harbourline", text, of_account=False)}) == 4


@given(text=st.text(max_size=15))
def test_a_greeting_has_no_fingerprint(home, text):
    assert not Pseudonyms(home, "one").fingerprint("harbourline", text[:6], of_account=False)


def test_of_two_keys_that_are_made_at_once_the_first_stays(tmp_path):
    who = Personal(untrusted_id="ann")
    expected = Pseudonyms(tmp_path, "one").of("harbourline", who)
    (key,) = (tmp_path / "study-keys" / "one").iterdir()
    pseudonyms._make(key)
    assert Pseudonyms(tmp_path, "one").of("harbourline", who) == expected
    assert list(key.parent.iterdir()) == [key]
