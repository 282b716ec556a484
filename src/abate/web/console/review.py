"""The queue and the case: what is next, why it is here, and one key to decide it."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from abate.domain.case import CaseState, Ground
from abate.domain.errors import InputError, NotFoundError
from abate.domain.item import Kind
from abate.domain.person import Permission
from abate.domain.scan import Verdict
from abate.domain.signal import NotScanned
from abate.flows import cases
from abate.flows.kit import Kit
from abate.policy.rules.explain import told
from abate.review.highlight import pieces
from abate.web import pages, preview
from abate.web.console.rule_pages import named
from abate.web.entry import kit_of
from abate.web.forms import FormIn
from abate.web.pages import Page, PageRequest

SHOWN = 100
_DECIDABLE = (Verdict.NONE, Verdict.LIMIT, Verdict.REMOVE)


@get("/queue", permission=Permission.CASES_READ, sync_to_thread=True)
def queue_page(request: PageRequest) -> Page:
    """List the open cases, the most urgent first."""
    waiting = cases.queue(kit_of(request), limit=SHOWN + 1)
    return pages.page(request, "queue.html", waiting=waiting[:SHOWN], more=len(waiting) > SHOWN, **_just_done(request))


@get("/cases/{case_id:str}", permission=Permission.CASES_READ, sync_to_thread=True)
def case_page(request: PageRequest, case_id: FromPath[str]) -> Page:
    """Show one case in three panes."""
    kit = kit_of(request)
    view = cases.show(kit, case_id)
    return pages.page(
        request,
        "case.html",
        view=view,
        pieces=pieces(view.item.text, view.case),
        following=_next_open(kit, after=case_id),
        grounds=list(Ground),
        photo=Kind.PHOTO,
        told=told,
        named=named,
        undone="undone" in request.query_params,
        **_just_done(request, besides=case_id),
    )


def _just_done(request: PageRequest, besides: str = "") -> dict[str, Any]:
    """Return the case that was decided a moment ago, so that its undo is one key away on the next page."""
    done_id = request.query_params.get("done", "")
    done = None
    if done_id and done_id != besides:
        try:
            view = cases.show(kit_of(request), done_id)
        except NotFoundError:
            return {"done": None}
        done = view if view.case.state is CaseState.DECIDED else None
    return {"done": done, "in_force": _in_force(done) if done else None}


def _in_force(view: cases.CaseView) -> Verdict | None:
    return next((given.verdict for given in view.decisions if given.id == view.case.decision), None)


@post("/cases/{case_id:str}/decide", permission=Permission.CASES_DECIDE, sync_to_thread=True)
def decide(request: PageRequest, case_id: FromPath[str], form: FormIn) -> Page:
    """Decide, and go on to the next case with the undo at hand."""
    kit = kit_of(request)
    cases.decide(
        kit,
        case_id,
        verdict=verdict_of(form.text("verdict")),
        ground=ground_of(form.text("ground")),
        note=form.text("note", most=2000),
        by=request.scope["user"].user.id,
    )
    following = _next_open(kit, after=case_id)
    return pages.to(f"/cases/{following}?done={case_id}" if following else f"/queue?done={case_id}")


@post("/cases/{case_id:str}/undo", permission=Permission.CASES_DECIDE, sync_to_thread=True)
def undo(request: PageRequest, case_id: FromPath[str], form: FormIn) -> Page:
    """Take the decision in force back and show the case again."""
    actor, note = request.scope["user"], form.text("note", most=2000)
    over_order = actor.may(Permission.ORDERS_HANDLE).allowed
    cases.undo(kit_of(request), case_id, note=note, by=actor.user.id, over_order=over_order)
    return pages.to(f"/cases/{case_id}?undone=1")


def _next_open(kit: Kit, *, after: str) -> str:
    return next((view.case.id for view in cases.queue(kit, limit=2) if view.case.id != after), "")


def verdict_of(untrusted: str) -> Verdict:
    """Return the verdict of a decision.

    :raises InputError: when it is none that a person can give
    """
    found = next((verdict for verdict in _DECIDABLE if verdict.value == untrusted), None)
    if found is None:
        msg = f"{untrusted!r} is no decision; choose one of {', '.join(_DECIDABLE)}"
        raise InputError(msg, where="verdict")
    return found


def ground_of(untrusted: str) -> Ground:
    """Return the ground of a decision; our terms when none is named.

    :raises InputError: when it is not on the closed list
    """
    found = next((ground for ground in Ground if ground.value == (untrusted or Ground.TERMS.value)), None)
    if found is None:
        msg = f"{untrusted!r} is no ground; choose one of {', '.join(Ground)}"
        raise InputError(msg, where="ground")
    return found


@get("/cases/{case_id:str}/picture/{view:str}", permission=Permission.CASES_READ, sync_to_thread=True)
def picture(request: PageRequest, case_id: FromPath[str], view: FromPath[str]) -> Response[bytes]:
    """Serve the item's picture in grey, made anew from decoded pixels: ``veiled`` by default, ``grey`` on holding.

    Nothing of the stored file reaches the browser: no metadata, no colour profile, no second payload.
    """
    if view not in preview.VIEWS:
        msg = f"there is no view {view!r} of a picture"
        raise NotFoundError(msg)
    kit = kit_of(request)
    item = cases.show(kit, case_id).item
    made = preview.of_item(kit, item, view)
    if isinstance(made, NotScanned):
        raise NotFoundError(made.reason)
    return Response(content=made, media_type="image/png")
