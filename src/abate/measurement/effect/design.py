"""The numbers an effect is estimated from: outcome, regressors, and where the intervention starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_BEFORE = 8
"""Seen periods before the start below which no drift can be told from noise."""
_LEAST_SPREAD = 1e-9
_SPARE = 3
_DEPENDENT = 1e-7


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """One outcome with its regressors on the scale that is modelled."""

    outcome: Floats
    """Shape ``(times,)``; NaN where it was not seen or a regressor is missing."""
    regressors: Floats
    """Shape ``(times, regressors)``, standardised on the time before the start; NaN nowhere."""
    start: int
    """The first treated place."""
    trend: bool = False
    """Let the outcome run along a straight line before the start."""

    @property
    def seen(self) -> Flags:
        """Return where the outcome is known."""
        return np.isfinite(self.outcome)

    @property
    def spread(self) -> float:
        """Return the standard deviation of the outcome before the start."""
        return float(np.nanstd(self.outcome[: self.start], ddof=1))

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Return how many periods after the start each seen period after it lies."""
        return np.flatnonzero(self.seen[self.start :])

    def window(self, first: int, start: int, stop: int) -> "Design":
        """Return the same series cut to ``[first, stop)`` with another start, as if nothing else were known.

        A regressor that says nothing in the shorter time before the start is left out there.
        """
        cut = replace(
            self, outcome=self.outcome[first:stop], regressors=self.regressors[first:stop], start=start - first
        )
        if not self.regressors.shape[1]:
            return cut
        return replace(
            cut, regressors=cut.regressors[:, _independent(cut.regressors[: cut.start][cut.seen[: cut.start]])]
        )

    def bare(self) -> "Design":
        """Return the same without regressors."""
        return replace(self, regressors=self.regressors[:, :0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """A regressor that carries nothing of its own before the start."""

    name: str
    why: str


def standardised(
    outcome: Floats, columns: Sequence[tuple[str, Floats]], start: int
) -> tuple[Floats, Floats, list[Dropped]]:
    """Return the outcome, NaN where a regressor is missing; the standardised regressors; and those left out.

    :param columns: name and values, shape ``(times,)`` each
    """
    known = np.isfinite(outcome)
    for _, values in columns:
        known = known & np.isfinite(values)
    kept: list[Floats] = [np.ones(int(known[:start].sum()))]
    out: list[Floats] = []
    dropped: list[Dropped] = []
    for name, values in columns:
        before = values[:start][known[:start]]
        why = _useless(before, kept)
        if why:
            dropped.append(Dropped(name=name, why=why))
            continue
        kept.append(before)
        scaled = (values - before.mean()) / before.std()
        out.append(np.where(np.isfinite(scaled), scaled, 0.0))
    table = np.column_stack(out) if out else np.zeros((len(outcome), 0))
    return np.where(known, outcome, np.nan), table, dropped


def _useless(before: Floats, kept: Sequence[Floats]) -> str:
    """Say why a column adds nothing to those kept; empty when it does."""
    if not len(before) or before.std() <= _LEAST_SPREAD * (np.abs(before).max() or 1.0):
        return "it does not vary before the start"
    basis = np.column_stack(kept)
    left = before - basis @ np.linalg.lstsq(basis, before, rcond=None)[0]
    if left.std() <= _DEPENDENT * before.std():
        return "before the start it follows from the other regressors"
    return ""


def _independent(before: Floats) -> Flags:
    """Return which columns add something to a constant and the columns on their left."""
    table = np.column_stack([np.ones(len(before)), before])
    scale = np.linalg.norm(before, axis=0)
    left = np.abs(np.diagonal(np.linalg.qr(table, mode="r")))[1:]
    flags: Flags = np.zeros(before.shape[1], dtype=np.bool_)
    flags[: len(left)] = left > _DEPENDENT * scale[: len(left)]
    return flags


def check_usable(design: Design, *, what: str) -> None:
    """Refuse what no method can say anything about.

    :param what: the outcome's name, for the sentence
    :raises InputError: with too few seen periods on either side, too many regressors, or a constant outcome
    """
    seen = design.seen
    before, after = int(seen[: design.start].sum()), int(seen[design.start :].sum())
    needed = max(FEWEST_BEFORE, design.regressors.shape[1] + int(design.trend) + 1 + _SPARE)
    if before < needed:
        msg = (
            f"{what}: {before} usable periods lie before the start and {needed} are needed; start later, collect "
            "earlier periods, or use fewer controls"
        )
        raise InputError(msg)
    if not after:
        msg = f"{what}: no usable period lies at or after the start; start earlier or collect longer"
        raise InputError(msg)
    values = design.outcome[: design.start][seen[: design.start]]
    if np.ptp(values) <= _LEAST_SPREAD * (np.abs(values).max() or 1.0):
        msg = f"{what}: the outcome does not vary before the start, so that nothing tells chance from change"
        raise InputError(msg)
