"""The gates that a model passes before it is put in force. Each has a name, a figure and a limit.

What is asked: false positives on protected speech at or below one in a thousand, as a one-sided 95 % upper bound;
calibration; and conformal sets that cover what they say. A gate that has too few rows to tell is *not judged* and
prints its figure. That there are rows enough is a gate of its own, and only a promotion asks for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from abate.flows.training.figures import Figures

PROTECTED_LIMIT, PROTECTED_ROWS = 0.001, 3_000
"""The upper bound on protected speech that is put forward, and the items of a language from which it is a gate."""
ECE_LIMIT, ECE_LIMIT_LARGE, ECE_LARGE, ECE_ROWS = 0.06, 0.03, 3_000, 500
"""Calibration error: the limit, that for languages of 3,000 rows or more, and the rows below which it is chance."""
COVERAGE_ROWS = 100
LEAST_ROWS = 200
"""Rows of a language that the model speaks of, for a promotion."""


class Outcome(StrEnum):
    """What came of a gate."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"
    """Too few rows to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One gate in one language."""

    name: str
    language: str
    outcome: Outcome
    figure: float
    limit: float
    rows: int
    needed: bool = False
    """Whether a promotion is refused where it could not be judged."""

    @property
    def sentence(self) -> str:
        """Return what came of it, in words."""
        figure, limit = _shown(self.name, self.figure), _shown(self.name, self.limit)
        told = {
            Outcome.PASSED: f"passed: {figure}, limit {limit}",
            Outcome.FAILED: f"failed: {figure}, limit {limit}",
            Outcome.NOT_JUDGED: f"not judged on {self.rows} rows: {figure}, limit {limit}",
        }[self.outcome]
        return f"gate {self.name} in {self.language} {told}"


def gates_of(by_language: Mapping[str, Figures], floors: Mapping[str, float]) -> list[Gate]:
    """Judge every language that the model speaks of.

    :param floors: the languages that the model was calibrated on, each with the least coverage of a sound model; one
        without rows fails to have enough
    """
    out: list[Gate] = []
    for language, floor in sorted(floors.items()):
        figures = by_language.get(language)
        rows = figures.calibrated if figures else 0
        outcome = Outcome.PASSED if rows >= LEAST_ROWS else Outcome.NOT_JUDGED
        out.append(
            Gate(name="rows", language=language, outcome=outcome, figure=rows, limit=LEAST_ROWS, rows=rows, needed=True)
        )
        if figures:
            out += _of_language(figures, floor, language)
    return out


def _of_language(figures: Figures, floor: float, language: str) -> Iterator[Gate]:
    rows = figures.calibrated
    if figures.protected is not None:
        bound, items = figures.protected.upper, figures.protected.of
        outcome = _judged(items >= PROTECTED_ROWS, good=bound <= PROTECTED_LIMIT)
        yield Gate(
            name="protected", language=language, outcome=outcome, figure=bound, limit=PROTECTED_LIMIT, rows=items
        )
    if figures.ece is not None:
        limit = ECE_LIMIT_LARGE if rows >= ECE_LARGE else ECE_LIMIT
        outcome = _judged(rows >= ECE_ROWS, good=figures.ece <= limit)
        yield Gate(name="calibration", language=language, outcome=outcome, figure=figures.ece, limit=limit, rows=rows)
    if figures.coverage is not None and figures.coverage.share is not None:
        # Below by more than chance: the upper limit of the interval is what is held against the floor.
        outcome = _judged(rows >= COVERAGE_ROWS, good=figures.coverage.interval[1] >= floor)
        share = figures.coverage.share
        yield Gate(name="coverage", language=language, outcome=outcome, figure=share, limit=floor, rows=rows)


def _judged(enough: bool, *, good: bool) -> Outcome:  # noqa: FBT001 - reads as a sentence
    if not enough:
        return Outcome.NOT_JUDGED
    return Outcome.PASSED if good else Outcome.FAILED


def failed(gates: Iterable[Gate]) -> list[Gate]:
    """Return the gates that failed."""
    return [gate for gate in gates if gate.outcome is Outcome.FAILED]


def against_promotion(gates: Iterable[Gate]) -> list[Gate]:
    """Return the gates for which a promotion is refused: what failed, and what could not be judged and must be."""
    return [gate for gate in gates if gate.outcome is not Outcome.PASSED and (gate.needed or _failed(gate))]


def _failed(gate: Gate) -> bool:
    return gate.outcome is Outcome.FAILED


def _shown(name: str, value: float) -> str:
    if name == "rows":
        return f"{value:.0f} rows"
    return f"{100 * value:.3f} %" if name == "protected" else f"{value:.3f}"
