import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.access import roles
from abate.domain.person import Permission, Role, Token, User
from abate.testing import NOON

P = Permission
WRITING = {P.ITEMS_SUBMIT, P.CASES_DECIDE, P.ORDERS_HANDLE, P.BANKS_EDIT, P.USERS_MANAGE}


def user(*granted: Role, **fields) -> User:
    return User(**{"id": "u1", "name": "u", "password_hash": "", "roles": granted, "created_at": NOON, **fields})


def token(*scopes: Permission, owner: str = "u1") -> Token:
    return Token(id="t1", user=owner, name="t", sha256="", scopes=scopes, created_at=NOON, expires_at=NOON)


def test_every_role_has_its_line_and_everybody_their_own_account():
    assert set(roles.ROLES) == set(Role)
    assert all(P.TOKENS_OWN in allowed for allowed in roles.ROLES.values())


def test_an_auditor_changes_nothing():
    assert not roles.ROLES[Role.AUDITOR] & WRITING


def test_an_admin_decides_no_case_and_handles_no_order():
    assert not roles.ROLES[Role.ADMIN] & {P.CASES_READ, P.CASES_DECIDE, P.ORDERS_HANDLE}


def test_only_an_admin_manages_users():
    assert [role for role in Role if P.USERS_MANAGE in roles.ROLES[role]] == [Role.ADMIN]


@pytest.mark.parametrize("permission", list(Permission))
def test_nobody_and_a_user_without_a_role_may_nothing_and_hear_why(permission):
    assert roles.may(None, permission).reason == "nobody is logged in"
    answer = roles.may(user(), permission)
    assert not answer.allowed
    assert "without a role" in answer.reason


@given(st.sets(st.sampled_from(Role)), st.sampled_from(Permission))
def test_several_roles_allow_what_any_of_them_allows(granted, permission):
    answer = roles.may(user(*granted), permission)
    assert answer.allowed == any(permission in roles.ROLES[role] for role in granted)
    assert answer.allowed == (permission in roles.permissions(granted))
    assert answer.reason


def test_a_disabled_user_may_nothing():
    assert roles.may(user(*Role, disabled=True), P.CASES_READ).reason == "this user is disabled"


@given(st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(Permission)), st.sampled_from(Permission))
def test_a_token_may_at_most_what_its_owner_may_and_its_scope_names(granted, scopes, permission):
    answer = roles.may(user(*granted), permission, token=token(*scopes))
    if answer.allowed:
        assert permission in scopes
        assert roles.may(user(*granted), permission).allowed
    assert permission not in roles.NEVER_IN_A_TOKEN or not answer.allowed


def test_a_refusal_names_what_is_missing():
    assert roles.may(user(Role.ANALYST), P.CASES_READ).reason == "the role analyst does not include cases:read"
    both = roles.may(user(Role.ANALYST, Role.ADMIN), P.CASES_READ)
    assert both.reason == "the roles analyst, admin does not include cases:read"
    scoped = roles.may(user(Role.LEAD), P.CASES_READ, token=token(P.MEASURE_READ))
    assert scoped.reason == "the token's scope does not include cases:read"
    assert roles.may(user(Role.LEAD), P.CASES_READ).reason == "the role lead includes cases:read"


def test_another_users_token_opens_nothing():
    answer = roles.may(user(Role.LEAD), P.CASES_READ, token=token(P.CASES_READ, owner="u2"))
    assert answer.reason == "the token belongs to another user"
