"""The interrupted time series: a step and a change of slope, with autoregressive errors.

The design is the segmented regression of Wagner et al. 2002; its errors follow an AR process of order 1 to 3. Least
squares would take neighbouring weeks for independent ones and claim far too much; a covariance corrected afterwards
(Newey and West) helps little in a hundred weeks. Here coefficients (flat) and the innovation variance (1/σ²) drop out
exactly, as in restricted likelihood (Harville 1974), and the autocorrelations are summed over a grid with a uniform
density on each *partial* autocorrelation, so that not knowing them widens the interval as it should. The order is the
one of greatest marginal density: the penalty for a further term is the sum itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abate.measurement.effect.design import Design
from abate.measurement.effect.mixture import Floats, Mixture, weights_of
from abate.measurement.effect.posterior import Posterior
from abate.numeric.intervals import LEVEL, Interval

MOST = 3
"""Highest order tried."""
_NODES = {1: 41, 2: 17, 3: 9}
"""Nodes on each axis of the grid, by order."""
_EDGE = 0.9995
"""A unit root itself has no stationary start."""
_WIDE = 1e-7


@dataclass(frozen=True, kw_only=True, slots=True)
class _Swept:
    """Everything the grid knows, one row a node."""

    partials: Floats
    coefficients: Floats
    inverse: Floats
    squares: Floats
    logs: Floats
    """Log of the density at the node times the node's share of the grid."""
    log_likelihoods: Floats
    """The restricted likelihood at its best innovation variance."""
    df: float


def fit_interrupted(design: Design, order: int = 0) -> Posterior:
    """Estimate the mean of step and slope over the seen periods after the start.

    :param design: checked by :func:`abate.measurement.effect.design.check_usable`
    :param order: of the errors; 0 chooses
    """
    table = design_table(design)
    base, outcome = _rest(design, table)
    chosen = order or _order_of(design, table, outcome)
    swept = _swept(design, table, outcome, chosen)
    return _posterior(design, table, base, swept)


def design_table(design: Design) -> Floats:
    """Return constant, line where asked for, regressors, step, and slope where two periods allow one."""
    times = np.arange(len(design.outcome)) - design.start
    columns = [np.ones(len(times)), *([times / max(design.start, 1)] if design.trend else []), *design.regressors.T]
    columns.append((times >= 0).astype(np.float64))
    if len(design.offsets) > 1:
        columns.append(np.maximum(times, 0).astype(np.float64))
    return np.column_stack(columns)


def _rest(design: Design, table: Floats) -> tuple[Floats, Floats]:
    """Return least squares and what it leaves, 0 where unseen: taken out beforehand, it keeps sums from cancelling."""
    rows = design.seen
    base = np.asarray(np.linalg.lstsq(table[rows], design.outcome[rows], rcond=None)[0], dtype=np.float64)
    return base, np.where(rows, design.outcome - table @ base, 0.0)


def _order_of(design: Design, table: Floats, outcome: Floats) -> int:
    found = {order: _swept(design, table, outcome, order).logs for order in range(1, MOST + 1)}
    density = {order: float(np.logaddexp.reduce(logs)) for order, logs in found.items()}
    return max(density, key=lambda order: density[order])


def _swept(design: Design, table: Floats, outcome: Floats, order: int) -> _Swept:
    """Sum over the whole range first, then over the box that holds the weight."""
    box = np.array([[-_EDGE, _EDGE]] * order)
    rough = _sweep(design, table, outcome, _grid(box, _NODES[order]))
    heavy = rough.partials[rough.logs > rough.logs.max() + np.log(_WIDE)]
    step = 2 * _EDGE / (_NODES[order] - 1)
    box = np.column_stack([np.maximum(heavy.min(axis=0) - step, -_EDGE), np.minimum(heavy.max(axis=0) + step, _EDGE)])
    return _sweep(design, table, outcome, _grid(box, _NODES[order]))


def _grid(box: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Return the nodes, shape ``(nodes ** order, order)``, and the log of each one's share of the prior."""
    points, shares = np.polynomial.legendre.leggauss(nodes)
    axes = [low + (points + 1) / 2 * (high - low) for low, high in box]
    parts = [np.log(shares * (high - low) / 4) for low, high in box]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(box))
    return mesh, np.sum(np.meshgrid(*parts, indexing="ij"), axis=0).ravel()


def _sweep(design: Design, table: Floats, outcome: Floats, grid: tuple[Floats, Floats]) -> _Swept:
    from abate.measurement.effect.interrupted_kernel import filter_errors  # numba: only where an effect is asked for

    partials, shares = grid
    columns = np.column_stack([outcome, table])
    cross, logs = np.zeros((len(partials), columns.shape[1], columns.shape[1])), np.zeros(len(partials))
    filter_errors(columns, design.seen, partials, cross, logs)
    inverse = np.asarray(np.linalg.inv(cross[:, 1:, 1:]), dtype=np.float64)
    coefficients = np.einsum("gij,gj->gi", inverse, cross[:, 1:, 0])
    left = cross[:, 0, 0] - np.einsum("gi,gi->g", coefficients, cross[:, 1:, 0])
    left = np.maximum(left, np.finfo(float).tiny)
    df = float(design.seen.sum() - table.shape[1])
    density = -0.5 * logs + 0.5 * np.linalg.slogdet(inverse)[1] - 0.5 * df * np.log(left)
    return _Swept(
        partials=partials,
        coefficients=coefficients,
        inverse=inverse,
        squares=left,
        logs=density + shares,
        log_likelihoods=density + 0.5 * df * np.log(df),
        df=df,
    )


def _likelihood_before(design: Design, order: int) -> float:
    """Return the best restricted likelihood of the time before the start, where no step confounds it."""
    before = design.window(0, design.start, design.start)
    table = design_table(before)[:, :-1]
    _, outcome = _rest(before, table)
    return float(_swept(before, table, outcome, order).log_likelihoods.max())


def _posterior(design: Design, table: Floats, base: Floats, swept: _Swept) -> Posterior:
    weight = weights_of(swept.logs)
    noise = swept.squares / swept.df
    width, offsets = table.shape[1], design.offsets
    places = (width - 2, width - 1) if len(offsets) > 1 else (width - 1,)
    step, slope = np.zeros(width), np.zeros(width)
    step[places[0]] = 1.0
    slope[places[1:]] = 1.0
    mean = step + slope * offsets.mean()
    would = table[design.start :].copy()
    would[:, places] = 0.0

    def along(rows: Floats) -> Mixture:
        """Return the distribution of coefficients weighed by each row, shape ``(nodes, rows)``."""
        location = swept.coefficients @ rows.T + (rows @ base)[None, :]
        spread = np.einsum("ti,gij,tj->gt", rows, swept.inverse, rows) * noise[:, None]
        return Mixture(weight=weight, location=location, scale=np.sqrt(spread), df=swept.df).light()

    def alone(row: Floats) -> Mixture:
        found = along(row[None, :])
        return Mixture(weight=found.weight, location=found.location[:, 0], scale=found.scale[:, 0], df=found.df)

    def ahead() -> tuple[Floats, Floats]:
        node = int(np.argmax(swept.logs))
        explained = table @ (swept.coefficients[node] + base)
        return _one_step(design, explained, swept.partials[node], float(np.sqrt(noise[node])))

    mean_row = would[offsets].mean(axis=0)
    return Posterior(
        effect=alone(mean),
        predicted=float(alone(mean_row).mean),
        relative=lambda: _ratio(alone, mean, mean_row),
        path=lambda: along(would),
        ahead=ahead,
        log_likelihood=lambda: _likelihood_before(design, swept.partials.shape[1]),
        persistence=float(weight @ (1 - np.prod(1 - swept.partials, axis=1))),
        order=swept.partials.shape[1],
        step=alone(step),
        slope=alone(slope) if len(offsets) > 1 else None,
    )


def _ratio(alone: Callable[[Floats], Mixture], effect: Floats, would: Floats) -> Interval | None:
    """Return the interval of effect over counterfactual (Fieller 1954).

    Whether ``effect - ratio · counterfactual`` lies below zero is a question about one linear combination.
    """
    tail = (1 - LEVEL) / 2
    base = alone(would)
    under = float(base.below(0.0))
    if min(under, 1 - under) > tail / 10:
        return None
    sign = 1.0 if under < 1 - under else -1.0
    middle, spread = (float(alone(effect).mean / base.mean), alone(effect).interval())
    reach = max(abs(spread[1] - spread[0]) / abs(float(base.mean)), 1e-12) * 20
    ends = []
    for share in (tail, 1 - tail):
        low, high = middle - reach, middle + reach
        for _ in range(60):
            ratio = (low + high) / 2
            below = float(alone(sign * (effect - ratio * would)).below(0.0))
            low, high = (ratio, high) if below < share else (low, ratio)
        ends.append((low + high) / 2)
    return ends[0], ends[1]


def _one_step(design: Design, explained: Floats, partials: Floats, noise: float) -> tuple[Floats, Floats]:
    """Return one-step expectations before the start, and the scaled errors wherever the past is complete."""
    weights = _weights(partials)
    order = len(weights)
    rest = design.outcome - explained
    ahead = np.full(len(rest), np.nan)
    for time in range(order, len(rest)):
        ahead[time] = weights @ rest[time - order : time][::-1]
    errors = (rest - ahead) / noise
    return (explained + ahead)[: design.start], errors[np.isfinite(errors)]


def _weights(partials: Floats) -> Floats:
    """Return the autoregressive weights of partial autocorrelations (Durbin and Levinson)."""
    weights = np.zeros(0)
    for share in partials:
        weights = np.append(weights - share * weights[::-1], share)
    return weights
