"""Patterns, by RE2 only: it takes time linear in the text, whatever the pattern. Python's own can be made to stall."""

import re2  # type: ignore[import-untyped]  # published without types; nothing else imports it

MEMORY = 8 << 20
"""Bytes that a compiled pattern may take; DuckDB gives its own RE2 the same, so what is accepted here runs there."""


class Pattern:
    """A compiled pattern."""

    __slots__ = ("_search",)

    def __init__(self, text: str) -> None:
        """Compile ``text``.

        :raises ValueError: when RE2 does not take it, with why
        """
        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        try:
            self._search = re2.compile(text, options=options).search
        except re2.error as error:
            why = error.args[0] if error.args else "not an RE2 pattern"
            raise ValueError(why.decode(errors="replace") if isinstance(why, bytes) else str(why)) from error

    def is_in(self, text: str) -> bool:
        """Say whether the pattern is found anywhere in ``text``."""
        # As bytes: for a text the binding would count where in characters each group stands, which nobody asked.
        return self._search(text.encode()) is not None


def one_of(needles: tuple[str, ...]) -> str:
    """Return the pattern that finds any of ``needles`` as they stand."""
    return "|".join("".join(_escaped(sign) for sign in needle) for needle in needles)


def _escaped(sign: str) -> str:
    if sign.isalnum() or not sign.isascii() or sign == "_":
        return sign
    return f"\\x{ord(sign):02x}"
