"""Counts by hour or by day as bars: drawn on the server, coloured by the style sheet, read out by their titles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from abate.measurement.drawing.lettering import isolated, lettered

_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 6, 30, 20
_LEGEND = 18
_LETTER = 6.4
"""Rough width of a letter of a legend."""
_COLUMN = 480
"""Beyond this width a picture is scrolled in a narrow window, and not made too small to read."""
_LEAST = 1.5
"""Height of the smallest bar that is not nothing: one hit among thousands is still to be seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One series of counts, as long as the labels."""

    name: str
    values: Sequence[float]
    hue: int = 1
    """Which colour of the style sheet, from 1."""


def bars(
    title: str, labels: Sequence[str], rows: Sequence[Row], *, name: str, width: int = 480, height: int = 140
) -> str:
    """Draw the rows beside each other above their labels, as markup; nothing where there are no labels.

    :param name: of the picture on its page: no other has it
    """
    if not labels:
        return ""
    several = len(rows) > 1
    foot = height - _BOTTOM - (_LEGEND if several else 0)
    top = max((value for row in rows for value in row.values), default=0) or 1
    told = "; ".join(f"{row.name}: {_count(sum(row.values))}" for row in rows)
    look = " wide" if width > _COLUMN else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="abate-chart bars{look}" viewBox="0 0 {width} {height}" '
        f'role="img" direction="ltr" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{lettered(title)}</title><desc id="{name}-desc">{lettered(told)}</desc>'
    )
    parts = [
        head,
        f'<text class="title" x="0" y="13">{isolated(title)}</text>',
        *_ground(labels, top, width, foot),
        *(
            text
            for place, row in enumerate(rows)
            for text in _row(row, labels, (place, len(rows)), top, (width, foot), named=several)
        ),
        *(_legend(rows, height) if several else ()),
        "</svg>",
    ]
    return "\n".join(parts)


def _ground(labels: Sequence[str], top: float, width: int, foot: int) -> Iterator[str]:
    yield f'<path class="axis" d="M{_LEFT} {foot}H{width - _RIGHT}"/>'
    for value, y in ((top, _TOP), (0, foot)):
        yield f'<text class="label" x="{_LEFT - 5}" y="{y + 4}" text-anchor="end">{_count(value)}</text>'
    yield f'<path class="grid" d="M{_LEFT} {_TOP}H{width - _RIGHT}"/>'
    for text, x, anchor in ((labels[0], _LEFT, "start"), (labels[-1], width - _RIGHT, "end"))[: len(labels)]:
        yield f'<text class="label" x="{x}" y="{foot + 15}" text-anchor="{anchor}">{isolated(text)}</text>'


def _row(
    row: Row, labels: Sequence[str], place: tuple[int, int], top: float, size: tuple[int, int], *, named: bool
) -> Iterator[str]:
    width, foot = size
    step = (width - _LEFT - _RIGHT) / len(labels)
    wide = step * 0.8 / place[1]
    for at, (label, value) in enumerate(zip(labels, row.values, strict=True)):
        tall = max((foot - _TOP) * value / top, _LEAST) if value else 0
        x = _LEFT + step * (at + 0.1) + wide * place[0]
        said = lettered(f"{label}: {f'{row.name}, ' if named else ''}{_count(value)}")
        yield (
            f'<rect class="bar hue-{row.hue}" x="{x:.1f}" y="{foot - tall:.1f}" width="{wide:.1f}" '
            f'height="{tall:.1f}"><title>{said}</title></rect>'
        )


def _legend(rows: Sequence[Row], height: int) -> Iterator[str]:
    x, y = float(_LEFT), height - 5
    for row in rows:
        yield f'<rect class="bar hue-{row.hue}" x="{x:.0f}" y="{y - 9}" width="10" height="10"/>'
        yield f'<text class="legend" x="{x + 15:.0f}" y="{y}">{isolated(row.name)}</text>'
        x += 35 + _LETTER * len(row.name)


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
