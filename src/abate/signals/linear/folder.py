"""A model as a folder: raw arrays, one JSON file, a data card, and a manifest with the SHA-256 of each.

Nothing in it is ever run: no pickle, no code. The weights are mapped into memory, so that workers share them. A folder
of which any file is missing, changed, or not in the manifest is refused.
"""

import hashlib
import mmap
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np

from abate.domain.errors import InputError
from abate.signals.linear.model import BINARY, Calibration, Model

T = TypeVar("T")

MANIFEST: Final = "manifest.json"
KIND: Final = "abate-linear"
FORMAT: Final = 1
MOST_MANIFEST: Final = 1 << 16
MOST_DESCRIPTION: Final = 1 << 24

_WEIGHTS, _DESCRIPTION, _CARD = "weights.bin", "model.json", "card.md"
_FILES = frozenset({_WEIGHTS, _DESCRIPTION, _CARD})


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Manifest:
    kind: str
    format: int
    files: dict[str, _File]


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
    if folder.exists() and not is_model(folder) and (not folder.is_dir() or any(folder.iterdir())):
        msg = "something that is not a model is in the way; name another folder"
        raise InputError(msg, where=str(folder))
    contents = {
        _WEIGHTS: model.table.astype("<i2").tobytes(),
        _DESCRIPTION: msgspec.json.format(msgspec.json.encode(_described(model), order="sorted"), indent=1),
        _CARD: card.encode("utf-8", "replace"),
    } | dict(further or {})
    if len(contents) != len(_FILES) + len(further or {}) or not all(map(_is_plain, contents)):
        msg = f"the further files {', '.join(sorted(further or {}))} cannot be had; give them plain names of their own"
        raise InputError(msg, where=str(folder))
    files = {
        name: _File(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in contents.items()
    }
    manifest = msgspec.json.encode(_Manifest(kind=KIND, format=FORMAT, files=files), order="sorted")
    try:
        _put(folder, contents | {MANIFEST: msgspec.json.format(manifest, indent=1)})
    except OSError as error:
        msg = f"the model cannot be written: {error.strerror}; free the place or name another"
        raise InputError(msg, where=str(folder)) from error
    return hashlib.sha256(msgspec.json.format(manifest, indent=1)).hexdigest()


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


def is_model(folder: Path) -> bool:
    """Say whether ``folder`` calls itself a linear model, of whatever format."""
    try:
        return _manifest(folder).kind == KIND
    except InputError:
        return False


def _manifest(folder: Path) -> _Manifest:
    return _decoded(_read(folder, MANIFEST, MOST_MANIFEST), _Manifest, folder / MANIFEST)


def _read(folder: Path, name: str, most: int) -> bytes:
    try:
        with (folder / name).open("rb") as source:
            content = source.read(most + 1)
    except OSError as error:
        msg = f"the model's file cannot be read: {error.strerror}; copy the folder anew from where it was trained"
        raise InputError(msg, where=str(folder / name)) from error
    if len(content) > most:
        msg = f"the model's file is larger than {most} bytes; copy the folder anew from where it was trained"
        raise InputError(msg, where=str(folder / name))
    return content


def _decoded(content: bytes, kind: type[T], where: Path) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"the model's file does not say what it must ({error}); copy the folder anew from where it was trained"
        raise InputError(msg, where=str(where)) from error


def open_model(folder: Path) -> Model:
    """Return the model in ``folder``, every file of it checked against its manifest.

    :raises InputError: when a file is missing, was changed, is not the model's, or cannot be read by this version
    """
    return open_with_version(folder)[0]


def open_with_version(folder: Path) -> tuple[Model, str]:
    """Return the model and its version, as :func:`open_model`.

    :raises InputError: as :func:`open_model`
    """
    raw = _read(folder, MANIFEST, MOST_MANIFEST)
    manifest = _decoded(raw, _Manifest, folder / MANIFEST)
    if manifest.kind != KIND or manifest.format != FORMAT:
        msg = (
            f"the model is a {manifest.kind!r} of format {manifest.format}, read is {KIND!r} of {FORMAT}; train it anew"
        )
        raise InputError(msg, where=str(folder / MANIFEST))
    _complete(folder, manifest)
    description = _read(folder, _DESCRIPTION, MOST_DESCRIPTION)
    _same(description, manifest.files[_DESCRIPTION], folder / _DESCRIPTION)
    for name in sorted(manifest.files.keys() - {_DESCRIPTION, _WEIGHTS}):
        _same(_read(folder, name, MOST_DESCRIPTION), manifest.files[name], folder / name)
    said = _decoded(description, _Description, folder / _DESCRIPTION)
    _sound(said, folder / _DESCRIPTION)
    return _model(said, _table(said, manifest.files[_WEIGHTS], folder / _WEIGHTS)), hashlib.sha256(raw).hexdigest()


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_-]*(\.[a-z0-9]+)?", name) is not None and name != MANIFEST


def _complete(folder: Path, manifest: _Manifest) -> None:
    if not manifest.files.keys() >= _FILES or not all(map(_is_plain, manifest.files)):
        msg = f"the manifest lists {', '.join(sorted(manifest.files))} and not the files of a model; copy it anew"
        raise InputError(msg, where=str(folder / MANIFEST))
    strange = sorted({path.name for path in folder.iterdir()} - manifest.files.keys() - {MANIFEST})
    if strange:
        msg = f"the file {strange[0]!r} in the model's folder is not the model's; take it away"
        raise InputError(msg, where=str(folder))


def _same(content: bytes | mmap.mmap, file: _File, where: Path) -> None:
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        msg = "the model's file was changed since it was trained; copy the folder anew from where it was trained"
        raise InputError(msg, where=str(where))


def _table(said: _Description, file: _File, where: Path) -> np.ndarray:
    columns = len(said.scales)
    if file.bytes != (1 << said.bits) * columns * np.dtype("<i2").itemsize:
        msg = (
            f"the model's weights have {file.bytes} bytes, which is not what its description says; copy the folder anew"
        )
        raise InputError(msg, where=str(where))
    try:
        with where.open("rb") as source:
            mapped = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        msg = f"the model's file cannot be read: {error}; copy the folder anew from where it was trained"
        raise InputError(msg, where=str(where)) from error
    _same(mapped, file, where)
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
        msg = "the model's description contradicts itself; copy the folder anew from where it was trained"
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
