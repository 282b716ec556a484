"""Pictures of an evaluation: whether scores mean what they say, what each threshold costs, and where the scores lie."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from abate.domain.errors import InputError
from abate.flows.training.figures import Judged
from abate.flows.training.metrics import Bools, Floats, curve, reliability
from abate.measurement.drawing.chart import Chart, Kind, Point, Series, Tick, render
from abate.numeric.intervals import clopper_pearson

_BINS = 20
_MOST_POINTS = 400
_SHARES = tuple(Tick(x=one / 4, text=f"{25 * one} %") for one in range(5))


def write_plots(judged: Judged, folder: Path) -> list[Path]:
    """Write the pictures that these rows can give into ``folder``, each a file that needs no other.

    :return: the files
    :raises InputError: when the folder cannot be written
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, chart in _charts(judged):
            written.append(folder / f"{name}.svg")
            written[-1].write_text(render(chart), "utf-8")
    except OSError as error:
        msg = f"the plots cannot be written ({error.strerror}); name another folder"
        raise InputError(msg, where=str(folder)) from error
    return written


def _charts(judged: Judged) -> Iterator[tuple[str, Chart]]:
    known = judged.calibrated
    if not known.any() or not judged.violating:
        return
    positives = judged.bad[judged.truth]
    yield "reliability", _reliability(judged.scores[known], positives[known])
    if positives[known].any():
        yield "precision-recall", _precision_recall(judged, known, positives)
    yield "scores", _histogram(judged, known, positives)


def _reliability(scores: Floats, positives: Bools) -> Chart:
    points = []
    for one in reliability(scores, positives):
        if one.rows:
            low, high = clopper_pearson(round(one.seen * one.rows), one.rows)
            points.append(Point(x=one.foretold, value=one.seen, low=low, high=high, label=f"{one.rows} rows"))
    ideal = (Point(x=0.0, value=0.0), Point(x=1.0, value=1.0))
    return Chart(
        title="Share of violations by score",
        description="The share of violations in each bin of scores; on the dashed line a score means what it says.",
        points=tuple(points),
        ticks=_SHARES,
        top=1.0,
        share=True,
        name="seen",
        more=(Series(name="as foretold", points=ideal, kind=Kind.COUNTERFACTUAL),),
        x_name="score",
    )


def _precision_recall(judged: Judged, known: Bools, positives: Bools) -> Chart:
    languages = np.array(judged.rows.languages, dtype=object)
    series = []
    for code in sorted(set(languages[known].tolist())):
        chosen = known & (languages == code)
        if positives[chosen].any():
            series.append(Series(name=code, points=_steps(judged.scores[chosen], positives[chosen])))
    first, *rest = series
    return Chart(
        title="Precision at each share found",
        description="Precision against recall, a line for each language: what is right of what would be put forward.",
        points=first.points,
        ticks=_SHARES,
        top=1.0,
        share=True,
        name=first.name,
        more=tuple(rest),
        x_name="recall",
    )


def _steps(scores: Floats, positives: Bools) -> tuple[Point, ...]:
    thresholds, flagged, hits = curve(scores, positives)
    found = int(positives.sum())
    step = len(thresholds) // _MOST_POINTS + 1
    places = sorted({*range(0, len(thresholds), step), len(thresholds) - 1})
    return tuple(
        Point(x=hits[one] / found, value=hits[one] / flagged[one], label=f"from {thresholds[one]:.3f}")
        for one in places
    )


def _histogram(judged: Judged, known: Bools, positives: Bools) -> Chart:
    protected = np.array(judged.rows.protected, np.bool_)
    kinds = {"violations": positives, "others": ~positives & ~protected, "protected": protected & ~positives}
    series = [
        Series(name=name, points=_bars(judged.scores[known & chosen]))
        for name, chosen in kinds.items()
        if (known & chosen).any()
    ]
    first, *rest = series
    return Chart(
        title="Where the scores lie",
        description="The share of each kind of row in each twentieth of the scores.",
        points=first.points,
        ticks=_SHARES,
        step=True,
        share=True,
        name=first.name,
        more=tuple(rest),
        x_name="score",
    )


def _bars(scores: Floats) -> tuple[Point, ...]:
    counts, edges = np.histogram(scores, bins=_BINS, range=(0.0, 1.0))
    shares = [*(counts / len(scores)).tolist(), counts[-1] / len(scores)]
    return tuple(Point(x=float(edge), value=float(share)) for edge, share in zip(edges, shares, strict=True))
