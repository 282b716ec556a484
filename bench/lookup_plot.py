"""What one lookup costs by the number of hashes, drawn from ``records/lookup.json``; both axes are logarithmic.

``python -m bench.lookup --plot`` measures and draws; nothing is measured here.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from abate.measurement.drawing.lettering import lettered
from abate.measurement.drawing.plane import Frame, Margins
from abate.measurement.drawing.style import STYLE

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
RECORD = Path(__file__).parent / "records" / "lookup.json"
NAMES = {
    "index, batch": "abate, in batches",
    "index, one by one": "abate, one by one",
    "faiss IndexBinaryFlat, batch": "faiss Flat",
    "faiss IndexBinaryMultiHash, batch": "faiss MultiHash",
}
"""What a row of the record is called in the drawing, in the order of its colours."""
WIDTH, HEIGHT = 720, 360
MARGINS = Margins(left=64, right=132, top=40, bottom=52)
LINE = 15
"""Pixels from one name to the next where two curves end at one place."""
PEER_STYLE = ".abate-chart .peer{stroke-dasharray:6 4}.abate-chart .name{fill:var(--curve);font-weight:600}"
Rows = list[dict[str, Any]]


def kept() -> Rows:
    return list(json.loads(RECORD.read_text("utf-8"))["rows"]) if RECORD.exists() else []


def keep(new: Rows) -> None:
    """Put rows into the record, in the place of those of the same size."""
    sizes = {found["size"] for found in new}
    rows = [found for found in kept() if found["size"] not in sizes] + new
    rows.sort(key=lambda found: (found["size"], list(NAMES).index(found["index"])))
    RECORD.write_text(json.dumps({"rows": rows}, indent=1) + "\n", "utf-8")


def curves(rows: Rows) -> dict[str, list[tuple[int, float]]]:
    """Return, for each name in the drawing, hashes and microseconds."""
    found = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["size"]):
        found[NAMES[row["index"]]].append((row["size"], row["seconds"] * 1e6))
    return {name: found[name] for name in NAMES.values() if name in found}


def drawn(rows: Rows) -> str:
    """Return the drawing as SVG text."""
    lines = curves(rows)
    sizes = [size for line in lines.values() for size, _ in line]
    times = [time for line in lines.values() for _, time in line]
    frame = Frame(
        width=WIDTH,
        height=HEIGHT,
        first=math.log10(min(sizes)),
        last=math.log10(max(sizes)),
        bottom=math.floor(math.log10(min(times))),
        top=math.ceil(math.log10(max(times))),
        margins=MARGINS,
    )
    return "\n".join((*head(lines, rows), *axes(frame), *plotted(lines, frame), *names(lines, frame), "</svg>", ""))


def head(lines: dict[str, list[tuple[int, float]]], rows: Rows) -> Iterator[str]:
    ends = "; ".join(f"{name} {said(line[-1][1])} among {line[-1][0]:,} hashes" for name, line in lines.items())
    dates = sorted({row["date"] for row in rows})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    described = f"Processor time of one exact lookup within 31 of 256 bits, one thread, measured {when}. {ends}."
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="abate-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'direction="ltr" aria-labelledby="lookup-title lookup-desc">'
        '<title id="lookup-title">What one lookup costs, by the number of known hashes</title>'
        f'<desc id="lookup-desc">{lettered(described)}</desc>'
    )
    yield f"<style>{STYLE}{PEER_STYLE}</style>"
    title = "Processor time of one exact lookup, radius 31, one thread"
    yield f'<text class="title" x="{MARGINS.left}" y="16">{title}</text>'


def axes(frame: Frame) -> Iterator[str]:
    left, right, foot = MARGINS.left, WIDTH - MARGINS.right, HEIGHT - MARGINS.bottom
    for power in range(int(frame.bottom), int(frame.top) + 1):
        y = frame.y(power)
        yield f'<path class="{"grid" if power > frame.bottom else "axis"}" d="M{left} {y:.1f}H{right}"/>'
        yield f'<text class="label" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{said(10.0**power)}</text>'
    for power in range(math.ceil(frame.first), math.floor(frame.last) + 1):
        x = frame.x(power)
        yield f'<path class="axis" d="M{x:.1f} {foot}v5"/>'
        yield f'<text class="label" x="{x:.1f}" y="{foot + 20}" text-anchor="middle">{counted(power)}</text>'
    middle = (left + right) / 2
    yield f'<text class="label" x="{middle:.1f}" y="{foot + 40}" text-anchor="middle">known hashes</text>'


def plotted(lines: dict[str, list[tuple[int, float]]], frame: Frame) -> Iterator[str]:
    for hue, (name, line) in enumerate(lines.items(), 1):
        places = [(frame.x(math.log10(size)), frame.y(math.log10(time))) for size, time in line]
        corners = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        peer = " peer" if "faiss" in name else ""
        yield f'<path class="line hue-{hue}{peer}" d="M{corners}"/>'
        for (x, y), (size, time) in zip(places, line, strict=True):
            told = lettered(f"{name}, {size:,} hashes: {said(time)}")
            yield f'<circle class="dot hue-{hue}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{told}</title></circle>'


def names(lines: dict[str, list[tuple[int, float]]], frame: Frame) -> Iterator[str]:
    """Write each name behind the end of its curve, one below the other where they would meet.

    A curve that ends before the others has its name before its end, above it, where no other curve runs.
    """
    last = max(line[-1][0] for line in lines.values())
    ends = [
        (frame.y(math.log10(line[-1][1])), frame.x(math.log10(line[-1][0])), hue, name)
        for hue, (name, line) in enumerate(lines.items(), 1)
    ]
    ends.sort()
    places = [y for y, *_ in ends]
    for upper, lower in pairwise(range(len(places))):
        lack = LINE - (places[lower] - places[upper])
        if lack > 0:
            places[upper] -= lack / 2
            places[lower] += lack / 2
    for y, (end, x, hue, name) in zip(places, ends, strict=True):
        if lines[name][-1][0] < last:
            before = f'x="{x - 9:.1f}" y="{end - 4:.1f}" text-anchor="end"'
            yield f'<text class="name hue-{hue}" {before}>{lettered(name)}</text>'
        else:
            yield f'<text class="name hue-{hue}" x="{x + 9:.1f}" y="{y + 4:.1f}">{lettered(name)}</text>'


def said(microseconds: float) -> str:
    """Return a time of two digits with its unit."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size * 0.9995:
            return f"{rounded(microseconds / size)} {unit}"
    return f"{rounded(microseconds)} µs"


def rounded(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 and value != round(value) else f"{value:.0f}"


def counted(power: int) -> str:
    return {3: "1 thousand", 4: "10 thousand", 5: "100 thousand", 6: "1 million", 7: "10 million", 8: "100 million"}[
        power
    ]
