"""Errors as answers: one problem+json shape (RFC 9457) for the API, one short page for people.

A message of ours is written for whoever caused it and is passed on. Anything else is logged under an incident number
and answered with that number alone: a traceback tells an attacker more than a user.
"""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.types import Send

from abate.domain.errors import (
    AbateError,
    ConflictError,
    InputError,
    NotFoundError,
    PartnerError,
    RefusedError,
    StoreError,
)
from abate.web import pages

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("abate.web")

_STATUS: Mapping[type[AbateError], int] = MappingProxyType(
    {
        InputError: 422,
        NotFoundError: 404,
        ConflictError: 409,
        RefusedError: 403,
        PartnerError: 502,
        StoreError: 503,
    }
)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape of every error that the API answers."""

    type: str
    """``urn:abate:problem:`` and the status's name; stable, for programs."""
    title: str
    """The status's phrase."""
    status: int
    detail: str
    """What happened, where, and what to do."""
    errors: tuple[str, ...] = ()
    """One line for each field that is wrong, where there are several."""


def problem(status: int, detail: str, errors: tuple[str, ...] = ()) -> Problem:
    """Make the problem of an HTTP status."""
    phrase = HTTPStatus(status).phrase
    name = phrase.lower().replace(" ", "-").replace("'", "")
    return Problem(type=f"urn:abate:problem:{name}", title=phrase, status=status, detail=detail, errors=errors)


def of_error(error: AbateError) -> Problem:
    """Turn an error of ours into its problem; the class decides the status, the message is the detail."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    return problem(status, _sentence(str(error)))


def on_our_error(request: Request[Any, Any, Any], error: AbateError) -> Response[bytes]:
    """Answer an error raised on purpose."""
    if isinstance(error, StoreError):
        _LOG.error("the store failed: %s", error)
    return answer(request, of_error(error))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer an error that the framework or a guard raised."""
    status, detail = error.status_code, error.detail
    errors: tuple[str, ...] = ()
    if isinstance(error, ValidationException):
        status, detail, errors = 422, "the request does not fit; see errors", _validation_lines(error)
    elif status in _WORDS:
        detail = _WORDS[status]
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_surprise(request, error)
    if isinstance(error, NotAuthorizedException) and pages.wants_page(request):
        return pages.to_login(request)
    response = answer(request, problem(status, _sentence(detail), errors))
    for name, value in (error.headers or {}).items():
        response.set_header(name, value)
    return response


_WORDS: Mapping[int, str] = MappingProxyType(
    {
        404: "nothing is here; check the address",
        405: "this address does not take that method; the Allow header names those it takes",
        413: "the request body is too large; send less at once",
    }
)


def on_surprise(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer what nobody foresaw: log it under an incident number, and say no more than that."""
    incident = secrets.token_hex(4)
    _LOG.error("incident %s at %s %s", incident, request.method, request.url.path, exc_info=error)
    detail = f"Something failed on our side. The log has it as incident {incident}; nothing of this request was kept."
    return answer(request, problem(500, detail))


def answer(request: Request[Any, Any, Any], found: Problem) -> Response[bytes]:
    """Answer a problem as JSON to a program and as a page to a person."""
    if pages.wants_page(request):
        return pages.error_page(request, title=found.title, status=found.status, detail=found.detail)
    return Response(content=msgspec.json.encode(found), status_code=found.status, media_type=MEDIA_TYPE)


async def unknown_host(send: Send) -> None:
    """Refuse a request for a name that is not ours, without touching anything else."""
    found = problem(421, "This server does not answer for that Host; name it in the setting `hosts`.")
    body = msgspec.json.encode(found)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _validation_lines(error: ValidationException) -> tuple[str, ...]:
    extra = error.extra if isinstance(error.extra, list) else []
    lines = (
        ": ".join(str(part) for part in (item.get("key"), item.get("message")) if part)
        for item in extra
        if isinstance(item, dict)
    )
    return tuple(line for line in lines if line)


def _sentence(text: str) -> str:
    trimmed = text.strip()
    whole = trimmed[:1].upper() + trimmed[1:]
    return whole if not whole or whole[-1] in ".!?" else f"{whole}."
