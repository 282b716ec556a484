"""Sentences that cannot hold a number of their own: the template has no digit, each figure points at its value.

So "every sentence can be traced to a number" is not a rule that writers have to remember. A template with a digit in it
does not become a sentence, and a figure is shown by one of a few formats from the value at its pointer.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any

from abate.measurement.claims.evidence import Evidence
from abate.measurement.footing import Json
from abate.measurement.wording import ENGLISH

_SPACE = "\u00a0"
"""No line break between a number and its unit."""
_MINUS = "\u2212"
_DIGIT = re.compile(r"\d")
_HASH = 12
_SMALL = 0.0095
"""Below this share a percentage gets a decimal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One value in a sentence, and where it stands in the numbers."""

    name: str
    pointer: str
    form: str
    """A key of :data:`FORMS`."""
    value: object

    @property
    def shown(self) -> str:
        """Return it as the sentence shows it."""
        return FORMS[self.form](self.value)

    def to_json(self) -> Json:
        """Return what a reader needs to check it."""
        return {
            "name": self.name,
            "pointer": self.pointer,
            "format": self.form,
            "value": self.value,
            "shown": self.shown,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A template of the catalogue and the figures in it."""

    key: str
    figures: tuple[Figure, ...] = ()

    def parts(self, catalogue: Mapping[str, str] = ENGLISH) -> Iterator[str | Figure]:
        """Yield the words and the figures in the order of the catalogue's language."""
        named = {figure.name: figure for figure in self.figures}
        for words, name, _, _ in Formatter().parse(catalogue[self.key]):
            if words:
                yield words
            if name is not None:
                yield named[name]

    def text(self, catalogue: Mapping[str, str] = ENGLISH) -> str:
        """Return the sentence as plain text."""
        return "".join(part if isinstance(part, str) else part.shown for part in self.parts(catalogue))

    def to_json(self) -> Json:
        """Return the sentence with the numbers it rests on."""
        return {"key": self.key, "text": self.text(), "numbers": [figure.to_json() for figure in self.figures]}


def say(evidence: Evidence, key: str, **figures: tuple[str, str]) -> Sentence:
    """Make a sentence.

    :param figures: name in the template → pointer and form
    :raises abate.domain.errors.NotFoundError: when a pointer leads nowhere
    :raises ValueError: when the template holds a digit, or a name that no figure has
    """
    template = ENGLISH[key]
    names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    words = "".join(words for words, _, _, _ in Formatter().parse(template))
    if _DIGIT.search(words) or set(names) != set(figures):
        msg = f"template {key!r}: its words hold a digit, or its names {names} are not those given, {list(figures)}"
        raise ValueError(msg)
    made = (
        Figure(name=name, pointer=pointer, form=form, value=evidence.at(pointer))
        for name, (pointer, form) in figures.items()
    )
    return Sentence(key=key, figures=tuple(made))


def _percent(share: float) -> str:
    size = abs(share)
    digits = 1 if 0 < size < _SMALL else 0
    return f"{100 * size:,.{digits}f}{_SPACE}%"


def _points(share: float) -> str:
    return f"{100 * abs(share):.0f}"


def _signed_percent(share: float) -> str:
    text = _percent(share)
    sign = "" if not re.search("[1-9]", text) else _MINUS if share < 0 else "+"
    return sign + text


def _bare(share: float) -> str:
    text = _signed_percent(share).removesuffix(f"{_SPACE}%")
    return text.removeprefix("+")


def _pair(pair: Any, show: Callable[[float], str]) -> str:  # noqa: ANN401 - a JSON value
    sides = ("…" if side is None else show(side) for side in pair)
    return f"[{', '.join(sides)}]"


def _fall_interval(pair: Any) -> str:  # noqa: ANN401 - a JSON value
    low, high = pair
    turned = (None if high is None else -high, None if low is None else -low)
    return _pair(turned, _bare)


def _day(value: str) -> str:
    day = date.fromisoformat(value[:10])
    return f"{day.day}{_SPACE}{day:%B}{_SPACE}{day.year}"


def _mean(value: float) -> str:
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"  # noqa: PLR2004 - three digits are enough
    return shown.removesuffix(".0").replace("-", _MINUS)


def _hash(value: str) -> str:
    """Show as much of a hash as two people compare by eye; all of it stands at its pointer."""
    return value if len(value) <= _HASH else f"{value[:_HASH]}…"


def _names(values: Any) -> str:  # noqa: ANN401 - a JSON value
    return ", ".join(str(value) for value in values)


FORMS: Mapping[str, Callable[[Any], str]] = {
    "text": str,
    "names": _names,
    "hash": _hash,
    "count": lambda value: f"{value:,.0f}",
    "mean": _mean,
    "day": _day,
    "size": _percent,
    "percent": _signed_percent,
    "points": _points,
    "signed points": lambda share: _bare(share) if share <= 0 else f"+{_bare(share)}",
    "interval": lambda pair: _pair(pair, _bare),
    "fall interval": _fall_interval,
    "mean interval": lambda pair: _pair(pair, _mean),
    "signed mean": lambda value: f"{value:+.1f}".replace("-", _MINUS),
    "signed mean interval": lambda pair: _pair(pair, lambda value: f"{value:.1f}".replace("-", _MINUS)),
    "times": lambda value: f"{value:.2f}",
    "times of log": lambda value: f"{math.exp(min(value, 50.0)):.2f}",
    "times of log interval": lambda pair: _pair(pair, lambda value: f"{math.exp(min(value, 50.0)):.2f}"),
}
"""How a value is shown. ``size`` drops the sign, because the words around it say *fell* or *rose*; ``times of log``
turns a coefficient of a logarithm into the factor that people can read."""
