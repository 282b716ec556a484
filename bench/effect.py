"""An effect with its interval on one series: ours beside statsmodels, and beside a frozen figure of tfp-causalimpact.

``python -m bench.effect [--size 100] [--rounds 5] [--json]``

An invented series as the published tools show it: a control, errors that resemble their neighbours, and a rise of 5
after seven tenths of it. statsmodels fits the same model (local level and regression) by maximum likelihood; it must
find about the same effect. It is not asked for the interval of the mean effect, so that its work is the smaller one.
Ours is timed twice: the estimate alone, and the whole answer with placebos and the answer under other choices.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from abate.measurement.effect.answer import Effect
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.question import LEVEL_PRIOR, Question, prepare
from abate.measurement.effect.state_space import fit_state_space

FROZEN_S = 9.0
FROZEN = "tfp-causalimpact 0.2.0, Gibbs sampling, 100 periods, one control; import (18 s and more) not counted"
FROZEN_FROM = "frozen: measured for spec/measurement.md, section 2, on a busy machine, not in this run"
WITHIN = 0.5
"""Maximum likelihood puts another drift in place of the prior, so that the two effects differ a little."""


def series(size: int) -> tuple[np.ndarray, np.ndarray, int]:
    draw = np.random.default_rng(7)
    control = 100 + np.convolve(draw.standard_normal(size + 1), (1.0, 0.5), "valid")
    outcome = 1.2 * control + draw.standard_normal(size)
    start = size * 7 // 10
    outcome[start:] += 5
    return outcome, control, start


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began


def measure(size: int, rounds: int) -> list[dict[str, object]]:
    try:
        from statsmodels.tsa.statespace.structural import UnobservedComponents
    except ImportError:
        sys.exit("statsmodels is not installed: pip install '.[oracles]'")
    outcome, control, start = series(size)
    question = Question(outcomes=(("outcome", outcome),), start=start, controls=(("control", control),))

    def estimate() -> tuple[float, tuple[float, float]]:
        ready = prepare(question, question.outcomes[0])
        found = fit_state_space(ready.design, LEVEL_PRIOR)
        low, high = found.effect.interval()
        return float(found.effect.mean) * ready.unit, (low * ready.unit, high * ready.unit)

    def peer() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its optimiser remarks on a drift of nothing, which is the truth here
            model = UnobservedComponents(outcome[:start], level="local level", exog=control[:start])
            foretold = model.fit(disp=False).forecast(size - start, exog=control[start:, None])
        return float((outcome[start:] - foretold).mean())

    alone, whole, others = [], [], []
    for _ in range(rounds + 1):
        (value, _), seconds = timed(estimate)
        alone.append(seconds)
        answer, seconds = timed(lambda: effect_of(question))
        whole.append(seconds)
        other, seconds = timed(peer)
        others.append(seconds)
        assert isinstance(answer, Effect)
        assert answer.effect.value is not None
        if abs(value - answer.effect.value) > 1e-6 or abs(value - other) > WITHIN:
            sys.exit(f"the effects differ ({value:.3f}, {answer.effect.value:.3f}, {other:.3f}): correct that first")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    work = f"effect with interval, one series of {size} periods, one control"
    theirs = statistics.median(others[1:])
    return [
        row(work, "exact grid", alone, "statsmodels UnobservedComponents (live)", theirs) | {"machine": machine},
        row(work, "exact grid", alone, f"{FROZEN} ({FROZEN_FROM})", FROZEN_S) | {"machine": machine},
        row(f"{work}, with placebos and other choices", "whole answer", whole, f"{FROZEN} ({FROZEN_FROM})", FROZEN_S)
        | {"machine": machine},
    ]


def row(work: str, ours: str, seconds: list[float], peer: str, peer_s: float) -> dict[str, object]:
    """The first round compiles or loads the kernels and is given apart."""
    middle = statistics.median(seconds[1:])
    return {
        "work": work,
        "ours": ours,
        "peer": peer,
        "ours_s": middle,
        "ours_first_s": seconds[0],
        "peer_s": peer_s,
        "ratio": peer_s / middle,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100, help="periods; the frozen figure is for 100")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.size, options.rounds)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for each in rows:
        print(f"{each['work']}: {each['ours']} {each['ours_s']:.4f} s (first {each['ours_first_s']:.2f} s)")
        print(f"  {each['peer']}: {each['peer_s']:.3f} s, ratio {each['ratio']:.1f}")
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
