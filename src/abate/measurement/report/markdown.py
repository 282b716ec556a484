"""The seven claims as Markdown: the same sentences, without the pictures."""

import re
from collections.abc import Iterator, Mapping

from abate.measurement.claims.claim import Claim
from abate.measurement.claims.sentence import Sentence
from abate.measurement.report.page import Page
from abate.measurement.wording import ENGLISH

_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")


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
    yield f"## {catalogue['page.foot']}"
    yield ""
    name = "page.bundle" if page.foot.bundled else "page.hash"
    yield f"- {catalogue[name]}: `{page.foot.hash}`"
    yield f"- {catalogue['page.rerun']}: `{page.foot.command}`"


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
    warnings = [one for name in claim.rests_on if name in page.claims.trust for one in page.claims.trust[name].warnings]
    if warnings:
        yield f"- {catalogue['page.warns']}: {'; '.join(_told(one, catalogue) for one in warnings)}"


def _told(sentence: Sentence, catalogue: Mapping[str, str]) -> str:
    return "".join(part if isinstance(part, str) else _plain(part.shown) for part in sentence.parts(catalogue))


def _plain(untrusted_text: str) -> str:
    return _MARKS.sub(r"\\\1", untrusted_text.replace("\n", " "))
