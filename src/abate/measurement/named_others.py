"""Displacement among platforms that somebody named: which of them were not seen, and which seen ones are not in it.

A net over two platforms says nothing of the third. Whoever names the others learns what that leaves out.
"""

from collections.abc import Sequence
from dataclasses import replace

from abate.measurement.displacement import Displacement, displacement
from abate.measurement.footing import Caveat
from abate.measurement.platform_weeks import Platforms


def displacement_among(
    platforms: Platforms,
    *,
    treated: str,
    others: Sequence[str] = (),
    unobserved: Sequence[str] = (),
    trend: bool = False,
) -> Displacement:
    """Compare as :func:`abate.measurement.displacement.displacement` does, and name what the named platforms leave out.

    :param others: platforms to which something may have moved; one of which nothing was seen counts as unobserved,
        unless all are so
    :raises abate.domain.errors.InputError: as there
    """
    seen = [name for name in others if name in platforms.names]
    unseen = [name for name in others if name not in platforms.names] if seen else []
    answer = displacement(
        platforms,
        treated=treated,
        others=seen or others,
        unobserved=tuple(dict.fromkeys([*unobserved, *unseen])),
        trend=trend,
    )
    left_out = [name for name in platforms.names if name != treated and name not in answer.rise]
    if not left_out:
        return answer
    text = f"seen and, by --others, not in the net: {', '.join(left_out)}"
    caveats = (*answer.footing.caveats, Caveat(code="unobserved-platforms", text=text))
    return replace(answer, footing=replace(answer.footing, caveats=caveats))
