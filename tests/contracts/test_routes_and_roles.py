"""Every route of the application, asked by everybody: what the table of permissions says is what happens.

The walk reads the application's own route table, so a new route is in it without anybody remembering to add it. The
expectation is written here by hand, so that a route whose permission changes by accident is found.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient

from abate.access import roles, sessions, tokens
from abate.domain.person import Permission, Role, Session, Token, User
from abate.testing import NOON, make_kit
from abate.web import entry, make

ROOT = Path(__file__).resolve().parents[2]
P = Permission
PUBLIC = entry.PUBLIC

EXPECTED = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/ready"): PUBLIC,
    ("GET", "/static/{name:str}"): PUBLIC,
    ("GET", "/schema"): PUBLIC,
    ("GET", "/schema/openapi.json"): PUBLIC,
    ("GET", "/schema/{path:str}"): PUBLIC,
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("POST", "/logout"): PUBLIC,
    ("GET", "/"): P.TOKENS_OWN,
    ("GET", "/queue"): P.CASES_READ,
    ("GET", "/cases/{case_id:str}"): P.CASES_READ,
    ("GET", "/cases/{case_id:str}/picture/{view:str}"): P.CASES_READ,
    ("POST", "/cases/{case_id:str}/decide"): P.CASES_DECIDE,
    ("POST", "/cases/{case_id:str}/undo"): P.CASES_DECIDE,
    ("GET", "/orders"): P.ORDERS_READ,
    ("GET", "/orders/{order_id:str}"): P.ORDERS_READ,
    ("GET", "/orders/new"): P.ORDERS_HANDLE,
    ("POST", "/orders/new"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/execute"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/pause"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/resume"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/reply"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/reject"): P.ORDERS_HANDLE,
    ("POST", "/orders/{order_id:str}/authenticate"): P.ORDERS_HANDLE,
    ("GET", "/measure"): P.MEASURE_READ,
    ("GET", "/measure/chart/{file:str}"): P.MEASURE_READ,
    ("GET", "/measure/numbers.json"): P.MEASURE_READ,
    ("GET", "/banks"): P.BANKS_READ,
    ("GET", "/banks/{name:str}"): P.BANKS_READ,
    ("POST", "/banks/{name:str}/set"): P.BANKS_EDIT,
    ("POST", "/entries/{entry_id:str}/opinion"): P.BANKS_EDIT,
    ("POST", "/entries/{entry_id:str}/release"): P.BANKS_EDIT,
    ("POST", "/entries/{entry_id:str}/stance"): P.BANKS_EDIT,
    ("POST", "/entries/{entry_id:str}/end"): P.BANKS_EDIT,
    ("GET", "/rules"): P.RULES_READ,
    ("GET", "/rules/{ref:str}"): P.RULES_READ,
    ("GET", "/rules/new"): P.RULES_EDIT,
    ("POST", "/rules/new"): P.RULES_EDIT,
    ("POST", "/rules/check"): P.RULES_EDIT,
    ("GET", "/rules/words.json"): P.RULES_EDIT,
    ("GET", "/rules/{ref:str}/edit"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/backtest"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/shadow"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/ask"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/approve"): P.RULES_APPROVE,
    ("POST", "/rules/{ref:str}/refuse"): P.RULES_APPROVE,
    ("POST", "/rules/{ref:str}/withdraw"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/share"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/retire"): P.RULES_EDIT,
    ("POST", "/rules/{ref:str}/rollback"): P.RULES_EDIT,
    ("POST", "/rules/alarms/{alarm_id:str}/seen"): P.RULES_EDIT,
    ("GET", "/actions"): P.ACTIONS_READ,
    ("POST", "/actions/{action_id:str}/retry"): P.CASES_DECIDE,
    ("GET", "/audit"): P.AUDIT_READ,
    ("GET", "/account"): P.TOKENS_OWN,
    ("POST", "/account/password"): P.TOKENS_OWN,
    ("POST", "/account/factor"): P.TOKENS_OWN,
    ("POST", "/account/factor/remove"): P.TOKENS_OWN,
    ("POST", "/account/tokens"): P.TOKENS_OWN,
    ("POST", "/account/tokens/{token_id:str}/revoke"): P.TOKENS_OWN,
    ("POST", "/account/direction"): P.TOKENS_OWN,
    ("GET", "/users"): P.USERS_MANAGE,
    ("POST", "/users"): P.USERS_MANAGE,
    ("POST", "/users/{user_id:str}/roles"): P.USERS_MANAGE,
    ("POST", "/users/{user_id:str}/password"): P.USERS_MANAGE,
    ("POST", "/users/{user_id:str}/factor"): P.USERS_MANAGE,
    ("POST", "/users/{user_id:str}/disable"): P.USERS_MANAGE,
    ("POST", "/users/{user_id:str}/enable"): P.USERS_MANAGE,
    ("POST", "/v1/items"): P.ITEMS_SUBMIT,
    ("POST", "/v1/decide"): P.ITEMS_SUBMIT,
    ("GET", "/v1/cases"): P.CASES_READ,
    ("GET", "/v1/cases/{case_id:str}"): P.CASES_READ,
    ("POST", "/v1/cases/{case_id:str}/decisions"): P.CASES_DECIDE,
    ("POST", "/v1/cases/{case_id:str}/undo"): P.CASES_DECIDE,
    ("GET", "/v1/orders"): P.ORDERS_READ,
    ("POST", "/v1/orders"): P.ORDERS_HANDLE,
    ("GET", "/v1/orders/{order_id:str}"): P.ORDERS_READ,
    ("POST", "/v1/orders/{order_id:str}/pause"): P.ORDERS_HANDLE,
    ("POST", "/v1/orders/{order_id:str}/resume"): P.ORDERS_HANDLE,
    ("POST", "/v1/orders/{order_id:str}/execute"): P.ORDERS_HANDLE,
    ("POST", "/v1/orders/{order_id:str}/reply"): P.ORDERS_HANDLE,
    ("GET", "/v1/due"): P.ORDERS_READ,
    ("GET", "/v1/measure/claims"): P.MEASURE_READ,
    ("GET", "/v1/measure/presence"): P.MEASURE_READ,
    ("GET", "/v1/measure/following"): P.MEASURE_READ,
    ("GET", "/v1/measure/survival"): P.MEASURE_READ,
    ("GET", "/v1/audit"): P.AUDIT_READ,
}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return make_kit(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(kit):
    with TestClient(make(kit), base_url="http://127.0.0.1") as opened:
        yield opened


def walked(client) -> dict[tuple[str, str], object]:
    return {(method, path): wanted for method, path, wanted in entry.routes(client.app)}


def test_the_route_table_is_the_table_that_was_agreed(client):
    assert walked(client) == EXPECTED


def address(path: str) -> str:
    """Fill the parameters of a route with something that is not there."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def added(kit, name: str, *granted: Role, disabled: bool = False) -> tuple[User, Session, str]:
    user = User(id=f"u-{name}", name=name, password_hash="", roles=granted, disabled=disabled, created_at=NOON)
    session, secret = sessions.start(user, now=NOON)
    with kit.store.write() as tx:
        tx.users.add(user)
        tx.sessions.add(session)
    return user, session, secret


def bearer(kit, user: User, *scopes: Permission) -> dict[str, str]:
    secret = f"abt_{user.id}-{'-'.join(scopes)}"
    token = Token(
        id=f"t-{secret}",
        user=user.id,
        name="t",
        sha256=tokens.digest(secret),
        scopes=scopes,
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    with kit.store.write() as tx:
        tx.tokens.add(token)
    return {"authorization": f"Bearer {secret}"}


def ask(client, method: str, path: str, *, cookie: str = "", headers=None, csrf: str = ""):
    client.cookies.clear()
    if cookie:
        client.cookies.set("abate_session", cookie)
    form = {"data": {"csrf": csrf}} if csrf else {}
    return client.request(method, address(path), headers=headers, follow_redirects=False, **form)


def turned_away(answer) -> bool:
    """Whether the guard, and not the work behind it, answered."""
    to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login?")
    to_login |= answer.status_code == 303 and answer.headers["location"] == "/login"
    return answer.status_code in {401, 403} or to_login


CONSOLE = [(m, p) for m, p in EXPECTED if not p.startswith("/v1") and p not in {"/login", "/logout"}]
API = [(m, p) for m, p in EXPECTED if p.startswith("/v1")]


def test_nobody_gets_past_the_door_of_anything_that_is_not_public(client):
    for (method, path), wanted in EXPECTED.items():
        # Logging out leads to the login page, and an empty login is refused, by their nature.
        if (method, path) not in {("POST", "/logout"), ("POST", "/login")}:
            assert turned_away(ask(client, method, path)) == (wanted is not PUBLIC), (method, path)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_its_line_in_the_table_says_and_nothing_else(kit, client, role):
    _, session, cookie = added(kit, role.value, role)
    for method, path in CONSOLE:
        wanted = EXPECTED[method, path]
        allowed = wanted is PUBLIC or wanted in roles.ROLES[role]
        answer = ask(client, method, path, cookie=cookie, csrf=session.csrf if method == "POST" else "")
        assert turned_away(answer) == (not allowed), (role, method, path, answer.status_code)
        assert answer.status_code < 500, (role, method, path)


@pytest.mark.parametrize("role", list(Role))
def test_a_token_with_every_scope_reaches_what_its_owners_role_allows(kit, client, role):
    user, _, _ = added(kit, f"api-{role.value}", role)
    header = bearer(kit, user, *Permission)
    for method, path in API:
        answer = ask(client, method, path, headers=header)
        allowed = EXPECTED[method, path] in roles.ROLES[role]
        assert (answer.status_code == 403) == (not allowed), (role, method, path, answer.status_code)
        assert answer.status_code not in {401, 500}


@pytest.mark.parametrize("scope", [None, *Permission])
def test_a_token_of_a_user_with_every_role_reaches_what_its_one_scope_names(kit, client, scope):
    user, _, _ = added(kit, f"all-{scope}", *Role)
    header = bearer(kit, user, *([scope] if scope else []))
    for method, path in API:
        answer = ask(client, method, path, headers=header)
        assert (answer.status_code == 403) == (EXPECTED[method, path] is not scope), (scope, method, path)


def test_a_user_without_a_role_and_one_who_is_disabled_reach_nothing(kit, client):
    for name, granted, disabled in (("bare", (), False), ("gone", tuple(Role), True)):
        _, session, cookie = added(kit, name, *granted, disabled=disabled)
        for method, path in CONSOLE:
            if EXPECTED[method, path] is not PUBLIC:
                assert turned_away(ask(client, method, path, cookie=cookie, csrf=session.csrf)), (name, method, path)


def test_every_permission_guards_a_route():
    assert {wanted for wanted in EXPECTED.values() if wanted is not PUBLIC} == set(Permission)


def test_every_route_of_the_api_is_in_its_reference():
    page = (ROOT / "docs" / "reference" / "http-api.md").read_text("utf-8")
    for method, path in [*API, ("GET", "/health"), ("GET", "/ready"), ("GET", "/schema/openapi.json")]:
        plain = "/".join(f"{{{part[1:].split(':')[0]}}}" if part.startswith("{") else part for part in path.split("/"))
        assert f"`{method} {plain}`" in page, f"{method} {plain} is not in docs/reference/http-api.md"
        wanted = EXPECTED[method, path]
        assert wanted is PUBLIC or f"`{wanted}`" in page
