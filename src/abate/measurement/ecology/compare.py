"""Policies side by side over many seeds, at equal cost, with intervals; and a plain word where none can be told apart.

The model is a scenario. It knows sizes and nothing else: no belief, no harm, no person. What it can say is which rule
about sizes would have to be tried in earnest, and that an advice drawn from one run is advice drawn from noise.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abate.measurement.answer import Estimate, number
from abate.measurement.ecology.policies import MEANING, NONE
from abate.measurement.ecology.run import Policy, Run, Setting, run
from abate.measurement.ecology.theory import fitted_exponent, giant_share
from abate.measurement.footing import Caveat, Footing, Json
from abate.numeric.intervals import LEVEL, clopper_pearson

FEWEST_SEEDS = 20
_REPLICATES = 4_000
_BOOTSTRAP_SEED = 7
_SIZES_SHOWN = 50

_METHOD = "fusion-fission by counts of sizes, from single members; averages over the second half of the events"
_ASSUMPTIONS = (
    "a scenario: the rates and the rule of merging are the model's, not measured on anybody",
    "only sizes matter; a struck cluster falls into single members who start again at once, unless they are banned",
    "clusters merge as often as their members meet by chance; ties, languages and platforms are not in it",
    "nothing here says what a policy does to harm, to belief or to the rights of those who are struck",
)

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One policy over all seeds."""

    policy: Policy
    runs: tuple[Run, ...]
    largest: Estimate
    member_mean_size: Estimate
    over_threshold: Estimate
    """Share of seeds in which a cluster reached the threshold."""
    actions: float
    displaced: float
    banned: float
    ratio: Estimate | None
    """Member-mean size over that without a policy; ``None`` for the policy that does nothing."""

    @property
    def distinguishable(self) -> bool | None:
        """Return whether the interval of the ratio leaves one out; ``None`` without a ratio.

        Never with few seeds: a bootstrap over three runs is far too short, and would tell a policy that hardly acted
        from none.
        """
        if self.ratio is None or self.ratio.interval is None:
            return None
        low, high = self.ratio.interval
        return len(self.runs) >= FEWEST_SEEDS and not low <= 1 <= high

    @property
    def sentence(self) -> str:
        """Say what came out, and where nothing can be told."""
        meaning = MEANING[self.policy.name]
        if self.ratio is None or self.ratio.value is None or self.ratio.interval is None:
            return f"{self.policy.name}: {meaning}; the others are compared with this"
        low, high = self.ratio.interval
        told = f"{self.ratio.value:.2f} times that without a policy [{low:.2f}, {high:.2f}]"
        cost = f"{self.actions:.0f} actions and {self.displaced:.0f} members displaced a run"
        if not self.distinguishable:
            few = f" with {len(self.runs)} seeds" if len(self.runs) < FEWEST_SEEDS else ""
            not_told = f"it is not distinguishable from doing nothing{few} ({told})"
            return f"{self.policy.name}: {meaning}; at {cost} {not_told}"
        return f"{self.policy.name}: {meaning}; at {cost} the cluster of a random member was {told}, in this model"

    def to_json(self) -> Json:
        """Return the policy's object."""
        return {
            "actions": number(self.actions),
            "members_displaced": number(self.displaced),
            "members_banned": number(self.banned),
            "max": self.largest.to_json(),
            "member_mean_size": self.member_mean_size.to_json(),
            "over_threshold": self.over_threshold.to_json(),
            "time_to_threshold": number(_median_time(self.runs)),
            "ratio": None if self.ratio is None else self.ratio.to_json(),
            "distinguishable": self.distinguishable,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Ecology:
    """What the model gave."""

    setting: Setting
    outcomes: tuple[Outcome, ...]
    """That without a policy first."""
    exponent: float | None
    counts: Reals
    """Mean number of clusters of size 1, 2, … without a policy."""
    giant: Estimate
    footing: Footing

    def to_json(self) -> Json:
        """Return the contract's object."""
        theory = giant_share(self.setting.events / self.setting.size) if self.setting.split == 0 else None
        return self.footing.to_json() | {
            "exponent": number(self.exponent),
            "sizes": {str(size): float(self.counts[size - 1]) for size in range(1, _SIZES_SHOWN + 1)},
            "giant_share": number(self.giant.value),
            "giant_share_interval": self.giant.to_json()["interval"],
            "giant_share_theory": number(theory),
            "seeds": len(self.outcomes[0].runs),
            "policies": {one.policy.name: one.to_json() for one in self.outcomes},
        }


def compare(
    setting: Setting, policies: Sequence[Policy], seeds: Sequence[int], told: Callable[[], None] = lambda: None
) -> Ecology:
    """Run each policy on each seed.

    :param policies: that without a policy first
    :param told: called after each run
    """
    # Kernels release the interpreter lock, so threads are enough; each run has its own arrays and its own stream.
    with ThreadPoolExecutor(2) as pool:
        runs = {
            policy.name: tuple(pool.map(lambda seed, policy=policy: _told(setting, policy, seed, told), seeds))
            for policy in policies
        }
    without = runs[NONE.name]
    outcomes = tuple(_outcome(policy, runs[policy.name], without) for policy in policies)
    counts = np.mean([one.counts for one in without], axis=0)
    return Ecology(
        setting=setting,
        outcomes=outcomes,
        exponent=fitted_exponent(counts),
        counts=counts,
        giant=_mean([one.giant_share for one in without]),
        footing=_footing(outcomes, seeds),
    )


def _told(setting: Setting, policy: Policy, seed: int, told: Callable[[], None]) -> Run:
    done = run(setting, policy, seed)
    told()
    return done


def _outcome(policy: Policy, runs: tuple[Run, ...], without: tuple[Run, ...]) -> Outcome:
    reached = sum(one.reached is not None for one in runs)
    sizes, others = (np.array([one.member_mean_size for one in group]) for group in (runs, without))
    return Outcome(
        policy=policy,
        runs=runs,
        largest=_mean([one.mean_largest for one in runs]),
        member_mean_size=_mean(sizes),
        over_threshold=Estimate(value=reached / len(runs), interval=clopper_pearson(reached, len(runs))),
        actions=float(np.mean([one.actions for one in runs])),
        displaced=float(np.mean([one.displaced for one in runs])),
        banned=float(np.mean([one.banned for one in runs])),
        ratio=None if policy.name == NONE.name else _ratio(sizes, others),
    )


def _mean(values: Sequence[float] | Reals) -> Estimate:
    """Return a mean over seeds with its t interval; none from a single seed."""
    given = np.asarray(values, dtype=np.float64)
    if len(given) < 2:  # noqa: PLR2004 - one run has no spread
        return Estimate(value=float(given.mean()))
    half = _t_quantile(len(given) - 1) * float(given.std(ddof=1)) / float(np.sqrt(len(given)))
    return Estimate(value=float(given.mean()), interval=(float(given.mean()) - half, float(given.mean()) + half))


def _t_quantile(freedom: int) -> float:
    from scipy.special import stdtrit  # heavy: only where a number is asked for

    return float(stdtrit(freedom, (1 + LEVEL) / 2))


def _ratio(sizes: Reals, others: Reals) -> Estimate:
    """Return the ratio of means over seeds, with a bootstrap interval over the seeds of each side."""
    value = float(sizes.mean() / others.mean())
    if min(len(sizes), len(others)) < 2:  # noqa: PLR2004 - one run has no spread
        return Estimate(value=value)
    draw = np.random.default_rng(_BOOTSTRAP_SEED)
    above, below = (group[draw.integers(0, len(group), (_REPLICATES, len(group)))].mean(1) for group in (sizes, others))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(above / below, [tail, 1 - tail])
    return Estimate(value=value, interval=(float(low), float(high)))


def _median_time(runs: Sequence[Run]) -> float | None:
    """Return the median event of reaching the threshold; ``None`` where half of the runs or more never did."""
    times = sorted(float("inf") if one.reached is None else float(one.reached) for one in runs)
    return times[len(times) // 2]


def _footing(outcomes: Sequence[Outcome], seeds: Sequence[int]) -> Footing:
    found = []
    if len(outcomes) > 1 and len(seeds) < FEWEST_SEEDS:
        text = f"{len(seeds)} seeds are too few to tell policies apart; take {FEWEST_SEEDS} or more"
        found.append(Caveat(code="not-calibrated", text=text))
    calibrated = False if found else None
    return Footing(method=_METHOD, assumptions=_ASSUMPTIONS, caveats=tuple(found), calibrated=calibrated, seed=seeds[0])
