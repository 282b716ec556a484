"""Rule files as commands take them: read, and checked rule by rule."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from abate.domain.errors import InputError
from abate.flows.kit import Kit
from abate.flows.rules import life
from abate.policy.rules.errors import RuleError
from abate.policy.rules.read import MOST_CHARACTERS
from abate.policy.rules.tree import Rule

STANDARD_INPUT = "-"
MOST_BYTES = 4 * MOST_CHARACTERS
"""Of a file: UTF-8 takes four for a character at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What was found in a rule file."""

    file: str
    text: str = ""
    rules: tuple[Rule, ...] = ()
    """Where it has no mistake."""
    mistakes: tuple[RuleError, ...] = ()
    not_read: InputError | None = None
    """Why it could not be read."""

    @property
    def good(self) -> bool:
        """Return whether its rules could be kept."""
        return not self.mistakes and self.not_read is None


def each_checked(kit: Kit, files: list[str]) -> Iterator[Checked]:
    """Check one file after another; one that cannot be read costs itself only."""
    for file in files:
        try:
            text = read(file)
        except InputError as error:
            yield Checked(file=file, not_read=error)
            continue
        wrong = tuple(life.problems(kit, text, file))
        rules = () if wrong else life.check(kit, text, file).rules
        yield Checked(file=file, text=text, rules=rules, mistakes=wrong)


def require_free_input(files: list[str], as_: str, password_file: Path | None) -> None:
    """Check that a password and rules need not come through one pipe.

    :raises InputError: when they do
    """
    if STANDARD_INPUT in files and as_ and password_file is None:
        msg = "standard input holds the rules, so the password cannot come from it; add --password-file"
        raise InputError(msg)


def read(file: str) -> str:
    """Return what a rule file, or standard input, holds.

    :raises InputError: when it is not there, too long or no text
    """
    try:
        content = _bytes(file)
    except (OSError, ValueError) as error:
        msg = f"cannot be read ({getattr(error, 'strerror', None) or error}); name a rule file"
        raise InputError(msg, where=file) from error
    if len(content) > MOST_BYTES:
        msg = f"is above {MOST_BYTES} bytes; split it"
        raise InputError(msg, where=file)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"byte {error.start + 1} is no UTF-8; save the file as UTF-8"
        raise InputError(msg, where=file) from error


def _bytes(file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with Path(file).open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def one_rule(kit: Kit, file: str, name: str) -> str:
    """Return the text of the one rule that is meant of a file.

    :param name: which; empty where there is one only
    :raises RuleError: at the file's first mistake
    :raises InputError: when the file cannot be read, or it is not clear which rule is meant
    """
    rules = life.check(kit, read(file), file).rules
    meant = [rule for rule in rules if name in {"", rule.name}]
    if len(meant) != 1:
        there = ", ".join(rule.name for rule in rules) or "none"
        msg = f"which of its rules is meant? add --rule with one of: {there}"
        raise InputError(msg, where=file)
    return meant[0].text
