"""Users: who may log in, and as what."""

from litestar import get, post
from litestar.params import FromPath

from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.person import Permission, Role
from abate.flows import people
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.forms import Form, FormIn
from abate.web.pages import Page, PageRequest


@get("/users", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def users_page(request: PageRequest) -> Page:
    """List the users with their roles."""
    return _page(request, done="done" in request.query_params)


def _page(request: PageRequest, *, error: str = "", name: str = "", done: bool = False) -> Page:
    return pages.page(
        request,
        "users.html",
        status=422 if error else 200,
        users=people.users(kit_of(request)),
        all_roles=list(Role),
        error=error,
        name=name,
        done=done,
    )


@post("/users", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def add(request: PageRequest, form: FormIn) -> Page:
    """Add a user with a first password."""
    name = form.text("name")
    try:
        people.add_user(kit_of(request), name, form.secret("password"), _roles(form), by=_by(request))
    except (InputError, ConflictError) as error:
        return _page(request, error=str(error), name=name)
    return pages.to("/users?done=1")


@post("/users/{user_id:str}/roles", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def set_roles(request: PageRequest, user_id: FromPath[str], form: FormIn) -> Page:
    """Give a user exactly the ticked roles."""
    try:
        people.set_roles(kit_of(request), user_id, _roles(form), by=_by(request))
    except RefusedError as error:
        return _page(request, error=str(error))
    return pages.to("/users?done=1")


@post("/users/{user_id:str}/password", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def reset_password(request: PageRequest, user_id: FromPath[str], form: FormIn) -> Page:
    """Set a new password for somebody who lost theirs."""
    try:
        people.set_password(kit_of(request), user_id, form.secret("password"), by=_by(request))
    except InputError as error:
        return _page(request, error=str(error))
    return pages.to("/users?done=1")


@post("/users/{user_id:str}/factor", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def reset_factor(request: PageRequest, user_id: FromPath[str]) -> Page:
    """Remove the second factor of somebody who lost their device."""
    people.remove_second_factor(kit_of(request), user_id, by=_by(request))
    return pages.to("/users?done=1")


@post("/users/{user_id:str}/disable", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def disable(request: PageRequest, user_id: FromPath[str]) -> Page:
    """Shut a user out at once."""
    try:
        people.disable(kit_of(request), user_id, by=_by(request))
    except RefusedError as error:
        return _page(request, error=str(error))
    return pages.to("/users?done=1")


@post("/users/{user_id:str}/enable", permission=Permission.USERS_MANAGE, sync_to_thread=True)
def enable(request: PageRequest, user_id: FromPath[str]) -> Page:
    """Let a disabled user in again."""
    people.enable(kit_of(request), user_id, by=_by(request))
    return pages.to("/users?done=1")


def _roles(form: Form) -> list[Role]:
    return [Role(value) for value in form.many("roles") if value in set(Role)]


def _by(request: PageRequest) -> str:
    identifier: str = request.scope["user"].user.id
    return identifier
