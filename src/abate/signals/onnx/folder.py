"""The folder of an ONNX model: what is in it, and that every byte is what its manifest says.

``manifest.json`` names the kind, the format and the SHA-256 and size of each file, as the manifest of a linear model
does. ``model.json`` says how to ask the model and how it was calibrated, ``model.onnx`` and ``tokenizer.json`` are the
model; other files that the manifest lists are the model's external data. A file is read once, checked, and used from
memory: nothing that changes on the disk afterwards is met, and no name leads out of the folder. What the manifest does
not list is not read.
"""

import hashlib
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from abate.domain.errors import InputError
from abate.signals.linear.calibration import Curves
from abate.signals.linear.conformal import Least

T = TypeVar("T")

KIND: Final = "abate-onnx"
FORMAT: Final = 1
MANIFEST, DESCRIPTION, MODEL, TOKENIZER = "manifest.json", "model.json", "model.onnx", "tokenizer.json"
MOST_MANIFEST: Final = 1 << 20
BINARY: Final = 2
MOST_TOKENS: Final = 8192
MOST_SECONDS: Final = 600.0

_AGAIN: Final = "copy the folder anew from where it was made"


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
class _File:
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Manifest:
    kind: str
    format: int
    files: dict[str, _File]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """A folder that was read and found to be whole."""

    description: Description
    files: Mapping[str, bytes]
    """Every file that the manifest lists, by name, and the manifest itself."""
    version: str
    """SHA-256 of the manifest, and thereby of all."""


def recognised(folder: Path) -> bool:
    """Say whether ``folder`` calls itself an ONNX model, of whatever format."""
    try:
        return _manifest(_read(folder, MANIFEST, most=MOST_MANIFEST), folder).kind == KIND
    except InputError:
        return False


def opened(folder: Path) -> Contents:
    """Read the folder.

    :raises InputError: when a file is missing, was changed, is a link, leads out of the folder, or says what cannot be
    """
    raw = _read(folder, MANIFEST, most=MOST_MANIFEST)
    manifest = _manifest(raw, folder)
    if (manifest.kind, manifest.format) != (KIND, FORMAT):
        found = f"{manifest.kind!r} of format {manifest.format}"
        msg = f"the model is a {found}, and what is read is {KIND!r} of format {FORMAT}; make it anew"
        raise InputError(msg, where=str(folder / MANIFEST))
    absent = sorted({DESCRIPTION, MODEL, TOKENIZER} - manifest.files.keys())
    if absent:
        msg = f"the manifest does not list {', '.join(absent)}; write it anew when the folder is complete"
        raise InputError(msg, where=str(folder / MANIFEST))
    files = {name: _checked(folder, name, manifest.files[name]) for name in sorted(manifest.files)}
    description = _decoded(files[DESCRIPTION], Description, folder / DESCRIPTION)
    _sound(description, folder / DESCRIPTION)
    return Contents(description=description, files=files | {MANIFEST: raw}, version=hashlib.sha256(raw).hexdigest())


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
    contents = {name: _read(folder, name) for name in names}
    files = {name: _File(sha256=hashlib.sha256(each).hexdigest(), bytes=len(each)) for name, each in contents.items()}
    manifest = msgspec.json.encode(_Manifest(kind=KIND, format=FORMAT, files=files), order="sorted")
    raw = msgspec.json.format(manifest, indent=1)
    beside = folder / f".{MANIFEST}.{os.getpid()}"
    beside.write_bytes(raw)
    beside.replace(folder / MANIFEST)
    return hashlib.sha256(raw).hexdigest()


def _manifest(raw: bytes, folder: Path) -> _Manifest:
    return _decoded(raw, _Manifest, folder / MANIFEST)


def _decoded(content: bytes, kind: type[T], where: Path) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"the model's file does not say what it must ({error}); {_AGAIN}"
        raise InputError(msg, where=str(where)) from error


def _checked(folder: Path, name: str, file: _File) -> bytes:
    if name in {"", ".", ".."} or "\x00" in name or Path(name).name != name or "\\" in name:
        msg = f"the manifest lists {name!r}, which leads out of the folder; write it anew from files in the folder"
        raise InputError(msg, where=str(folder / MANIFEST))
    content = _read(folder, name, most=file.bytes)
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        msg = f"the model's file is not the one that the manifest lists; {_AGAIN}"
        raise InputError(msg, where=str(folder / name))
    return content


def _read(folder: Path, name: str, *, most: int | None = None) -> bytes:
    """Return a plain file's content, at most one byte more than ``most``: no link is followed, no pipe waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(folder / name, flags), "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                msg = "is no plain file; put the file itself into the folder"
                raise InputError(msg, where=str(folder / name))
            return source.read() if most is None else source.read(most + 1)
    except OSError as error:
        msg = f"the model's file cannot be read ({error.strerror}), and links are not followed; {_AGAIN}"
        raise InputError(msg, where=str(folder / name)) from error


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
