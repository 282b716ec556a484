"""The lists of cues, as their files hold them. Light to import: the walk over texts is compiled, and comes later."""

import tomllib
from pathlib import Path
from typing import Final

CUES: Final = Path(__file__).with_name("cues")
KINDS: Final = (
    "say", "source", "wire", "event", "when",
    "speech", "denounce", "sanction", "refuse", "victims", "debunk",
    "law", "study",
    "praise", "agree", "call", "contact", "howto",
    "hostile", "i", "you", "we", "not",
)  # fmt: skip
"""The kinds of cue, in the model's order."""
MARKS: Final = ("quotation", "question", "exclamation", "digits")
"""What is counted besides: pairs of quotation marks, the other marks, and runs of digits."""
WIDTH: Final = 2 * len(KINDS) + len(MARKS)
"""How many counts a text has: each kind outside of quotations, each inside, the marks."""


def languages() -> tuple[str, ...]:
    """Return the codes of the languages whose cues are there, sorted."""
    return tuple(sorted(path.stem for path in CUES.glob("*.toml")))


def cues_of(language: str) -> dict[str, list[str]]:
    """Return the cues as their file lists them, by kind.

    :raises ValueError: when the file names a kind that there is not, or lacks one
    """
    lines = tomllib.loads((CUES / f"{language}.toml").read_text("utf-8"))
    if set(lines) != set(KINDS):
        msg = f"cues/{language}.toml has other kinds than those of KINDS: {sorted(set(lines) ^ set(KINDS))}"
        raise ValueError(msg)
    return {kind: listed(lines[kind]) for kind in KINDS}


def listed(line: str) -> list[str]:
    """Return the cues of one kind, each with single spaces."""
    return [" ".join(cue.split()) for cue in line.split(",")]
