"""A heat map: how much two things share, as squares whose number can be read and whose shade only helps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from abate.measurement.drawing.style import STYLE

SHADES = 5
HEAT_CLASSES = ("cell", *(f"heat-{shade}" for shade in range(SHADES)), "cell-label")

HEAT_STYLE = (
    ".abate-chart .cell{stroke:var(--rule)}"
    + "".join(
        f".abate-chart .heat-{shade}{{fill:var(--curve);fill-opacity:{shade * 0.17:.2f}}}" for shade in range(SHADES)
    )
    + ".abate-chart .cell-label{fill:var(--ink)}"
)
_CELL, _ROW, _LEFT, _TOP = 64, 34, 132, 62
_LONGEST = 18


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """A square table of shares."""

    title: str
    description: str
    names: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    """Row by row, each 0 to 1; ``None`` where nothing is known."""
    intervals: tuple[tuple[tuple[float, float] | None, ...], ...] = ()


def render_heat_map(chart: HeatMap, *, standalone: bool = True, name: str = "heat") -> str:
    """Draw the table. Parameters as of :func:`abate.measurement.drawing.chart.render`.

    :raises ValueError: when there is nothing to draw
    """
    if not chart.names:
        msg = "a heat map needs at least one name"
        raise ValueError(msg)
    width = max(_LEFT + _CELL * len(chart.names) + 16, 360)
    height = _TOP + _ROW * len(chart.names) + 12
    mark = escape(name)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="abate-chart" viewBox="0 0 {width} {height}" role="img" '
            f'direction="ltr" aria-labelledby="{mark}-title {mark}-desc">'
            f'<title id="{mark}-title">{escape(chart.title)}</title>'
            f'<desc id="{mark}-desc">{escape(chart.description)}</desc>'
        ),
        *((f"<style>{STYLE}{HEAT_STYLE}</style>",) if standalone else ()),
        f'<text class="title" x="8" y="16">\u2068{escape(chart.title)}\u2069</text>',
        *_names(chart.names),
        *(part for row in range(len(chart.names)) for part in _row(chart, row)),
        "</svg>",
    ]
    return "\n".join(parts)


def _names(names: Sequence[str]) -> Iterator[str]:
    for place, name in enumerate(names):
        x, y = _LEFT + _CELL * place + _CELL / 2, _TOP + _ROW * place + _ROW / 2 + 4
        yield _label(x, _TOP - 10, "middle", _short(name, 9))
        yield _label(_LEFT - 10, y, "end", _short(name, _LONGEST))


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="label" x="{x}" y="{y}" text-anchor="{anchor}">\u2068{text}\u2069</text>'


def _row(chart: HeatMap, row: int) -> Iterator[str]:
    for place, value in enumerate(chart.values[row]):
        x, y = _LEFT + _CELL * place, _TOP + _ROW * row
        shown = "–" if value is None else f"{100 * value:.0f} %"
        shade = 0 if value is None else min(int(value * SHADES), SHADES - 1)
        said = escape(f"{chart.names[row]} and {chart.names[place]}: {shown}{_interval(chart, row, place)}")
        yield (
            f'<g><title>{said}</title><rect class="cell heat-{shade}" x="{x}" y="{y}" width="{_CELL}" height="{_ROW}"/>'
            f'<text class="cell-label" x="{x + _CELL / 2}" y="{y + _ROW / 2 + 4}" text-anchor="middle">{shown}</text>'
            "</g>"
        )


def _interval(chart: HeatMap, row: int, place: int) -> str:
    pair = chart.intervals[row][place] if chart.intervals else None
    return "" if pair is None else f" [{100 * pair[0]:.0f}, {100 * pair[1]:.0f}]"


def _short(name: str, longest: int) -> str:
    return escape(name if len(name) <= longest else f"{name[: longest - 1]}…")
