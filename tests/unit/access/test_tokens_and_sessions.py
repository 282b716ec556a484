import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.access import roles, sessions, tokens
from abate.domain.errors import InputError, RefusedError
from abate.domain.person import Permission, Role, User
from abate.testing import NOON

OWNER = User(id="u1", name="lead", password_hash="", roles=(Role.LEAD,), created_at=NOON)
DAY = timedelta(days=1)


def issue(**given):
    asked = {"name": "forum", "scopes": [Permission.CASES_READ], "lasts": DAY, "now": NOON, **given}
    return tokens.issue(OWNER, **asked)


def test_a_token_carries_256_random_bits_and_keeps_only_their_hash():
    token, secret = issue()
    assert secret.startswith("abt_")
    assert len(secret) == len("abt_") + 43  # 32 bytes in URL-safe Base64
    assert token.sha256 == hashlib.sha256(secret.encode()).hexdigest() == tokens.digest(secret)
    assert secret not in repr(token)
    assert issue()[1] != secret


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lives_between_nothing_and_366_days(days):
    with pytest.raises(InputError, match="366 days"):
        issue(lasts=timedelta(days=days))
    assert issue(lasts=timedelta(days=366))[0].expires_at == NOON + timedelta(days=366)


def test_a_token_needs_a_name_and_a_scope():
    for name in ("", "  ", "x" * 81):
        with pytest.raises(InputError, match="name of 1 to 80"):
            issue(name=name)
    with pytest.raises(InputError, match="at least one scope"):
        issue(scopes=[])


def test_a_token_cannot_do_more_than_its_owner():
    with pytest.raises(RefusedError, match=r"the role lead does not include audit:read"):
        issue(scopes=[Permission.CASES_READ, Permission.AUDIT_READ])


@pytest.mark.parametrize("scope", sorted(roles.NEVER_IN_A_TOKEN))
def test_no_token_makes_its_successor(scope):
    with pytest.raises(RefusedError, match="no token may carry"):
        tokens.issue(replace(OWNER, roles=tuple(Role)), name="x", scopes=[scope], lasts=DAY, now=NOON)


def test_a_token_ends_at_its_hour_or_when_it_is_revoked():
    token, _ = issue()
    assert tokens.usable(token, now=token.expires_at - timedelta(seconds=1)).allowed
    assert tokens.usable(token, now=token.expires_at).reason == "the token has expired"
    revoked = replace(token, revoked_at=NOON)
    assert tokens.usable(revoked, now=NOON).reason == "the token was revoked"


def test_a_session_keeps_the_hash_of_its_cookie_and_a_second_secret_for_forms():
    session, secret = sessions.start(OWNER, now=NOON)
    assert session.id == sessions.digest(secret)
    assert secret not in repr(session)
    assert len(secret) == len(session.csrf) == 43
    assert session.csrf != secret
    assert sessions.form_is_ours(session, session.csrf)
    for other in ("", secret, session.csrf + "x", "é", "\ud800"):
        assert not sessions.form_is_ours(session, other)


def test_a_session_lasts_one_long_shift_and_not_from_before_it_began():
    session, _ = sessions.start(OWNER, now=NOON)
    assert sessions.in_force(session, now=NOON)
    assert sessions.in_force(session, now=NOON + timedelta(hours=12, seconds=-1))
    assert not sessions.in_force(session, now=NOON + timedelta(hours=12))
    assert not sessions.in_force(session, now=NOON - timedelta(seconds=1))


def test_a_secret_of_strange_letters_is_hashed_and_breaks_nothing():
    assert len(sessions.digest("\ud800")) == len(tokens.digest("\ud800")) == 64
