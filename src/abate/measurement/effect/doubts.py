"""What the data say against the method's own assumptions, a sentence a doubt.

An interval with a doubt is not called calibrated.
"""

from abate.measurement.effect.design import Design
from abate.measurement.effect.posterior import Posterior
from abate.measurement.effect.state_space import fit_state_space

HELD = 0.9
"""Chance, with the drift learned instead of stated, that the interval should still hold."""
_NEAR_UNIT_ROOT = 0.85
_BETTER = 1.0
"""Log-likelihood by which a drifting level must beat autoregressive errors of no more parameters."""


def drift_doubts(design: Design, found: Posterior) -> list[str]:
    """Ask how often the interval would still hold if the drift were learned instead of stated, or instead of none.

    A hundred periods cannot rule out a drift that makes an interval much too short (a step of a twentieth of the noise
    is enough), so that a stated prior is a claim, not a finding.
    """
    learned = fit_state_space(design, None).effect
    low, high = found.effect.interval()
    share = float(learned.below(high) - learned.below(low))
    if share >= HELD:
        return []
    wide = learned.interval()
    text = (
        "the interval takes the level to drift no more than stated, or not at all; the periods before the start do not "
        f"rule out more, and then it would hold in {share:.0%} of cases. With --method state-space --level-prior tuned "
        f"it would be {(wide[1] - wide[0]) / (high - low):.1f} times as long"
    )
    return [text]


def error_doubts(design: Design, found: Posterior) -> list[str]:
    """Ask whether errors that return to a level describe the time before the start."""
    doubts = []
    if found.persistence is not None and found.persistence > _NEAR_UNIT_ROOT:
        doubts.append(
            f"the errors hardly return to their level (their weights sum to {found.persistence:.2f}); so close to a "
            "random walk the interval is too short. Use --method state-space --level-prior tuned"
        )
    drifting = fit_state_space(design, None).log_likelihood() - found.log_likelihood()
    if drifting > _BETTER:
        doubts.append(
            "before the start a drifting level describes the outcome better than errors that return to one; use "
            "--method state-space --level-prior tuned"
        )
    return doubts
