"""Where in two videos the same is seen."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """A span of the item that repeats a span of an entry's video; seconds after each one's first frame.

    Each end is a frame that was hashed, so that either span may reach further by the distance between two of them.
    """

    item_from_s: float
    item_to_s: float
    entry_from_s: float
    entry_to_s: float
    item_percent: float
    """Of the item's different usable frames, how many are in the entry."""
    entry_percent: float
    """Of the entry's different usable frames, how many are in the item."""
    frames: str = "second"
    """How the frames were chosen; ``keyframe against second`` where the two sides differ, and less is found."""

    @property
    def item_span(self) -> str:
        """Return the item's span as a player shows it: ``1:06–1:13``."""
        return f"{_clock(self.item_from_s)}–{_clock(self.item_to_s)}"

    @property
    def entry_span(self) -> str:
        """Return the entry's span as a player shows it."""
        return f"{_clock(self.entry_from_s)}–{_clock(self.entry_to_s)}"


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
