"""The folder of an ONNX model.

``model.json`` says how to ask the model and how it was calibrated, ``model.onnx`` and ``tokenizer.json`` are the model;
other files that the manifest lists are the model's external data. What it does not list is not read. The manifest, and
how files are read, are those of every model: ``signals/model_folder.py``.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from abate.domain.errors import InputError
from abate.signals.linear.calibration import Curves
from abate.signals.linear.conformal import Least
from abate.signals.model_folder import MANIFEST, Form, checked, decoded, read, version_of

DESCRIPTION, MODEL, TOKENIZER = "model.json", "model.onnx", "tokenizer.json"
FORM: Final = Form(kind="abate-onnx", format=1, needed=(DESCRIPTION, MODEL, TOKENIZER))
BINARY: Final = 2
MOST_TOKENS: Final = 8192
MOST_SECONDS: Final = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What held-out texts in one language said of the model."""

    rows: int
    curves: Curves
    """Platt's, of the decision values; see ``runner.Runner.decisions``."""
    least: Least
    """The bounds of the conformal sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """How the model is asked, and in which languages its answers mean what they say."""

    name: str
    """What its scores are called by."""
    labels: tuple[str, ...]
    """In the order of the model's output."""
    rest: str = ""
    """The label that stands for 'none of the others' and gets no score of its own; empty for none."""
    languages: tuple[str, ...] = ()
    """Those it was trained on; texts in others are not shown to it. Empty: it is shown all."""
    max_tokens: int = 256
    """Tokens of a text that it is shown, the first ones."""
    batch: int = 16
    """Texts that it is shown at once."""
    seconds: float = 5.0
    """After which a batch is given up."""
    pad: int = 0
    """The token that fills up shorter texts."""
    output: str = ""
    """Which of its outputs holds the labels' logits; empty for the first."""
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    """By language."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """A folder that was read and found to be whole."""

    description: Description
    files: Mapping[str, bytes]
    """Every file that the manifest lists, by name, and the manifest itself."""
    version: str
    """SHA-256 of the manifest, and thereby of all."""


def opened(folder: Path) -> Contents:
    """Read the folder.

    :raises InputError: when a file is missing, was changed, is a link, leads out of the folder, or says what cannot be
    """
    manifest, raw = FORM.opened(folder)
    files = {name: checked(folder, name, manifest.files[name]) for name in sorted(manifest.files)}
    description = decoded(files[DESCRIPTION], Description, folder / DESCRIPTION)
    _sound(description, folder / DESCRIPTION)
    return Contents(description=description, files=files | {MANIFEST: raw}, version=version_of(raw))


def describe(folder: Path, description: Description) -> None:
    """Write ``model.json``; :func:`seal` the folder after it.

    :raises InputError: when the description cannot be
    """
    _sound(description, folder / DESCRIPTION)
    encoded = msgspec.json.encode(description, order="sorted")
    (folder / DESCRIPTION).write_bytes(msgspec.json.format(encoded, indent=1))


def seal(folder: Path) -> str:
    """Write the manifest of all files that lie in ``folder``, and return the model's version.

    :raises InputError: when something in the folder is no plain file
    """
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
    raw = FORM.written({name: read(folder, name) for name in names})
    beside = folder / f".{MANIFEST}.{os.getpid()}"
    beside.write_bytes(raw)
    beside.replace(folder / MANIFEST)
    return version_of(raw)


def _sound(said: Description, where: Path) -> None:
    faults = {
        "the name is empty or has a colon": not said.name or ":" in said.name,
        "the labels are not two or more different ones": len(said.labels) < BINARY
        or len(set(said.labels)) < len(said.labels)
        or not all(said.labels),
        "rest is no label": bool(said.rest) and said.rest not in said.labels,
        f"max_tokens is not from 1 to {MOST_TOKENS}": not 1 <= said.max_tokens <= MOST_TOKENS,
        "batch is not from 1 to 256": not 1 <= said.batch <= 256,  # noqa: PLR2004 - the sentence says it
        f"seconds is not above 0 and at most {MOST_SECONDS:g}": not 0 < said.seconds <= MOST_SECONDS,
        "pad is below 0": said.pad < 0,
        "a calibration is of a language that it was not trained on": bool(said.languages)
        and not said.calibrations.keys() <= set(said.languages),
        "a calibration does not fit the labels": not all(
            _fits(one, len(said.labels)) for one in said.calibrations.values()
        ),
    }
    fault = next((sentence for sentence, is_so in faults.items() if is_so), "")
    if fault:
        msg = f"the model's description cannot be: {fault}; correct it and write the manifest anew"
        raise InputError(msg, where=str(where))


def _fits(one: Calibration, labels: int) -> bool:
    curves = 1 if labels == BINARY else labels
    numbers = (*one.curves.slopes, *one.curves.offsets, *one.least.probabilities, one.least.level)
    return (
        len(one.curves.slopes) == len(one.curves.offsets) == curves
        and len(one.least.probabilities) == labels
        and all(math.isfinite(number) for number in numbers)
    )
