"""The values of a chart as CSV: what somebody else needs to draw it again."""

import csv
import io

from abate.measurement.drawing.shapes import Chart

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(chart: Chart) -> str:
    """Return a row for each point of each series."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([chart.x_name, "series", chart.unit or "value", "low", "high", "provisional"])
    for series in chart.all_series():
        for point in series.points:
            place = point.label.removeprefix("week of ").removeprefix("day ") or f"{point.x:g}"
            write.writerow(
                [
                    _cell(place),
                    _cell(series.name),
                    *("" if value is None else repr(value) for value in (point.value, point.low, point.high)),
                    "yes" if point.provisional else "",
                ]
            )
    return out.getvalue()


def _cell(untrusted_text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: a platform may be called anything."""
    return f"'{untrusted_text}" if untrusted_text.startswith(_FORMULA) else untrusted_text
