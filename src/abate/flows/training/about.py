"""What a model folder says of itself besides its weights: ``training.json``, which ``abate evaluate`` reads again.

It holds counts, column names, thresholds and figures; no text, and nothing about an account.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError

NAME = "training.json"
FORMAT = 1

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """How a model came about and what it is held to."""

    text: tuple[str, ...] = ()
    """Columns that ``abate evaluate`` reads where it is told no others."""
    label: str = ""
    language: str = ""
    violating: tuple[str, ...] = ()
    level: float = 0.9
    thresholds: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """As :mod:`abate.flows.training.thresholds` gives them."""
    trained: Json = field(default_factory=dict)
    """Counts, files with their SHA-256, split rule, seed and figures out of fold: for people, never read again."""

    def to_bytes(self) -> bytes:
        """Return the file."""
        body = {
            "format": FORMAT,
            "columns": {"text": list(self.text), "label": self.label, "language": self.language},
            "violating": list(self.violating),
            "level": self.level,
            "thresholds": self.thresholds,
            "trained": self.trained,
        }
        return (json.dumps(body, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def read_about(folder: Path) -> About:
    """Return what the model in ``folder`` says of itself; the folder's hashes were checked when it was opened.

    :raises InputError: when the file is not there or says something else
    """
    path = folder / NAME
    try:
        return _about(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = "does not say how the model was trained; give a folder that `abate train` of this version wrote"
        raise InputError(msg, where=str(path)) from error


def _about(body: Json) -> About:
    if body["format"] != FORMAT:
        raise ValueError(body["format"])
    columns = body["columns"]
    return About(
        text=tuple(map(str, columns["text"])),
        label=str(columns["label"]),
        language=str(columns["language"]),
        violating=tuple(map(str, body["violating"])),
        level=float(body["level"]),
        thresholds={code: _numbers(one) for code, one in body["thresholds"].items()},
        trained=dict(body["trained"]),
    )


def _numbers(values: Mapping[str, object]) -> dict[str, float | None]:
    return {name: None if value is None else float(str(value)) for name, value in values.items()}
