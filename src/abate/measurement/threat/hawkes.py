"""Bursts: whether an event brings further ones, of its own kind or the other, beyond a background that may change.

A rate that merely steps from high to low looks like contagion to a model with a constant background (a fitted branching
of .8 where there was none). So the background here is piecewise constant, with as many pieces as BIC asks for with
excitation or without, whichever is more, and an effect slower than a week is part of it. That is not enough: a rate
that swings without steps still has a fitted branching of .1 to .3. Whether there is any is not told from the fit, but
by :mod:`abate.measurement.threat.timing`. It remains a description of timing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number
from abate.measurement.footing import Json
from abate.measurement.threat.hawkes_kernel import likelihood
from abate.numeric.intervals import LEVEL

Reals = npt.NDArray[np.float64]

PIECES = (1, 2, 4, 8, 16, 32, 64)
FEWEST_EVENTS = 50
KINDS = ("online", "incidents")
SLOWEST = 7.0
"""Days: the longest mean time from an event to what follows it. Beyond it nothing tells a pull from a background."""
_EVENTS_A_PIECE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Excitation:
    """What brings events of one kind."""

    target: str
    background: Reals
    """Rate of each piece, events a day, shape ``(pieces,)``."""
    pull: tuple[float | None, float | None]
    """Events of the target that one online event, and one incident, brings on average; ``None`` where none was."""
    decay: float
    """Per day: the pull of an event halves in ``log 2 / decay`` days."""
    log_likelihood: float
    poisson_log_likelihood: float
    """Of the same background without excitation, fitted by itself."""
    bic: float
    poisson_bic: float
    """The best over the numbers of pieces."""
    p: tuple[float | None, float | None] = (None, None)
    """How likely so much closeness to either kind is by chance; ``None`` where that was not, or cannot be, asked."""

    @property
    def shown(self) -> bool:
        """Return whether more than a changing background is shown."""
        return self.bic < self.poisson_bic and any(p is not None and p <= 1 - LEVEL for p in self.p)

    def to_json(self) -> Json:
        """Return the target's object."""
        return {
            "background": [number(rate) for rate in self.background.tolist()],
            "branching": dict(zip(KINDS, map(number, self.pull), strict=True)),
            "p": dict(zip(KINDS, map(number, self.p), strict=True)),
            "half_life_days": number(float(np.log(2)) / self.decay),
            "log_likelihood": number(self.log_likelihood),
            "poisson_log_likelihood": number(self.poisson_log_likelihood),
            "prefers": "excitation" if self.shown else "changing background alone",
        }


def enough(events: int, kind: str) -> None:
    """Refuse what is too little to tell bursts from.

    :raises InputError: with fewer than fifty events
    """
    if events < FEWEST_EVENTS:
        msg = f"{kind}: {events} events are too few for their bursts; {FEWEST_EVENTS} are the least: leave --bursts out"
        raise InputError(msg)


def excitation(times: Sequence[Reals], end: float, target: int, pieces: Sequence[int] = PIECES) -> Excitation:
    """Fit one kind of event.

    :param times: for each of the two kinds, times in days from the start; need not be in order
    :param end: of the observation, in days, not before the last event
    :param target: 0 online events, 1 incidents
    :param pieces: numbers of background pieces to choose from
    :raises InputError: with fewer than fifty events of the target
    """
    mine = len(times[target])
    enough(mine, KINDS[target])
    joined = np.concatenate(times)
    order = np.argsort(joined, kind="stable")
    marks = np.repeat(np.arange(2), [len(times[0]), len(times[1])])[order]
    tried = [count for count in pieces if count == 1 or mine >= _EVENTS_A_PIECE * count]
    fits = {count: _fit(joined[order], marks, end, target, count) for count in tried}
    alone = min(fits, key=lambda count: fits[count].poisson_bic)
    excited = min(fits, key=lambda count: fits[count].bic)
    # With fewer pieces than the rate asks for, the pull would stand in for the missing ones.
    return replace(fits[max(alone, excited)], poisson_bic=fits[alone].poisson_bic)


def _fit(times: Reals, marks: npt.NDArray[np.int64], end: float, target: int, count: int) -> Excitation:
    from scipy.optimize import minimize  # heavy: only where a fit is asked for

    edges = np.linspace(0, end, count + 1)
    bins = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, count - 1)
    wide = end / count
    mine = np.bincount(bins[marks == target], minlength=count).astype(np.float64)
    flat = np.maximum(mine, 0.5) / wide
    typical = max(len(times) / end, 1e-9)

    def cost(given: Reals) -> tuple[float, Reals]:
        rates, pull, decay = np.exp(given[:count]), given[count : count + 2], float(np.exp(given[-1]))
        found = likelihood(times, marks, bins, target, np.append(rates, end), pull, decay)
        value = found[0] + wide * rates.sum()
        gradient = found[1:].copy()
        gradient[:count] = (gradient[:count] + wide) * rates
        gradient[-1] *= decay
        return float(value), gradient

    slow, fast = float(np.log(1 / SLOWEST)), float(np.log(max(1000 * typical, 10.0)))
    start = np.concatenate([np.log(flat * 0.7), [0.15, 0.15], [np.clip(np.log(typical), slow, fast)]])
    room = [(-30.0, 30.0)] * count + [(0.0, 10.0)] * 2 + [(slow, fast)]
    done = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=room, options={"maxiter": 500, "ftol": 1e-12})
    value = -float(done.fun)
    # An empty piece has rate zero and contributes nothing, as x log x does at zero.
    alone = float((mine[mine > 0] * np.log(mine[mine > 0] / wide)).sum() - mine.sum())
    penalty = float(np.log(max(mine.sum(), 2)))
    return Excitation(
        target=KINDS[target],
        background=np.exp(done.x[:count]),
        pull=(_seen(done.x[count], marks, 0), _seen(done.x[count + 1], marks, 1)),
        decay=float(np.exp(done.x[-1])),
        log_likelihood=value,
        poisson_log_likelihood=alone,
        bic=penalty * (count + 3) - 2 * value,
        poisson_bic=penalty * count - 2 * alone,
    )


def _seen(pull: float, marks: npt.NDArray[np.int64], kind: int) -> float | None:
    return float(pull) if (marks == kind).any() else None
