import pytest
from argon2 import PasswordHasher
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abate.access import passwords
from abate.domain.errors import InputError

GOOD = "four plain words suffice"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """The smallest cost there is: what is tested here is the rule, not the work."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


def test_a_password_opens_what_it_closed_and_another_does_not():
    encoded = passwords.hash_password(GOOD)
    assert encoded.startswith("$argon2id$")
    assert passwords.verify(GOOD, encoded)
    assert not passwords.verify(GOOD + "!", encoded)


def test_the_same_password_is_never_stored_alike_twice():
    assert passwords.hash_password(GOOD) != passwords.hash_password(GOOD)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
def test_too_short_and_too_long_are_refused_with_the_remedy(password):
    with pytest.raises(InputError, match="12 to 256 characters"):
        passwords.hash_password(password)


@settings(max_examples=20)
@given(st.text(min_size=12, max_size=60))
@example("å" * 12)
def test_every_keyboard_writes_the_same_password(password):
    composed = passwords.unicodedata.normalize("NFC", password)
    apart = passwords.unicodedata.normalize("NFD", password)
    plain = passwords._normal(password)
    if passwords.MIN_LENGTH <= len(plain) <= passwords.MAX_LENGTH:
        assert passwords.verify(apart, passwords.hash_password(composed))


def test_no_composition_is_asked_for():
    assert passwords.verify("aaaaaaaaaaaa", passwords.hash_password("aaaaaaaaaaaa"))


def test_for_an_unknown_user_the_work_is_done_and_the_answer_is_no(monkeypatch):
    done = []

    class Watched(PasswordHasher):
        def verify(self, encoded, password):
            done.append(encoded)
            return super().verify(encoded, password)

    monkeypatch.setattr(passwords, "_HASHER", Watched(time_cost=1, memory_cost=8, parallelism=1))
    assert not passwords.verify("the password of nobody at all", None)
    assert len(done) == 1
    assert done[0].startswith("$argon2id$")


@pytest.mark.parametrize("encoded", ["", "plain text", "$argon2id$v=19$broken"])
def test_a_broken_hash_opens_nothing(encoded):
    assert not passwords.verify(GOOD, encoded)
    assert passwords.needs_rehash(encoded)


def test_a_hash_of_other_cost_is_to_be_made_anew():
    assert passwords.needs_rehash(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(GOOD))
    assert not passwords.needs_rehash(passwords.hash_password(GOOD))
