"""What the claims may read: the measures' own JSON, by name, and for each measure that is missing, why.

A claim sees nothing else. That is what lets every figure of a sentence carry a JSON pointer (RFC 6901) into the numbers
that are published beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abate.domain.errors import NotFoundError
from abate.measurement.footing import Json

MISSING = "missing"
"""The name under which the document lists what could not be measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """Why a measure has no answer."""

    why: str
    """One sentence."""
    collect: str = ""
    """What would have to be collected."""

    def to_json(self) -> Json:
        """Return the pair."""
        return {"why": self.why, "collect": self.collect}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Answers by the name of their measure, and what is missing."""

    answers: Mapping[str, Json]
    missing: Mapping[str, Missing] = field(default_factory=dict)

    @property
    def document(self) -> Json:
        """The one JSON document that all pointers point into."""
        return {**self.answers, MISSING: {name: one.to_json() for name, one in sorted(self.missing.items())}}

    def has(self, *names: str) -> bool:
        """Say whether all these measures answered."""
        return all(name in self.answers for name in names)

    def at(self, pointer: str) -> object:
        """Return the value that a pointer names.

        :raises NotFoundError: when there is none
        """
        return resolve(self.document, pointer)

    def get(self, pointer: str) -> object:
        """Return the value that a pointer names, or ``None``."""
        try:
            return self.at(pointer)
        except NotFoundError:
            return None

    def number(self, pointer: str) -> float | None:
        """Return the number that a pointer names; ``None`` where there is none."""
        value = self.get(pointer)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def pair(self, pointer: str) -> tuple[float, float] | None:
        """Return the interval that a pointer names; ``None`` where there is none, or one side of it is open."""
        value = self.get(pointer)
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:  # noqa: PLR2004 - low and high
            return None
        low, high = value
        return None if low is None or high is None else (float(low), float(high))

    def rows(self, pointer: str) -> Sequence[object]:
        """Return the list that a pointer names; empty where there is none."""
        value = self.get(pointer)
        return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def resolve(document: object, pointer: str) -> object:
    """Return the value at an RFC 6901 pointer.

    :raises NotFoundError: when nothing is there
    """
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            msg = f"nothing stands at {pointer}"
            raise NotFoundError(msg)
    return value


def token(name: str) -> str:
    """Return a name as a part of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")
