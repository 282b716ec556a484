"""One's own account: password, second factor, tokens, reading direction."""

from datetime import timedelta

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from abate.access import roles, totp
from abate.domain.errors import InputError, NotFoundError, RefusedError
from abate.domain.person import Permission, User
from abate.flows import people
from abate.web import pages
from abate.web.entry import Actor, kit_of
from abate.web.forms import FormIn
from abate.web.pages import Page, PageRequest

_YEAR = 366 * 24 * 3600


@get("/account", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def account_page(request: PageRequest) -> Page:
    """Show one's roles, tokens and settings."""
    return _page(request, done="done" in request.query_params)


def _page(request: PageRequest, *, error: str = "", secret: str = "", done: bool = False) -> Page:
    kit, actor = kit_of(request), _actor(request)
    fresh = totp.new_secret()
    return pages.page(
        request,
        "account.html",
        status=422 if error else 200,
        error=error,
        secret=secret,
        done=done,
        tokens=people.tokens_of(kit, actor.user.id),
        scopes=sorted(roles.permissions(actor.user.roles) - roles.NEVER_IN_A_TOKEN),
        fresh=fresh,
        address=totp.address(fresh, actor.user.name),
        direction=request.cookies.get(pages.DIRECTION_COOKIE, ""),
    )


@post("/account/password", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def change_password(request: PageRequest, form: FormIn) -> Page:
    """Change one's password; every other session of one's own ends."""
    kit, actor = kit_of(request), _actor(request)
    keep = actor.session.id if actor.session else ""
    try:
        people.confirm_password(kit, actor.user, form.secret("present"), address=_address(request))
        people.set_password(kit, actor.user.id, form.secret("password"), by=actor.user.id, keep_session=keep)
    except (InputError, RefusedError) as error:
        return _page(request, error=str(error))
    return pages.to("/account?done=1")


@post("/account/factor", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def set_factor(request: PageRequest, form: FormIn) -> Page:
    """Set up the second factor: the password again, and a first code."""
    kit, actor = kit_of(request), _actor(request)
    try:
        people.confirm_password(kit, actor.user, form.secret("present"), address=_address(request))
        people.set_second_factor(kit, actor.user.id, form.text("secret"), form.text("code"), by=actor.user.id)
    except (InputError, RefusedError) as error:
        return _page(request, error=str(error))
    return pages.to("/account?done=1")


@post("/account/factor/remove", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def remove_factor(request: PageRequest, form: FormIn) -> Page:
    """Go back to the password alone; asks for it, so that a stolen session cannot."""
    kit, actor = kit_of(request), _actor(request)
    try:
        people.confirm_password(kit, actor.user, form.secret("present"), address=_address(request))
        people.remove_second_factor(kit, actor.user.id, by=actor.user.id)
    except RefusedError as error:
        return _page(request, error=str(error))
    return pages.to("/account?done=1")


@post("/account/tokens", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def issue_token(request: PageRequest, form: FormIn) -> Page:
    """Make a token and show its secret, this once: the answer is the page itself and is not stored anywhere."""
    actor = _actor(request)
    try:
        scopes = [Permission(scope) for scope in form.many("scopes") if scope in set(Permission)]
        lasts = _days(form.text("days"))
        _, secret = people.issue_token(
            kit_of(request), actor.user.id, name=form.text("name"), scopes=scopes, lasts=lasts, by=actor.user.id
        )
    except (InputError, RefusedError) as error:
        return _page(request, error=str(error))
    return _page(request, secret=secret)


def _days(untrusted: str) -> timedelta:
    if not (untrusted.isascii() and untrusted.isdigit() and len(untrusted) < 5):  # noqa: PLR2004 - more is no number of days
        msg = "write a whole number of days, such as 90"
        raise InputError(msg, where="days")
    return timedelta(days=int(untrusted))


@post("/account/tokens/{token_id:str}/revoke", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def revoke_token(request: PageRequest, token_id: FromPath[str]) -> Page:
    """Revoke one of one's own tokens; another's is as if it were not there."""
    kit, user = kit_of(request), _user(request)
    if token_id not in {token.id for token in people.tokens_of(kit, user.id)}:
        msg = "you have no such token; reload the page"
        raise NotFoundError(msg)
    people.revoke_token(kit, token_id, by=user.id)
    return pages.to("/account?done=1")


@post("/account/direction", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def set_direction(request: PageRequest, form: FormIn) -> Page:
    """Choose the reading direction, or leave it to the browser."""
    chosen = form.text("direction")
    value = chosen if chosen in {"ltr", "rtl"} else ""
    cookie = Cookie(
        key=pages.DIRECTION_COOKIE,
        value=value,
        max_age=_YEAR if value else 0,
        path="/",
        secure=kit_of(request).settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return pages.to("/account?done=1", cookies=[cookie])


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


def _user(request: PageRequest) -> User:
    return _actor(request).user


def _address(request: PageRequest) -> str:
    return request.client.host if request.client else ""
