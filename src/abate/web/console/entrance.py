"""Logging in and out."""

from litestar import get, post
from litestar.datastructures import Cookie

from abate.access import sessions
from abate.domain.errors import RefusedError
from abate.flows import people
from abate.flows.kit import Kit
from abate.web import pages
from abate.web.entry import PUBLIC, cookie_name, kit_of
from abate.web.forms import FormIn
from abate.web.pages import Page, PageRequest


@get("/login", permission=PUBLIC, sync_to_thread=True)
def login_page(request: PageRequest) -> Page:
    """Show the form; somebody who is logged in already goes on to the first page."""
    if request.scope.get("user") is not None:
        return pages.to("/")
    return pages.page(request, "login.html", name="", error="", next=request.query_params.get("next", "/"))


@post("/login", permission=PUBLIC, sessionless=True, sync_to_thread=True)
def log_in(request: PageRequest, form: FormIn) -> Page:
    """Open a session, and end the one this browser had: a planted cookie never becomes a logged-in one."""
    kit = kit_of(request)
    name, back = form.text("name"), form.text("next")
    try:
        address = request.client.host if request.client else ""
        _, secret = people.log_in(kit, name, form.secret("password"), form.text("code"), address=address)
    except RefusedError as error:
        return pages.page(request, "login.html", status=403, name=name, error=str(error), next=back)
    earlier = request.cookies.get(cookie_name(kit))
    if earlier:
        people.log_out(kit, earlier)
    return pages.to(pages.safe_next(back), cookies=[_cookie(kit, secret)])


@post("/logout", permission=PUBLIC, sync_to_thread=True)
def log_out(request: PageRequest) -> Page:
    """End the session, on the server too."""
    kit = kit_of(request)
    people.log_out(kit, request.cookies.get(cookie_name(kit), ""))
    return pages.to("/login", cookies=[_cookie(kit, "")])


def _cookie(kit: Kit, secret: str) -> Cookie:
    return Cookie(
        key=cookie_name(kit),
        value=secret,
        max_age=int(sessions.LENGTH.total_seconds()) if secret else 0,
        path="/",
        secure=kit.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
