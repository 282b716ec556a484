"""A rule file → the calls of ``rule(…)`` in it, as Python's own parser sees them. Nothing is executed.

Whatever the parser makes of hostile text, too deep, too long or no text at all, comes out as the one error.
"""

import ast
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

from abate.domain.signal import Span
from abate.policy.rules.errors import RuleError, shown

MOST_CHARACTERS = 1 << 20
"""Characters of a rule file."""

MOST_RULES = 2_000

LONGEST_LINE = 20_000
"""Characters of a line: a place in it is found by looking through it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A rule file: its text with one kind of line end, and what it is called."""

    file: str
    text: str
    starts: tuple[int, ...] = field(repr=False)
    """Where each line begins, in characters."""

    def offset(self, line: int, column: int) -> int:
        """Return the place in characters of what the parser counts in lines from 1 and UTF-8 bytes from 0."""
        start = self.starts[line - 1]
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        text = self.text[start:end]
        return start + (column if text.isascii() else len(text.encode()[:column].decode(errors="ignore")))

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> Span:
        """Return where ``node`` stands."""
        last, behind = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return Span(start=self.offset(node.lineno, node.col_offset), end=self.offset(last, behind))

    def error(self, message: str, start: int) -> RuleError:
        """Return the error that points at the character ``start``."""
        line = bisect_right(self.starts, start)
        return RuleError(message, file=self.file, line=line, column=start - self.starts[line - 1] + 1)

    def refuse(self, message: str, start: int) -> NoReturn:
        """Raise the error that points at the character ``start``."""
        raise self.error(message, start)


def source(untrusted_text: str, file: str) -> Source:
    """Take in the text of a rule file.

    :raises RuleError: when it is too long, or holds what no text file holds
    """
    text = untrusted_text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    starts = [0]
    while (found := text.find("\n", starts[-1])) >= 0:
        starts.append(found + 1)
    made = Source(file=file, text=text, starts=tuple(starts))
    if len(text) > MOST_CHARACTERS:
        msg = f"the file has {len(text)} characters, of {MOST_CHARACTERS} at most; split it"
        made.refuse(msg, 0)
    for start, behind in pairwise((*starts, len(text))):
        if behind - start > LONGEST_LINE:
            made.refuse(f"a line has more than {LONGEST_LINE} characters; break it", start)
    for place, sign in enumerate(text):
        if sign == "\0" or "\ud800" <= sign <= "\udfff":
            made.refuse("a character that no text file holds; save the file as UTF-8", place)
    return made


def statements(made: Source) -> list[ast.stmt]:
    """Return what stands in a file, in order.

    :raises RuleError: when it is not Python's syntax, or holds too much
    """
    body = _parsed(made).body
    if len(body) > MOST_RULES:
        made.refuse(f"the file has {len(body)} rules, of {MOST_RULES} at most; split it", 0)
    return body


def call_of(made: Source, statement: ast.stmt) -> ast.Call:
    """Return the ``rule(…)`` call that a statement is.

    :raises RuleError: when it is anything else
    """
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "rule":
        msg = 'only rule(name="…", when=…, …) stands at the top of a rule file; remove this'
        made.refuse(msg, made.span(statement).start)
    return call


def _parsed(made: Source) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # What Python thinks of an author's escapes goes to the author with an error, or to nobody.
            warnings.simplefilter("ignore")
            return ast.parse(made.text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(made.starts))
        start = min(made.starts[line - 1] + max((error.offset or 1) - 1, 0), len(made.text))
        made.refuse(f"not the syntax of a rule: {shown(error.msg)}; mend it here", start)
    except (ValueError, RecursionError, MemoryError, OverflowError):
        made.refuse("nested too deeply, or a number is too long; write it in smaller rules", 0)
