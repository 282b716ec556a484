"""Before publishing: one item in, one answer out, within a deadline; nothing is kept."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.params import QueryParameter, RawBody

from abate.domain.person import Permission
from abate.flows.deciding import Deciders, Terms
from abate.flows.results import result_json
from abate.web import media
from abate.web.api.items import BODY_LIMIT, JSON, ItemsOperation, read_item
from abate.web.entry import kit_of

LONGEST_MS = 10_000


@post(
    "/decide",
    permission=Permission.ITEMS_SUBMIT,
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=BODY_LIMIT,
    operation_class=ItemsOperation,
)
def decide(
    request: Request[Any, Any, Any],
    body: RawBody,
    deadline_ms: Annotated[int | None, QueryParameter(ge=1, le=LONGEST_MS)] = None,
    fail: Annotated[Literal["open", "closed"] | None, QueryParameter()] = None,
) -> Response[bytes]:
    """Say what the rules would do with one item, within ``deadline_ms``. Nothing is stored; nothing is done.

    ``decided`` is false where there was no time, or the item could not be read; the proposal is then the one that
    ``fail`` states: ``open`` lets it pass (``none``), ``closed`` asks for a person (``review``). Both default to
    settings.
    """
    kit = kit_of(request)
    deciders: Deciders = request.app.state["deciders"]
    stated = fail or kit.settings.decide_fail
    terms = Terms(deadline_s=(deadline_ms or kit.settings.decide_deadline_ms) / 1000, closed=stated == "closed")
    item, made = read_item(kit, body, "body", media.lend)
    answer = deciders.decide(item, terms, forget=made)
    content = result_json(answer.scan) | {"decided": answer.in_time, "fail": stated}
    return Response(content=msgspec.json.encode(content), media_type=JSON, status_code=200)
