"""Roles and what each may do, as one table. Everything not in it is refused, and every answer says why."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from abate.domain.person import Answer, Permission, Role, Token, User

P = Permission

ROLES: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.REVIEWER: frozenset(
            {P.CASES_READ, P.CASES_DECIDE, P.BANKS_READ, P.RULES_READ, P.ACTIONS_READ, P.TOKENS_OWN}
        ),
        Role.LEAD: frozenset(
            {
                P.ITEMS_SUBMIT,
                P.CASES_READ,
                P.CASES_DECIDE,
                P.ORDERS_READ,
                P.BANKS_READ,
                P.BANKS_EDIT,
                P.RULES_READ,
                P.RULES_EDIT,
                P.RULES_APPROVE,
                P.ACTIONS_READ,
                P.MEASURE_READ,
                P.TOKENS_OWN,
            }
        ),
        Role.LEGAL: frozenset(
            {
                P.CASES_READ,
                P.ORDERS_READ,
                P.ORDERS_HANDLE,
                P.RULES_READ,
                P.RULES_APPROVE,
                P.ACTIONS_READ,
                P.MEASURE_READ,
                P.AUDIT_READ,
                P.TOKENS_OWN,
            }
        ),
        Role.ANALYST: frozenset({P.BANKS_READ, P.RULES_READ, P.RULES_EDIT, P.MEASURE_READ, P.TOKENS_OWN}),
        Role.AUDITOR: frozenset(
            {
                P.CASES_READ,
                P.ORDERS_READ,
                P.BANKS_READ,
                P.RULES_READ,
                P.ACTIONS_READ,
                P.MEASURE_READ,
                P.AUDIT_READ,
                P.TOKENS_OWN,
            }
        ),
        Role.ADMIN: frozenset(
            {
                P.ITEMS_SUBMIT,
                P.BANKS_READ,
                P.BANKS_EDIT,
                P.RULES_READ,
                P.ACTIONS_READ,
                P.AUDIT_READ,
                P.USERS_MANAGE,
                P.TOKENS_OWN,
            }
        ),
    }
)
"""An admin keeps the machine and does not decide cases; an auditor reads everything and changes nothing."""

NEVER_IN_A_TOKEN = frozenset({P.TOKENS_OWN, P.USERS_MANAGE})
"""A leaked token must not be able to make its successor, or a user."""


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return the union of what ``roles`` allow."""
    return frozenset().union(*(ROLES[role] for role in roles))


def may(user: User | None, permission: Permission, *, token: Token | None = None) -> Answer:
    """Answer whether ``user``, in person or through ``token``, may do ``permission``. Default: no.

    A token never outlives its owner's rights: both its scope and the owner's present roles must allow.
    """
    if user is None:
        return Answer(allowed=False, reason="nobody is logged in")
    if user.disabled:
        return Answer(allowed=False, reason="this user is disabled")
    if token is not None and token.user != user.id:
        return Answer(allowed=False, reason="the token belongs to another user")
    if token is not None and (permission not in token.scopes or permission in NEVER_IN_A_TOKEN):
        return Answer(allowed=False, reason=f"the token's scope does not include {permission}")
    granting = [role for role in user.roles if permission in ROLES[role]]
    if not granting:
        return Answer(allowed=False, reason=f"{_having(user)} does not include {permission}")
    return Answer(allowed=True, reason=f"the role {granting[0]} includes {permission}")


def _having(user: User) -> str:
    if not user.roles:
        return "a user without a role"
    word = "role" if len(user.roles) == 1 else "roles"
    return f"the {word} {', '.join(user.roles)}"
