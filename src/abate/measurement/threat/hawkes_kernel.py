"""A self- and cross-exciting process in one pass over the events: its likelihood, and how close events stand."""

import math

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

Real = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@njit
def likelihood(times: Real, marks: Whole, bins: Whole, target: int, rates: Real, pull: Real, decay: float) -> Real:
    """Return minus the log-likelihood of one kind of event, apart from the background's integral, and its gradient.

    With an exponential kernel what all earlier events contribute shrinks by one factor between two events (Ogata 1981),
    so a pass over ``n`` events costs ``n`` steps.

    :param times: shape ``(events,)``, in ascending order, from 0 to the end, which stands last in ``rates``
    :param marks: shape ``(events,)``: 0 or 1, the kind of each event
    :param bins: shape ``(events,)``: in which piece of the background each lies
    :param target: the kind whose intensity is meant
    :param rates: shape ``(pieces + 1,)``: the background of each piece, then the end of the observation
    :param pull: shape ``(2,)``: how many events of the target one event of each kind brings
    :return: shape ``(pieces + 4,)``: the value, then its derivative by each rate, by each pull and by the decay
    """
    pieces = len(rates) - 1
    end = rates[pieces]
    out = np.zeros(pieces + 4)
    near = np.zeros(2)
    aged = np.zeros(2)
    before = 0.0
    for event in range(len(times)):
        gap = times[event] - before
        fade = math.exp(-decay * gap)
        for kind in range(2):
            aged[kind] = fade * (aged[kind] + gap * near[kind])
            near[kind] *= fade
        before = times[event]
        mark = marks[event]
        if mark == target:
            rate = rates[bins[event]] + decay * (pull[0] * near[0] + pull[1] * near[1])
            rate = max(rate, 1e-300)
            out[0] -= math.log(rate)
            out[1 + bins[event]] -= 1 / rate
            for kind in range(2):
                out[1 + pieces + kind] -= decay * near[kind] / rate
                out[3 + pieces] -= pull[kind] * (near[kind] - decay * aged[kind]) / rate
        near[mark] += 1.0
        left = end - times[event]
        gone = math.exp(-decay * left)
        out[0] += pull[mark] * (1 - gone)
        out[1 + pieces + mark] += 1 - gone
        out[3 + pieces] += pull[mark] * left * gone
    return out


@njit
def nearness(sources: Real, targets: Real, decays: Real) -> Real:
    """Return, for each decay, the sum of ``exp(-decay · gap)`` from every target back to every source before it.

    :param sources: shape ``(sources,)``, in ascending order
    :param targets: shape ``(targets,)``, in ascending order; a source at the very time of a target is not before it
    :param decays: shape ``(decays,)``
    :return: shape ``(decays,)``
    """
    out = np.zeros(len(decays))
    for place in range(len(decays)):
        decay = decays[place]
        near, last, source = 0.0, 0.0, 0
        for target in range(len(targets)):
            while source < len(sources) and sources[source] < targets[target]:
                near = near * math.exp(-decay * (sources[source] - last)) + 1.0
                last = sources[source]
                source += 1
            out[place] += near * math.exp(-decay * (targets[target] - last))
    return out
