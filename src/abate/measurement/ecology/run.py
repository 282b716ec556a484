"""One run of the fusion–fission model, and what was seen of it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from abate.measurement.ecology import clusters_kernel as kernel
from abate.measurement.ecology.theory import FIT_TO

_SNAPSHOTS = 400
_FIRST_LENGTH = 64
NO_LIMIT = float(np.iinfo(np.int64).max)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Who is struck, how often, and what becomes of them."""

    name: str
    way: int = 0
    """0 strikes nobody; the others stand in :mod:`abate.measurement.ecology.clusters_kernel`."""
    low: int = 2
    high: int = 2**62
    cap: int = 0
    """Clusters that would grow beyond this do not merge; 0 for no such rule."""
    banned: bool = False
    """The struck leave for good instead of starting again alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """The world that a policy meets."""

    size: int
    """Members."""
    events: int
    split: float
    actions_an_event: float = 0.0
    members_an_event: float = NO_LIMIT
    """What a policy may displace: it waits while it has spent more than this times the events so far."""
    threshold: int = 2**62
    """The cluster size whose first reaching is timed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one seed gave; averages are over the second half of the events."""

    counts: npt.NDArray[np.float64]
    """Mean number of clusters of size 1, 2, …, shape ``(200,)``."""
    giant_share: float
    """Of the largest cluster at the end, over the members at the start."""
    mean_largest: float
    member_mean_size: float
    """The size of the cluster of a random member, on average."""
    actions: int
    displaced: int
    banned: int
    reached: int | None
    """The event at which a cluster reached the threshold."""


def run(setting: Setting, policy: Policy, seed: int) -> Run:
    """Run the model once from single members.

    The first half of the events is the way from scattered members to the state that is averaged over; ``reached``
    times what happens on it.
    """
    counts, tree = kernel.grown(np.array([0, setting.size], dtype=np.int64), _FIRST_LENGTH)
    numbers = np.zeros(kernel.SCALARS, dtype=np.int64)
    numbers[[kernel.MEMBERS, kernel.CLUSTERS, kernel.SQUARES]] = setting.size
    numbers[kernel.LARGEST], numbers[kernel.REACHED] = 1, -1
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64)
    seen, largest, squares, looks = np.zeros(FIT_TO), 0.0, 0.0, 0
    edges = np.linspace(0, setting.events, min(2 * _SNAPSHOTS, setting.events) + 1).astype(np.int64)
    for start, stop in pairwise(edges.tolist()):
        clock = np.array([start, stop - start, setting.threshold], dtype=np.int64)
        counts, tree = kernel.advance(counts, tree, numbers, state, clock, _rates(setting), _numbers(policy))
        if stop <= setting.events // 2 or not numbers[kernel.MEMBERS]:
            continue
        short = counts[1 : FIT_TO + 1]
        seen[: len(short)] += short
        largest += numbers[kernel.LARGEST]
        squares += numbers[kernel.SQUARES] / numbers[kernel.MEMBERS]
        looks += 1
    looks = max(looks, 1)
    return Run(
        counts=seen / looks,
        giant_share=float(numbers[kernel.LARGEST]) / setting.size,
        mean_largest=largest / looks,
        member_mean_size=squares / looks,
        actions=int(numbers[kernel.ACTIONS]),
        displaced=int(numbers[kernel.DISPLACED]),
        banned=int(numbers[kernel.BANNED]),
        reached=None if numbers[kernel.REACHED] < 0 else int(numbers[kernel.REACHED]),
    )


def _rates(setting: Setting) -> npt.NDArray[np.float64]:
    return np.array([setting.split, setting.actions_an_event, setting.members_an_event])


def _numbers(policy: Policy) -> npt.NDArray[np.int64]:
    return np.array([policy.way, policy.low, policy.high, policy.cap, policy.banned], dtype=np.int64)
