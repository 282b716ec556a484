"""Counts with more spread than a Poisson's, on a log line: negative binomial regression (NB2) by maximum likelihood.

``E[y] = exp(X b)`` and ``Var[y] = E[y] + dispersion · E[y]²`` (Cameron and Trivedi, 1986).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError

Reals = npt.NDArray[np.float64]

_LOG_LIMIT = 40.0
_MOST_STEPS = 200
_SMALLEST, _LARGEST = 1e-8, 1e4
"""Of the dispersion: at the lower end the model is a Poisson."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """A fitted regression."""

    coefficients: Reals
    """Shape ``(columns,)``, on the log scale."""
    covariance: Reals
    """Shape ``(columns, columns)``, from the expected information."""
    dispersion: float
    log_likelihood: float
    mean: Reals
    """Shape ``(rows,)``."""


def fit(design: Reals, counts: Reals) -> Fitted:
    """Fit the regression.

    :param design: shape ``(rows, columns)``, the intercept included, of full rank
    :param counts: shape ``(rows,)``, zero or more
    :raises InputError: when the columns cannot be told apart, or there is no count above zero
    """
    from scipy.optimize import minimize_scalar  # heavy: only where a fit is asked for

    if np.linalg.matrix_rank(design) < design.shape[1]:
        msg = "the exposure does not vary by itself: it is constant, or a straight line like the trend; collect longer"
        raise InputError(msg)
    if not counts.sum() > 0:
        msg = "no incident was counted in these weeks; nothing can move with presence"
        raise InputError(msg)
    # The likelihood over the dispersion has one peak; for each dispersion the coefficients follow by scoring.
    found = _scoring(design, counts, 1.0, None)

    def worse(log_dispersion: float) -> float:
        nonlocal found
        found = _scoring(design, counts, float(np.exp(log_dispersion)), found)
        return -log_likelihood(counts, _mean(design, found), float(np.exp(log_dispersion)))

    span = (float(np.log(_SMALLEST)), float(np.log(_LARGEST)))
    best = minimize_scalar(worse, bounds=span, method="bounded", options={"xatol": 1e-4})
    dispersion = float(np.exp(best.x))
    found = _scoring(design, counts, dispersion, found)
    mean = _mean(design, found)
    weight = mean / (1 + dispersion * mean)
    return Fitted(
        coefficients=found,
        covariance=np.asarray(np.linalg.inv(design.T @ (design * weight[:, None])), dtype=np.float64),
        dispersion=dispersion,
        log_likelihood=log_likelihood(counts, mean, dispersion),
        mean=mean,
    )


def log_likelihood(counts: Reals, mean: Reals, dispersion: float) -> float:
    """Return the log-likelihood of counts, shape ``(rows,)``, under their means and one dispersion."""
    from scipy.special import gammaln  # heavy: only where a number is asked for

    shape = 1 / dispersion
    whole = gammaln(counts + shape) - gammaln(shape) - gammaln(counts + 1)
    # log1p keeps the Poisson limit exact, where the two logs of a plain formula cancel.
    return float((whole - (counts + shape) * np.log1p(dispersion * mean) + counts * np.log(dispersion * mean)).sum())


def _mean(design: Reals, coefficients: Reals) -> Reals:
    return np.asarray(np.exp(np.clip(design @ coefficients, -_LOG_LIMIT, _LOG_LIMIT)))


def _scoring(design: Reals, counts: Reals, dispersion: float, start: Reals | None) -> Reals:
    """Return the coefficients at one dispersion by Fisher scoring, halving a step that makes things worse."""
    found: Reals = start if start is not None else _least_squares(design, np.log(counts + 0.5))
    best = _deviance(design, counts, dispersion, found)
    for _ in range(_MOST_STEPS):
        mean = _mean(design, found)
        weight = mean / (1 + dispersion * mean)
        score = design.T @ ((counts - mean) / (1 + dispersion * mean))
        step: Reals = np.asarray(np.linalg.solve(design.T @ (design * weight[:, None]), score), dtype=np.float64)
        worth = _deviance(design, counts, dispersion, found + step)
        while worth < best and np.abs(step).max() > 1e-12:  # noqa: PLR2004 - below it a step changes no digit
            step = step / 2
            worth = _deviance(design, counts, dispersion, found + step)
        found, best = found + step, worth
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004 - converged to the digits that are printed
            break
    return found


def _least_squares(matrix: Reals, values: Reals) -> Reals:
    return np.asarray(np.linalg.lstsq(matrix, values, rcond=None)[0], dtype=np.float64)


def _deviance(design: Reals, counts: Reals, dispersion: float, coefficients: Reals) -> float:
    """Return the log-likelihood up to what does not depend on the coefficients."""
    mean = _mean(design, coefficients)
    return float((counts * np.log(mean) - (counts + 1 / dispersion) * np.log1p(dispersion * mean)).sum())
