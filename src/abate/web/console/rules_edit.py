"""The editor of rules: checked while somebody writes, completed from what this platform knows, saved as a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from abate.domain.errors import InputError
from abate.domain.person import Permission
from abate.flows.rules import life
from abate.flows.rules.starter import starters
from abate.flows.rules.words import words
from abate.policy.rules.errors import RuleError
from abate.web import pages
from abate.web.console.rule_pages import address, by
from abate.web.entry import kit_of
from abate.web.forms import Form, FormIn
from abate.web.pages import Page, PageRequest

MOST: Final = 40_000
"""Characters that the editor takes; a longer file goes through the command line."""
BODY: Final = 512 * 1024
"""Bytes of a form with that many characters, each of which may take nine."""
FILE: Final = "your text"
"""What an error calls the place where it stands."""
_AROUND: Final = 60
"""Characters of a line that are shown on each side of what is wrong with it."""

SKETCH: Final = """rule(
    name="",
    when=,
    then=review,
    because="",
    owner="{owner}",
)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """What is wrong, where, and the place itself."""

    line: int
    column: int
    message: str
    before: str
    at: str
    after: str


@get("/rules/new", permission=Permission.RULES_EDIT, sync_to_thread=True)
def new_page(request: PageRequest) -> Page:
    """Show an editor with a sketch of a rule, or with the starter rule that the address names."""
    wanted = request.query_params.get("starter", "")
    found = next((one.text for one in starters() if one.name == wanted), "")
    return _editor(request, found or SKETCH.replace("{owner}", request.scope["user"].user.name.replace('"', "")))


@get("/rules/{ref:str}/edit", permission=Permission.RULES_EDIT, sync_to_thread=True)
def edit_page(request: PageRequest, ref: FromPath[str]) -> Page:
    """Show an editor with the text of a version; what is saved is another one."""
    version = life.found(kit_of(request), ref)
    return _editor(request, version.text, name=version.name, back=address(version))


@post("/rules/new", permission=Permission.RULES_EDIT, sync_to_thread=True, request_max_body_size=BODY)
def save(request: PageRequest, form: FormIn) -> Page:
    """Keep the rules as drafts; with a mistake in them, show the same text again with every mistake at its place."""
    kit, name, text = kit_of(request), form.text("name"), ""
    try:
        text = form.written("text", most=MOST)
        drafted = life.draft(kit, _needed(text), by=by(request))
    except RuleError:
        return _editor(request, text, name=name, mistakes=_mistakes(text, life.problems(kit, text, FILE)), status=422)
    except InputError as error:
        return _editor(request, text, name=name, error=str(error), status=422)
    return pages.to(f"{address(drafted[0])}&done=1" if len(drafted) == 1 else "/rules?done=1")


@post("/rules/check", permission=Permission.RULES_EDIT, sync_to_thread=True, request_max_body_size=BODY)
def check(request: PageRequest, form: FormIn) -> Response[bytes]:
    """Say what is wrong with a text that is being written, as JSON; nothing of it is kept."""
    found, rules = _checked(request, form)
    content = {"mistakes": [{"line": m.line, "column": m.column, "message": m.message} for m in found], "rules": rules}
    return Response(content=msgspec.json.encode(content), media_type="application/json", status_code=200)


def _checked(request: PageRequest, form: Form) -> tuple[list[Mistake], list[dict[str, str]]]:
    kit = kit_of(request)
    try:
        text = _needed(form.written("text", most=MOST))
    except InputError as error:
        return [Mistake(line=1, column=1, message=error.bare, before="", at="", after="")], []
    wrong = _mistakes(text, life.problems(kit, text, FILE))
    if wrong:
        return wrong, []
    return [], [{"name": rule.name, "then": rule.then.value} for rule in life.check(kit, text, FILE).rules]


def _needed(text: str) -> str:
    if not text.strip():
        msg = "there is no rule in it yet; write rule(name=…, when=…, then=…, because=…, owner=…)"
        raise InputError(msg)
    return text


def _mistakes(text: str, errors: Sequence[RuleError]) -> list[Mistake]:
    lines = text.split("\n")
    made = []
    for error in errors:
        line = lines[error.line - 1] if error.line <= len(lines) else ""
        at = error.column - 1
        made.append(
            Mistake(
                line=error.line,
                column=error.column,
                message=error.bare,
                before=line[max(at - _AROUND, 0) : at],
                at=line[at : at + 1],
                after=line[at + 1 : at + 1 + _AROUND],
            )
        )
    return made


def _editor(request: PageRequest, text: str, *, name: str = "", status: int = 200, **shown: Any) -> Page:  # noqa: ANN401 - what the template names
    made = {"mistakes": (), "error": "", "back": "/rules"} | shown
    return pages.page(
        request,
        "rule_edit.html",
        status=status,
        text=text,
        name=name,
        most=MOST,
        rows=min(max(text.count("\n") + 3, 14), 400),
        words=words(kit_of(request)).words,
        **made,
    )


@get("/rules/words.json", permission=Permission.RULES_EDIT, sync_to_thread=True)
def words_file(request: PageRequest) -> Response[bytes]:
    """Give the words that the editor completes."""
    return Response(content=msgspec.json.encode(words(kit_of(request))), media_type="application/json")
