"""Items in: one as JSON, or many as a line each; every one gets its result, a bad one its own error."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.exceptions import HTTPException
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.params import RawBody

from abate.domain.errors import AbateError, InputError
from abate.domain.item import Item
from abate.domain.person import Permission
from abate.flows import pipeline
from abate.flows.kit import Kit
from abate.flows.results import result_json
from abate.settings import Settings
from abate.web import media, problems, repeats
from abate.web.api.shapes import ItemIn
from abate.web.entry import Actor, kit_of

NDJSON = "application/x-ndjson"
JSON = "application/json"
MAX_LINES = 10_000
BATCH = 500
"""Items taken in together, as one transaction."""
BODY_LIMIT = 96 * 1024 * 1024
"""A file of 64 MiB in Base64, and some room."""


@dataclass
class ItemsOperation(Operation):
    """What the generated OpenAPI page says of the body, which the handler reads by itself."""

    def __post_init__(self) -> None:
        one = OpenAPIMediaType(schema=Reference(ref=f"#/components/schemas/{ItemIn.__name__}"))
        lines = OpenAPIMediaType(schema=Schema(type="string", description="One ItemIn as JSON a line"))  # type: ignore[arg-type]  # litestar wants its enum
        self.request_body = RequestBody(required=True, content={JSON: one, NDJSON: lines})


class SchemaWithItems(JsonRenderPlugin):
    """The generated page, with the shape of an item, which the framework does not meet on its own way through."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        _, shapes = msgspec.json.schema_components([ItemIn], ref_template="#/components/schemas/{name}")
        components = openapi_schema["components"]
        whole = components | {"schemas": shapes | components.get("schemas", {})}
        return super().render(request, openapi_schema | {"components": whole})


@post(
    "/items",
    permission=Permission.ITEMS_SUBMIT,
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=BODY_LIMIT,
    operation_class=ItemsOperation,
)
def submit(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Take items in: scan, store, open cases where the rules propose one, and answer each item's result.

    ``application/json`` holds one item; ``application/x-ndjson`` one a line, answered line by line. A repeated
    ``Idempotency-Key`` gets the first answer again.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {JSON, NDJSON}:
        msg = f"send {JSON} with one item, or {NDJSON} with one a line"
        raise HTTPException(status_code=415, detail=msg)
    answer = _one if kind == JSON else _many
    return Response(content=_once(request, body, answer), media_type=kind, status_code=200)


def _once(request: Request[Any, Any, Any], body: bytes, answer: Any) -> bytes:  # noqa: ANN401 - _one or _many
    kit, actor = kit_of(request), request.scope["user"]
    by = _caller(actor)
    key = request.headers.get("idempotency-key")
    if key is None:
        content: bytes = answer(kit, body, by)
        return content
    use = repeats.of(kit.settings, caller=by, untrusted_key=key, body=body, now=kit.clock.now())
    earlier = use.earlier()
    if earlier is not None:
        return earlier
    try:
        content = answer(kit, body, by)
    except BaseException:
        use.release()
        raise
    use.remember(content)
    return content


def _caller(actor: Actor) -> str:
    return actor.token.id if actor.token else actor.user.id


def _one(kit: Kit, body: bytes, by: str) -> bytes:
    scans = pipeline.take_in(kit, [_item(kit, body, "body")], by=by)
    return msgspec.json.encode(result_json(scans[0]))


def _many(kit: Kit, body: bytes, by: str) -> bytes:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > MAX_LINES:
        msg = f"has {len(lines)} lines, the limit is {MAX_LINES}; send them in several requests"
        raise InputError(msg, where="body")
    numbered = iter(enumerate(lines, start=1))
    out = bytearray()
    while batch := list(islice(numbered, BATCH)):
        for answer in _batch(kit, batch, by):
            out += msgspec.json.encode(answer) + b"\n"
    return bytes(out)


def _batch(kit: Kit, lines: list[tuple[int, bytes]], by: str) -> Iterator[dict[str, Any]]:
    """Yield one answer a line, in order: the result of an item, or why there is none."""
    read: dict[int, Item | AbateError] = {}
    for number, line in lines:
        try:
            read[number] = _item(kit, line, f"line {number}")
        except InputError as error:
            read[number] = error
    good = [item for item in read.values() if isinstance(item, Item)]
    results = iter(pipeline.take_in(kit, good, by=by) if good else ())
    for number, item in read.items():
        if isinstance(item, Item):
            yield result_json(next(results))
        else:
            yield {"line": number, "error": msgspec.to_builtins(problems.of_error(item))}


def _item(kit: Kit, untrusted: bytes, where: str) -> Item:
    return read_item(kit, untrusted, where, media.keep)[0]


def read_item(
    kit: Kit, untrusted: bytes, where: str, store: Callable[[Settings, bytes], Path]
) -> tuple[Item, Path | None]:
    """Read one item as it came over the wire, with the file that ``store`` made of its content.

    :raises InputError: naming ``where`` and the field
    """
    try:
        given = msgspec.json.decode(untrusted, type=ItemIn)
    except msgspec.DecodeError as error:
        msg = f"{error}; see /schema/openapi.json for the fields"
        raise InputError(msg, where=where) from error
    try:
        return _checked(kit, given, store)
    except InputError as error:
        raise InputError(str(error), where=where) from error


def _checked(kit: Kit, given: ItemIn, store: Callable[[Settings, bytes], Path]) -> tuple[Item, Path | None]:
    for name in ("posted_at", "account_created_at", "channel_created_at"):
        _check_time(kit, getattr(given, name), name)
    fields = {name: getattr(given, name) for name in ItemIn.__struct_fields__ if name != "content"}
    fields["platform"] = given.platform or kit.settings.platform
    path = None if given.content is None else store(kit.settings, given.content)
    return Item(**fields, path=str(path or "")), path


def _check_time(kit: Kit, moment: datetime | None, name: str) -> None:
    """Refuse a time without offset, and one so far ahead that it would spoil every series."""
    if moment is None:
        return
    if moment.utcoffset() is None:
        msg = "has no UTC offset; write it as 2026-03-29T01:30:00+01:00"
        raise InputError(msg, where=name)
    if not 1990 <= moment.year <= 9000 or moment > kit.clock.now() + timedelta(days=1):  # noqa: PLR2004 - before the web; near overflow
        msg = "lies before 1990 or in the future; correct it"
        raise InputError(msg, where=name)
