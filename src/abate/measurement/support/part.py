"""One thing that a claim can be held against, and whether the files hold enough for it."""

from dataclasses import dataclass

from abate.measurement.footing import Json

WEEKS = 8
"""Weeks for a fall: four before and four after, the fewest that a weekly count compares."""
BEFORE, AFTER = 8, 4
"""Weeks before and after an intervention: what a counterfactual is fitted on, and what it is compared with."""
COUNTED = 10
"""Events of a kind below which an interval says next to nothing."""
RECAPTURED = 7
"""Channels that two collectors share, below which a hidden total is worthless (Robson and Regier 1964)."""
LABELLED = 100
"""Labelled items, below which a share has an interval of twenty points or more."""
TOGETHER = 26
"""Weeks in which incidents and presence must be seen together: half a year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A metric of a claim."""

    name: str
    can: bool
    text: str
    """What it can rest on; or why it cannot be had."""
    collect: tuple[str, ...] = ()
    """What would make it possible, or better."""

    def to_json(self) -> Json:
        """Return the part."""
        return {"name": self.name, "can": self.can, "why": self.text, "collect": list(self.collect)}


def can(name: str, text: str, *collect: str) -> Part:
    """Return a part that the files support; ``collect`` would make it better."""
    return Part(name=name, can=True, text=text, collect=collect)


def cannot(name: str, text: str, *collect: str) -> Part:
    """Return a part that the files do not support, and why."""
    return Part(name=name, can=False, text=text, collect=collect)


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 week``, ``2 weeks``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
