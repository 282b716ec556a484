"""What is to happen with an item, as one word with an order."""

from enum import StrEnum


class Verdict(StrEnum):
    """What is to happen with an item, mildest first. ``remove`` is never automatic."""

    NONE = "none"
    REVIEW = "review"
    LIMIT = "limit"
    """Out of sight, reversible, at most 24 hours when automatic."""
    REMOVE = "remove"
    """Not reachable by the public and still restorable: removal is not deletion."""

    @property
    def severity(self) -> int:
        """Return its place in the order, 0 for the mildest. Compare these: two words compare as text."""
        return list(Verdict).index(self)

    def at_most(self, ceiling: "Verdict") -> "Verdict":
        """Return the milder of the two."""
        return self if self.severity <= ceiling.severity else ceiling
