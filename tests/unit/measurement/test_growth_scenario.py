"""Growth carried on: held against a Poisson regression of somebody else's, and never taken for a forecast."""

import math

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.counting.weekly import WeekRow
from abate.measurement.growth import growth
from abate.measurement.weeks import monday


def rows(values, first=2900, **last):
    made = [WeekRow(week=first + n, by=(), value=value) for n, value in enumerate(values)]
    if last:
        made[-1] = WeekRow(week=made[-1].week, by=(), value=made[-1].value, **last)
    return tuple(made)


def counts(seed=4, weeks=30, rate=0.05):
    draw = np.random.default_rng(seed)
    return [int(value) for value in draw.poisson(6 * np.exp(rate * np.arange(weeks)))]


def test_the_rate_is_that_of_a_poisson_regression():
    api = pytest.importorskip("statsmodels.api", reason="pip install '.[oracles]'")
    values = counts()
    fitted = api.GLM(values, api.add_constant(np.arange(len(values))), family=api.families.Poisson()).fit()
    found = growth(rows(values), None)
    assert math.log1p(found.weekly) == pytest.approx(fitted.params[1], abs=1e-9)
    # Dispersion and autocorrelation only ever widen the interval of the plain regression.
    low, high = (math.log1p(side) for side in found.interval)
    assert (high - low) / 2 >= 1.959 * fitted.bse[1] - 1e-9


def test_growth_without_noise_is_found_to_the_last_digit():
    values = [round(1000 * 1.05**week) for week in range(20)]
    found = growth(rows(values), 2912)
    assert found.weekly == pytest.approx(0.05, abs=2e-4)
    assert found.doubling_weeks == pytest.approx(math.log(2) / math.log(1.05), rel=5e-3)
    assert (found.weeks, monday(found.first)) == (12, monday(2900))
    assert found.ahead[-1].value == pytest.approx(values[-1], rel=0.01)
    assert found.to_json()["at_end"]["week"] == monday(2919).isoformat()


def test_what_shrinks_never_doubles_and_a_record_that_ends_has_no_scenario():
    found = growth(rows([round(500 * 0.9**week) for week in range(15)]), None)
    assert (found.doubling_weeks, found.weekly < 0, found.ahead) == (None, True, ())
    assert found.to_json()["at_end"] is None


def test_provisional_weeks_and_weeks_without_a_check_are_not_fitted():
    base = rows([20] * 10)
    young = (*base, WeekRow(week=2910, by=(), value=3, provisional=True))
    assert growth(young, None).weekly == pytest.approx(0.0, abs=1e-9)
    assert growth(young, None).weeks == 10


def test_the_scenario_ends_after_a_year():
    assert len(growth(rows([10] * 90), 2910).ahead) == 52


@pytest.mark.parametrize("values", [[5] * 7, [0] * 20])
def test_too_little_to_fit_is_refused(values):
    with pytest.raises(InputError, match="settled weeks before the intervention"):
        growth(rows(values), None)
