"""The folder of a linear model: raw weights, one JSON file, a data card; see ``signals/model_folder.py`` for the rest.

The weights are mapped into memory, so that workers share them. A folder in which lies what its manifest does not list
is refused.
"""

import mmap
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from abate.domain.errors import InputError
from abate.signals.linear.model import BINARY, Calibration, Model
from abate.signals.model_folder import (
    AGAIN,
    MANIFEST,
    File,
    Form,
    Manifest,
    check,
    checked,
    decoded,
    descriptor,
    unreadable,
    version_of,
)

FORMAT: Final = 1

_WEIGHTS, _DESCRIPTION, _CARD = "weights.bin", "model.json", "card.md"
FORM: Final = Form(kind="abate-linear", format=FORMAT, needed=(_CARD, _DESCRIPTION, _WEIGHTS))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Description:
    """The model without its weights."""

    name: str
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    violating: tuple[str, ...]
    review: dict[str, float]
    bits: int
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    pooled: Calibration | None
    calibrations: dict[str, Calibration]
    alarms: tuple[str, ...]
    rows: int
    rows_since: int


def save(model: Model, folder: Path, *, card: str = "", further: Mapping[str, bytes] | None = None) -> str:
    """Write the model and return its version: the SHA-256 of its manifest.

    It is written beside, and put in its place when it is whole. The same model gives the same bytes.

    :param card: what it was trained on and what it is good for, in Markdown
    :param further: other files by name, which opening checks and does not read
    :raises InputError: when something is in the way that is not a model, or it cannot be written
    """
    if folder.exists() and not FORM.is_at(folder) and (not folder.is_dir() or any(folder.iterdir())):
        msg = "something that is not a model is in the way; name another folder"
        raise InputError(msg, where=str(folder))
    contents = {
        _WEIGHTS: model.table.astype("<i2").tobytes(),
        _DESCRIPTION: msgspec.json.format(msgspec.json.encode(_described(model), order="sorted"), indent=1),
        _CARD: card.encode("utf-8", "replace"),
    } | dict(further or {})
    if len(contents) != len(FORM.needed) + len(further or {}) or not all(map(_is_plain, contents)):
        msg = f"the further files {', '.join(sorted(further or {}))} cannot be had; give them plain names of their own"
        raise InputError(msg, where=str(folder))
    manifest = FORM.written(contents)
    try:
        _put(folder, contents | {MANIFEST: manifest})
    except OSError as error:
        msg = f"the model cannot be written: {error.strerror}; free the place or name another"
        raise InputError(msg, where=str(folder)) from error
    return version_of(manifest)


def _put(folder: Path, contents: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for name, content in contents.items():
        with (beside / name).open("wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
    before = folder.with_name(f".{folder.name}.{os.getpid()}.before")
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)


def _described(model: Model) -> _Description:
    return _Description(
        name=model.name,
        labels=model.labels,
        languages=model.languages,
        violating=model.violating,
        review=dict(model.review),
        bits=model.bits,
        scales=model.scales,
        biases=model.biases,
        pooled=model.pooled,
        calibrations=dict(model.calibrations),
        alarms=tuple(sorted(model.alarms)),
        rows=model.rows,
        rows_since=model.rows_since,
    )


def open_model(folder: Path) -> Model:
    """Return the model in ``folder``, every file of it checked against its manifest.

    :raises InputError: when a file is missing, was changed, is not the model's, or cannot be read by this version
    """
    return open_with_version(folder)[0]


def open_with_version(folder: Path) -> tuple[Model, str]:
    """Return the model and its version, as :func:`open_model`.

    :raises InputError: as :func:`open_model`
    """
    manifest, raw = FORM.opened(folder)
    _nothing_else(folder, manifest)
    read = {name: checked(folder, name, file) for name, file in sorted(manifest.files.items()) if name != _WEIGHTS}
    said = decoded(read[_DESCRIPTION], _Description, folder / _DESCRIPTION)
    _sound(said, folder / _DESCRIPTION)
    return _model(said, _table(said, manifest.files[_WEIGHTS], folder / _WEIGHTS)), version_of(raw)


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_-]*(\.[a-z0-9]+)?", name) is not None and name != MANIFEST


def _nothing_else(folder: Path, manifest: Manifest) -> None:
    strange = sorted({path.name for path in folder.iterdir()} - manifest.files.keys() - {MANIFEST})
    if strange:
        msg = f"the file {strange[0]!r} in the model's folder is not the model's; take it away"
        raise InputError(msg, where=str(folder))


def _table(said: _Description, file: File, where: Path) -> np.ndarray:
    columns = len(said.scales)
    if file.bytes != (1 << said.bits) * columns * np.dtype("<i2").itemsize:
        msg = f"the model's weights have {file.bytes} bytes, which is not what its description says; {AGAIN}"
        raise InputError(msg, where=str(where))
    try:
        with os.fdopen(descriptor(where), "rb") as source:
            mapped = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise unreadable(error, where) from error
    except ValueError as error:
        msg = f"the model's file cannot be read: {error}; {AGAIN}"
        raise InputError(msg, where=str(where)) from error
    check(mapped, file, where)
    return np.frombuffer(mapped, dtype="<i2").reshape(1 << said.bits, columns)


def _sound(said: _Description, where: Path) -> None:
    """Refuse a description that no training writes, however its hash fits."""
    labels = len(said.labels)
    classes = 1 if labels == BINARY else labels
    every = [*said.calibrations.values(), *([] if said.pooled is None else [said.pooled])]
    fits = (
        labels >= BINARY
        and 10 <= said.bits <= 22  # noqa: PLR2004 - what training takes
        and sorted(set(said.labels)) == list(said.labels)
        and len(said.scales) == classes + 1
        and len(said.biases) == classes
        and all(0 < scale < np.inf for scale in said.scales)
        and set(said.violating) <= set(said.labels)
        and bool(np.isfinite([*said.biases, *said.review.values()]).all())
        and all(_fits(one, labels, classes) for one in every)
    )
    if not fits:
        msg = f"the model's description contradicts itself; {AGAIN}"
        raise InputError(msg, where=str(where))


def _fits(one: Calibration, labels: int, classes: int) -> bool:
    lengths = {len(one.least.probabilities), len(one.least.rows), len(one.reference)}
    curves = {len(one.curves.slopes), len(one.curves.offsets)}
    numbers = (*one.curves.slopes, *one.curves.offsets, *one.least.probabilities, one.least.level)
    return (
        lengths == {labels}
        and curves == {classes}
        and bool(np.isfinite(numbers).all())
        and 0 < one.least.level < 1
        and all(len(each.counts) == len(each.edges) + 1 for each in one.reference)
    )


def _model(said: _Description, table: np.ndarray) -> Model:
    return Model(
        name=said.name,
        labels=said.labels,
        languages=said.languages,
        violating=said.violating,
        review=said.review,
        bits=said.bits,
        table=table,
        scales=said.scales,
        biases=said.biases,
        pooled=said.pooled,
        calibrations=said.calibrations,
        alarms=frozenset(said.alarms),
        rows=said.rows,
        rows_since=said.rows_since,
    )
