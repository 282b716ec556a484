"""What the operators and functions come to on values that are there, where Python alone would not say it like SQL."""

SMALLEST_DIVISOR = 1e-9
"""A divisor nearer to 0 counts as 0, and what is divided by 0 is missing: so a quotient has a bound."""


def divided(left: float, right: float) -> float | None:
    """Return the quotient of two numbers, or missing."""
    return left / right if abs(right) >= SMALLEST_DIVISOR else None


def lowered(text: str) -> str:
    """Make each letter small by itself, whatever stands beside it.

    ``str.lower`` looks at neighbours in one case, a sigma that ends a word, and makes two characters of one, the
    capital I with a dot. Neither happens in SQL.
    """
    return text.lower() if text.isascii() else text.replace("Σ", "σ").replace("İ", "i").lower()


def holds_any(text: str, needles: tuple[str, ...]) -> bool:
    """Say whether one of ``needles`` stands in ``text``."""
    return any(needle in text for needle in needles)
