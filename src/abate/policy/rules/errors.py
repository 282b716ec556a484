"""The one error of the rule language: what is wrong, where to the column, and the remedy."""

from abate.domain.errors import InputError

SHOWN = 60
"""Letters of an author's text that a message repeats."""


class RuleError(InputError):
    """A rule file cannot be used. ``where`` is ``file:line:column``, both counted from 1, columns in characters."""

    def __init__(self, message: str, *, file: str, line: int, column: int) -> None:
        super().__init__(message, where=f"{file}:{line}:{column}")
        self.line = line
        self.column = column


def shown(untrusted_text: str) -> str:
    """Return the text as a message quotes it: short, and with every control mark made visible."""
    kept = untrusted_text if len(untrusted_text) <= SHOWN else f"{untrusted_text[:SHOWN]}…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in kept)
