"""The bundle of a study: a folder of small files, one hash over all of them, and the comparison with a second run.

``frozen.json`` is written first and alone, before any table is opened: it holds the plan, its hash and the time. Then
``inputs.json``, ``versions.json``, ``numbers/``, ``sentences.json``, ``charts/``; last ``manifest.json`` with the
SHA-256 of each. The bundle's hash is that of the manifest's canonical text.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError
from abate.measurement.footing import SCHEMA, Json
from abate.measurement.study.canonical import digest

FROZEN, MANIFEST, INPUTS, VERSIONS = "frozen.json", "manifest.json", "inputs.json", "versions.json"
SENTENCES, NUMBERS, CHARTS = "sentences.json", "numbers", "charts"
_TOLERANCE = 1e-9
"""Relative: another version of numpy may sum in another order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One number that came out otherwise."""

    measure: str
    pointer: str
    bundle: object
    now: object

    def to_json(self) -> Json:
        """Return the row."""
        return {"measure": self.measure, "pointer": self.pointer, "bundle": self.bundle, "now": self.now}


def write_json(path: Path, value: object) -> None:
    """Write a value so that people can read it too.

    :raises InputError: when the place cannot be written
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True)
    write_text(path, f"{text}\n")


def write_text(path: Path, text: str) -> None:
    """Write a text, making its folder.

    :raises InputError: when the place cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    except OSError as error:
        msg = f"cannot be written ({error.strerror}); name another place"
        raise InputError(msg, where=str(path)) from error


def read_json(path: Path) -> Any:  # noqa: ANN401 - a JSON value
    """Read a file of a bundle.

    :raises InputError: when it is missing or no JSON
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        msg = f"is no part of a bundle ({type(error).__name__}); name the folder that `abate measure study` wrote"
        raise InputError(msg, where=str(path)) from error


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    :raises InputError: when it cannot be read
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); put it where the plan says, or name its folder"
        raise InputError(msg, where=str(path)) from error


def seal(folder: Path) -> str:
    """Write the manifest over everything in the folder that belongs to the bundle, and return the bundle's hash."""
    files = {path.relative_to(folder).as_posix(): file_sha256(path) for path in _members(folder)}
    write_json(folder / MANIFEST, {"schema": SCHEMA, "files": files})
    return digest(files)


def _members(folder: Path) -> list[Path]:
    single = [folder / name for name in (FROZEN, INPUTS, VERSIONS, SENTENCES)]
    return [*single, *sorted((folder / NUMBERS).glob("*.json")), *sorted((folder / CHARTS).glob("*.*"))]


def bundle_hash(folder: Path) -> str:
    """Return the hash of a sealed bundle.

    :raises InputError: when the folder is no bundle
    """
    return digest(_files(folder))


def _files(folder: Path) -> dict[str, str]:
    manifest = read_json(folder / MANIFEST)
    if not isinstance(manifest, Mapping) or not isinstance(manifest.get("files"), Mapping):
        msg = "is no manifest; name the folder that `abate measure study` wrote"
        raise InputError(msg, where=str(folder / MANIFEST))
    return dict(manifest["files"])


def tampered(folder: Path) -> list[str]:
    """Return the files that are not what the manifest says, that are gone, or that it does not know."""
    listed = _files(folder)
    out = [name for name, expected in listed.items() if not _is(folder / name, expected)]
    there = {path.relative_to(folder).as_posix() for path in _members(folder) if path.is_file()}
    return sorted({*out, *(there - listed.keys())})


def _is(path: Path, expected: str) -> bool:
    return path.is_file() and file_sha256(path) == expected


def compare(measure: str, bundle: object, now: object) -> tuple[int, list[Difference]]:
    """Return how many values are the same, and those that are not.

    :param bundle: the measure's JSON as the bundle has it; ``now`` as it came out this time
    """
    old, new = dict(_leaves(bundle)), dict(_leaves(now))
    pointers = [*old, *(pointer for pointer in new if pointer not in old)]
    missing = object()
    different = [
        Difference(measure=measure, pointer=pointer, bundle=old.get(pointer), now=new.get(pointer))
        for pointer in pointers
        if not _same(old.get(pointer, missing), new.get(pointer, missing))
    ]
    return len(pointers) - len(different), different


def _leaves(value: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _leaves(part, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for place, part in enumerate(value):
            yield from _leaves(part, f"{pointer}/{place}")
    else:
        yield pointer, value


def _same(old: object, new: object) -> bool:
    if isinstance(old, float | int) and isinstance(new, float | int) and not isinstance(old, bool):
        return not isinstance(new, bool) and math.isclose(old, new, rel_tol=_TOLERANCE, abs_tol=1e-12)
    return type(old) is type(new) and old == new
