"""The state-space counterfactual: local level and regression, hyperparameters summed over an exact grid.

Model as in Brodersen et al. 2015 (*Inferring causal impact using Bayesian structural time-series models*): outcome =
level + regressors + noise, the level a random walk. Their sampler is not needed: given the ratio of the two variances
the filter is linear, the coefficients and the first level are flat and drop out by least squares (the exact diffuse
likelihood, de Jong 1991), and the noise variance has a conjugate density. What remains is one dimension, summed on a
grid that is refined where the weight lies. No sampling, no seed: the same numbers every time.

Priors: flat on coefficients and first level; there is no spike and slab, since controls are few and named by the
analyst. With a *stated* drift (``level_prior`` a number) the level's step has an inverse gamma with 32 degrees of
freedom around that share of the outcome's standard deviation before the start, the weight that the published tools give
it, and the noise has 1/σ. With a *learned* drift (``None``) both standard deviations have the density σ^(-1/4): near
the uniform one of Gelman 2006 (*Prior distributions for variance parameters*), and the power whose intervals held their
level over white noise, drift and autocorrelation in ``bench/calibration``.
"""

from dataclasses import dataclass

import numpy as np

from abate.measurement.effect.design import Design
from abate.measurement.effect.mixture import Floats, Mixture, weights_of
from abate.measurement.effect.posterior import Posterior, relative_of

DEGREES = 32.0
"""Weight of the prior on the level's step, in observations."""
_COARSE = np.linspace(-32.0, 14.0, 93)
"""Log of the ratio of variances: from a level that stands still to one that is all there is."""
_FINE = 81
_WIDE = 1e-9
_POWER = 0.75
"""Of the learned prior: density σ^(power - 1) on both standard deviations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Filtered:
    """Everything the grid knows, one row a node."""

    ratios: Floats
    coefficients: Floats
    """Shape ``(nodes, regressors + 1)``, the first level first."""
    inverse: Floats
    squares: Floats
    """Weighted sum of squares that the regression leaves, with what the prior adds."""
    states: Floats
    spreads: Floats
    log_weights: Floats
    """Log of the marginal density with the prior, up to a constant."""
    log_likelihoods: Floats
    """The restricted likelihood at its best noise variance."""
    df: float


def fit_state_space(design: Design, level_prior: float | None) -> Posterior:
    """Estimate what would have been.

    :param design: checked by :func:`abate.measurement.effect.design.check_usable`
    :param level_prior: expected standard deviation of a level step, as a share of the outcome's before the start; above
        zero, or ``None`` to learn it
    """
    table = _table(design)
    base = _least_squares(table, design)
    outcome = design.outcome - table @ base
    rough = _filter(design, table, outcome, np.exp(_COARSE), level_prior)
    grid = _filter(design, table, outcome, np.exp(_around(_COARSE, rough.log_weights)), level_prior)
    best = float(max(rough.log_likelihoods.max(), grid.log_likelihoods.max()))
    return _posterior(design, table, outcome, base, grid, best)


def _table(design: Design) -> Floats:
    """Return the regressors with the constant first and, where asked for, the straight line."""
    times = len(design.outcome)
    columns = [np.ones((times, 1))]
    if design.trend:
        columns.append(((np.arange(times) - design.start) / max(design.start, 1))[:, None])
    table: Floats = np.hstack([*columns, design.regressors])
    return table


def _least_squares(table: Floats, design: Design) -> Floats:
    """Return a first fit: taken out beforehand, it keeps the sums of squares from cancelling."""
    rows = design.seen[: design.start]
    table, outcome = table[: design.start][rows], design.outcome[: design.start][rows]
    return np.asarray(np.linalg.lstsq(table, outcome, rcond=None)[0], dtype=np.float64)


def _around(grid: Floats, logs: Floats) -> Floats:
    """Return a fine grid over where the weight lies."""
    heavy = np.flatnonzero(logs > logs.max() + np.log(_WIDE))
    first, last = max(heavy[0] - 1, 0), min(heavy[-1] + 1, len(grid) - 1)
    fine: Floats = np.linspace(grid[first], grid[last], _FINE)
    return fine


def _filter(design: Design, table: Floats, outcome: Floats, ratios: Floats, level_prior: float | None) -> _Filtered:
    from abate.measurement.effect.state_space_kernel import filter_levels  # numba: only where an effect is asked for

    start, seen = design.start, design.seen[: design.start]
    columns = np.column_stack([np.where(seen, outcome[:start], 0.0), table[:start]])
    nodes, width = len(ratios), columns.shape[1]
    cross, states = np.zeros((nodes, width, width)), np.zeros((nodes, width))
    spreads, logs = np.zeros(nodes), np.zeros(nodes)
    filter_levels(columns, seen, ratios, cross, states, spreads, logs)
    inverse = np.asarray(np.linalg.inv(cross[:, 1:, 1:]), dtype=np.float64)
    coefficients = np.einsum("gij,gj->gi", inverse, cross[:, 1:, 0])
    left = np.maximum(cross[:, 0, 0] - np.einsum("gi,gi->g", coefficients, cross[:, 1:, 0]), 0.0)
    likelihood = -0.5 * logs + 0.5 * np.linalg.slogdet(inverse)[1]
    own = float(seen.sum()) - (width - 1)
    left = np.maximum(left, np.finfo(float).tiny)
    squares, prior, df = _with_prior(left, ratios, own, None if level_prior is None else level_prior * design.spread)
    return _Filtered(
        ratios=ratios,
        coefficients=coefficients,
        inverse=inverse,
        squares=squares,
        states=states,
        spreads=spreads,
        log_weights=likelihood + prior - 0.5 * df * np.log(squares),
        log_likelihoods=likelihood - 0.5 * own * np.log(left / own),
        df=df,
    )


def _with_prior(left: Floats, ratios: Floats, own: float, step: float | None) -> tuple[Floats, Floats, float]:
    """Return the sum of squares, the log of the prior on the grid of log ratios, and the degrees of freedom.

    :param left: sum of squares of the data alone
    :param own: degrees of freedom of the data alone
    :param step: expected standard deviation of a level step; ``None`` to learn it
    """
    if step is None:
        return left, 0.5 * _POWER * np.log(ratios), own - 2 * _POWER
    return left + DEGREES * step**2 / ratios, -0.5 * DEGREES * np.log(ratios), own + DEGREES


def _posterior(design: Design, table: Floats, outcome: Floats, base: Floats, grid: _Filtered, best: float) -> Posterior:
    after, offsets = table[design.start :], design.offsets
    level = grid.states[:, 0] - np.einsum("gi,gi->g", grid.states[:, 1:], grid.coefficients)
    noise = np.sqrt(grid.squares / grid.df)
    weight = weights_of(grid.log_weights)

    def spread_of(rows: Floats, walk: Floats, noises: float) -> Floats:
        """Return the standard error of a prediction at a mixture of rows, shape ``(nodes, rows)``."""
        way = rows[None, :, :] - grid.states[:, None, 1:]
        learned = np.einsum("gti,gij,gtj->gt", way, grid.inverse, way)
        total = grid.spreads[:, None] + grid.ratios[:, None] * walk[None, :] + noises + learned
        scale: Floats = noise[:, None] * np.sqrt(total)
        return scale

    def path() -> Mixture:
        location = grid.coefficients @ after.T + level[:, None] + (after @ base)[None, :]
        scale = spread_of(after, np.arange(len(after), dtype=np.float64), 1.0)
        return Mixture(weight=weight, location=location, scale=scale, df=grid.df).light()

    mean_row = after[offsets].mean(axis=0)[None, :]
    walked = np.array([np.minimum.outer(offsets, offsets).mean()])
    mean_outcome = float(outcome[design.start :][offsets].mean())
    effect = Mixture(
        weight=weight,
        location=mean_outcome - (mean_row @ grid.coefficients.T)[0] - level,
        scale=spread_of(mean_row, walked, 1 / len(offsets))[:, 0],
        df=grid.df,
    ).light()
    seen_mean = float(design.outcome[design.start :][offsets].mean())
    return Posterior(
        effect=effect,
        predicted=seen_mean - float(effect.mean),
        relative=lambda: relative_of(effect.interval(), seen_mean),
        path=path,
        ahead=lambda: _one_step(design, table, grid, base),
        log_likelihood=lambda: best,
        level_step=float(weight @ np.sqrt(grid.ratios * grid.squares / grid.df)) / design.spread,
    )


def _one_step(design: Design, table: Floats, grid: _Filtered, base: Floats) -> tuple[Floats, Floats]:
    """Return one-step expectations and scaled errors at the heaviest node."""
    node = int(np.argmax(grid.log_weights))
    explained = table[: design.start] @ (grid.coefficients[node] + base)
    rest = design.outcome[: design.start] - explained
    level, spread = 0.0, 0.0
    expected, scaled = np.full(design.start, np.nan), []
    for time, value in enumerate(rest):
        if np.isfinite(value):
            total = spread + 1.0
            expected[time] = explained[time] + level
            scaled.append((value - level) / np.sqrt(total))
            level += spread / total * (value - level)
            spread /= total
        spread += grid.ratios[node]
    noise = np.sqrt(grid.squares[node] / grid.df)
    return expected, np.array(scaled) / noise
