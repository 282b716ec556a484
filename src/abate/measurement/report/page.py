"""The seven claims and their charts as HTML: a fragment for a page of somebody else's, or a document of its own.

The document loads nothing: style and script stand inside and are named by their hashes in its content security policy,
downloads are data addresses, charts are SVG text. Without the script everything is still there; it only adds a reading
line to the charts.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from abate.measurement.claims.claim import Claim
from abate.measurement.claims.evidence import MISSING, token
from abate.measurement.claims.sentence import FORMS, Figure, Sentence, say
from abate.measurement.claims.seven import SevenClaims, Trust
from abate.measurement.drawing.chart import STYLE, Chart, render
from abate.measurement.drawing.heat_map import HEAT_STYLE, HeatMap, render_heat_map
from abate.measurement.drawing.small_chart import small_chart
from abate.measurement.drawing.values import as_csv
from abate.measurement.study.canonical import digest
from abate.measurement.wording import ENGLISH

ASSETS = Path(__file__).parent
"""``measure.css`` and ``measure.js`` serve the console and the report alike; ``report.css`` the report alone."""
SECTIONS = (
    "presence",
    "effect",
    "following",
    "survival",
    "views",
    "displacement",
    "reappearance",
    "stance",
    "overlap",
    "growth",
)
"""The charts behind the claims, in their order on the page."""
NAMES = frozenset({"text", "names"})
"""Forms of figures that are words from outside and no numbers."""

Drawn = Chart | HeatMap
Linked = Callable[[str, str], str]
"""From a chart's name and ``svg`` or ``csv`` to the address of the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Foot:
    """How somebody else checks the page."""

    hash: str
    """SHA-256 in hexadecimal."""
    command: str
    bundled: bool = False
    """Whether the hash is a bundle's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """All that is shown."""

    claims: SevenClaims
    charts: Mapping[str, Drawn]
    foot: Foot
    title: str = ""
    invented: bool = False
    """Whether the data are invented, so that the truth stands beside each estimate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One chart behind the claims."""

    name: str
    chart: Markup
    csv: bool
    trust: Trust | None


def page_of(
    claims: SevenClaims, charts: Mapping[str, Drawn], *, command: str, title: str = "", invented: bool = False
) -> Page:
    """Return a page whose foot carries the hash of its own sentences and numbers."""
    return Page(
        claims=claims,
        charts=charts,
        foot=Foot(hash=digest(claims.to_json()), command=command),
        title=title,
        invented=invented,
    )


def fragment(page: Page, linked: Linked, *, catalogue: Mapping[str, str] = ENGLISH) -> str:
    """Return the page's content, to stand inside somebody else's page with ``measure.css`` and ``measure.js``."""
    return _render("claims.html", page, linked, catalogue)


def document(
    page: Page, *, catalogue: Mapping[str, str] = ENGLISH, language: str = "en", direction: str = "ltr"
) -> str:
    """Return one HTML file that loads nothing.

    :param catalogue: the sentences in the language
    :param direction: ``ltr`` or ``rtl``
    """
    style, script = report_style(), (ASSETS / "measure.js").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_source(style)}",
            f"script-src {_source(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    numbers = json.dumps(page.claims.to_json(), ensure_ascii=False, allow_nan=False, indent=1)
    return _render(
        "document.html",
        page,
        lambda name, kind: data_address(page.charts[name], kind),
        catalogue,
        style=Markup(style),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704 - our own files
        policy=policy,
        language=language,
        direction=direction,
        numbers=_data("application/json", numbers),
    )


@cache
def report_style() -> str:
    """Return the one style sheet of the document."""
    own = "\n".join((ASSETS / name).read_text("utf-8") for name in ("report.css", "measure.css"))
    return f"{own}\n{STYLE}{HEAT_STYLE}"


def _source(text: str) -> str:
    """Return how a content security policy names an inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def file_of(chart: Drawn, kind: str) -> str:
    """Return a chart as a file of its own: ``svg`` with its style inside, or ``csv``."""
    if isinstance(chart, HeatMap):
        return render_heat_map(chart) if kind == "svg" else heat_csv(chart)
    return render(chart) if kind == "svg" else as_csv(chart)


def heat_csv(chart: HeatMap) -> str:
    """Return the table of a heat map, a row for each pair."""
    cells = (
        f'"{_quoted(one)}","{_quoted(other)}",{"" if value is None else repr(value)}'
        for one, row in zip(chart.names, chart.values, strict=True)
        for other, value in zip(chart.names, row, strict=True)
    )
    return "\r\n".join(("one,other,share", *cells, ""))


def _quoted(text: str) -> str:
    safe = f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return safe.replace('"', '""')


def data_address(chart: Drawn, kind: str) -> str:
    """Return a chart's file as a data address."""
    return _data("image/svg+xml" if kind == "svg" else "text/csv", file_of(chart, kind))


def _data(media_type: str, text: str) -> str:
    return f"data:{media_type};charset=utf-8,{quote(text)}"


def _render(template: str, page: Page, linked: Linked, catalogue: Mapping[str, str], **more: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            page=page,
            linked=linked,
            sections=list(_sections(page)),
            undrawn=list(_undrawn(page)),
            small=lambda claim: _small(page, claim),
            trusts=lambda claim: [page.claims.trust[name] for name in claim.rests_on if name in page.claims.trust],
            word=lambda key: catalogue[key],
            told=lambda sentence: told(sentence, catalogue),
            **more,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def told(sentence: Sentence, catalogue: Mapping[str, str] = ENGLISH) -> Markup:
    """Return a sentence as HTML: each figure names the number it rests on, each foreign name keeps its direction."""
    return Markup("").join(
        escape(part) if isinstance(part, str) else _figure(part) for part in sentence.parts(catalogue)
    )


def _figure(figure: Figure) -> Markup:
    if figure.form in NAMES:
        return Markup("<bdi>{}</bdi>").format(FORMS[figure.form](figure.value))
    value = json.dumps(figure.value, ensure_ascii=False)
    shown = Markup('<data class="figure" value="{}" title="{}">{}</data>')
    return shown.format(value, figure.pointer, figure.shown)


def _small(page: Page, claim: Claim) -> Markup:
    chart = page.charts.get(claim.chart)
    if not isinstance(chart, Chart):
        return Markup("")
    return Markup(small_chart(chart, name=f"claim-{claim.name}"))  # noqa: S704 - escaped where it is drawn


def _sections(page: Page) -> Iterator[Section]:
    for name in SECTIONS:
        chart = page.charts.get(name)
        if chart is None or (name == "effect" and chart == page.charts.get("presence")):
            continue
        if isinstance(chart, HeatMap):
            drawn = render_heat_map(chart, standalone=False, name=f"chart-{name}")
        else:
            drawn = render(chart, standalone=False, width=520, height=290, name=f"chart-{name}")
        trust = page.claims.trust.get(name)
        yield Section(name=name, chart=Markup(drawn), csv=True, trust=trust)  # noqa: S704 - escaped where it is drawn


def _undrawn(page: Page) -> Iterator[tuple[str, Sentence]]:
    """Yield the sections that nothing can be drawn for, each with the reason where one is known."""
    evidence = page.claims.evidence
    for name in SECTIONS:
        if name not in page.charts and name in evidence.missing:
            yield name, say(evidence, "undrawn", why=(f"/{MISSING}/{token(name)}/why", "text"))
