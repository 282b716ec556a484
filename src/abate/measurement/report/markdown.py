"""The seven claims as Markdown: the same sentences, without the pictures."""

import json
import re
from collections.abc import Iterator, Mapping

from abate.measurement.claims.claim import Claim
from abate.measurement.claims.sentence import Figure, Sentence
from abate.measurement.drawing.lettering import unsteered
from abate.measurement.report.page import NAMES, Page
from abate.measurement.wording import ENGLISH

_MARKS = re.compile(r"([\\`*_\[\]<>#|~&]|:(?=//))")
"""What Markdown takes for itself, and the colon by which a bare address becomes a link."""


def markdown(page: Page, *, catalogue: Mapping[str, str] = ENGLISH) -> str:
    """Return the page as Markdown. Names from outside are escaped: a platform may be called anything."""
    return "\n".join(_lines(page, catalogue)) + "\n"


def _lines(page: Page, catalogue: Mapping[str, str]) -> Iterator[str]:
    yield f"# {_plain(page.title) or catalogue['page.title']}"
    yield ""
    yield catalogue["page.lead"]
    yield ""
    if page.invented:
        yield f"> {catalogue['page.truth_lead']}"
        yield ""
    yield f"## {catalogue['page.frame']}"
    yield ""
    yield from (f"- {_told(one, catalogue)}" for one in page.claims.frame)
    yield ""
    yield f"## {catalogue['page.claims']}"
    for place, claim in enumerate(page.claims.claims, start=1):
        yield ""
        yield from _claim(place, claim, page, catalogue)
    yield ""
    yield f"## {catalogue['page.figures']}"
    yield ""
    yield from _figures(page, catalogue)
    yield ""
    yield f"## {catalogue['page.foot']}"
    yield ""
    name = "page.bundle" if page.foot.bundled else "page.hash"
    yield f"- {catalogue[name]}: `{page.foot.hash}`"
    yield f"- {catalogue['page.rerun']}: {_code(page.foot.command)}"


def _claim(place: int, claim: Claim, page: Page, catalogue: Mapping[str, str]) -> Iterator[str]:
    yield f"### {place}. {catalogue[f'claim.{claim.name}']}: *{catalogue[f'verdict.{claim.verdict.value}']}*"
    yield ""
    yield f"**{_told(claim.sentence, catalogue)}**"
    for one in claim.details:
        yield _told(one, catalogue)
    yield ""
    if claim.truth is not None:
        yield f"- {catalogue['page.truth']}: {_told(claim.truth, catalogue)}"
    yield f"- {catalogue['page.rival']}: {_told(claim.rival, catalogue)}"
    yield f"- {catalogue['page.mind']}: {_told(claim.mind, catalogue)}"
    trusted = (page.claims.trust[name] for name in claim.rests_on if name in page.claims.trust)
    warnings = dict.fromkeys(_told(one, catalogue) for trust in trusted for one in trust.warnings)
    if warnings:
        yield f"- {catalogue['page.warns']}:"
        yield from (f"  - {one}" for one in warnings)


def _figures(page: Page, catalogue: Mapping[str, str]) -> Iterator[str]:
    """Yield a table of every figure that is not a name: as shown, as it is, and where it stands in the numbers."""
    yield f"| {catalogue['page.figure']} | {catalogue['page.value']} | {catalogue['page.pointer']} |"
    yield "|---|---|---|"
    told = (*page.claims.frame, *(one for claim in page.claims.claims for one in claim.sentences()))
    figures = (figure for one in told for figure in one.figures if figure.form not in NAMES)
    rows = {
        (figure.pointer, figure.shown): f"| {_plain(figure.shown)} | {_value(figure)} | {_plain(figure.pointer)} |"
        for figure in figures
    }
    yield from (rows[place] for place in sorted(rows))


def _value(figure: Figure) -> str:
    return _plain(json.dumps(figure.value, ensure_ascii=False))


def _told(sentence: Sentence, catalogue: Mapping[str, str]) -> str:
    return "".join(part if isinstance(part, str) else _plain(part.shown) for part in sentence.parts(catalogue))


def _code(untrusted_text: str) -> str:
    """Return a command as code: a folder may be called anything, a backtick included."""
    line = unsteered(" ".join(untrusted_text.splitlines()))
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"


def _plain(untrusted_text: str) -> str:
    line = " ".join(untrusted_text.splitlines())
    return _MARKS.sub(r"\\\1", unsteered(line))
