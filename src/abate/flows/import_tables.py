"""Exports of other tools to measurement's tables: read, pseudonymised, written as Parquet with a manifest.

The tables appear whole or not at all: they are written beside their place and moved there at the end.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from abate.domain.errors import InputError
from abate.extend.table import Audience, Incident, PassedOver, Posted, TableImporter, TableRow
from abate.flows.import_manifest import FileRead, Imported, TableWritten
from abate.flows.import_rows import RowMaker, Said
from abate.flows.imported_tables import TableFiles
from abate.flows.measure_check import check_files
from abate.flows.pseudonyms import Pseudonyms
from abate.measurement.support.support import ClaimSupport

_HEAD = 64 * 1024
Found = TableRow | PassedOver | InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be imported, and what whoever imports says of it."""

    files: Sequence[Path]
    study: str
    out: Path
    format_name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """Their column → the format's."""
    platform: str = ""
    collected: datetime | None = None
    """When the exports were made; default: when each file was last changed."""
    public: frozenset[str] = frozenset()


def import_tables(
    order: Order,
    importers: Mapping[str, TableImporter],
    *,
    home: Path,
    now: datetime,
    watch: Callable[[Iterable[Found]], Iterable[Found]] = iter,
) -> Imported:
    """Import exports into ``order.out``.

    :param home: where the study's keys are kept
    :param watch: sees each row pass, for progress
    :raises InputError: when no file gives a row, ``out`` is taken, or the order itself cannot be followed
    :raises StoreError: when the study's keys cannot be read or made, or a table cannot be written
    """
    maker = RowMaker(Pseudonyms(home, order.study))
    _refuse_order(order, importers)
    draft = _draft_of(order.out)
    try:
        with TableFiles(draft) as tables:
            files = [_read(path, order, importers, maker, tables, watch) for path in dict.fromkeys(order.files)]
            for name, cells in maker.lives.rows():
                tables.add(name, cells)
            tables.finish()
            counted = dict(tables.rows)
        if not counted:
            raise InputError(_nothing(files))
        done = Imported(
            study=order.study,
            at=now,
            files=tuple(files),
            tables=tuple(TableWritten(name=name, rows=rows) for name, rows in counted.items()),
            claims=_claims(draft, counted),
            asked_collected=order.collected is not None,
        )
        _put(done, draft, order.out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return done


def _refuse_order(order: Order, importers: Mapping[str, TableImporter]) -> None:
    if order.format_name and order.format_name not in importers:
        msg = f"--from {order.format_name}: there is no such format; there are: {', '.join(sorted(importers))}"
        raise InputError(msg)
    if order.out.exists() and (not order.out.is_dir() or any(order.out.iterdir())):
        msg = "is there already, and not empty; name another folder with --out"
        raise InputError(msg, where=str(order.out))


def _draft_of(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        msg = f"cannot be made ({error.strerror}); name another folder with --out"
        raise InputError(msg, where=str(out)) from error


def _put(done: Imported, draft: Path, out: Path) -> None:
    try:
        (draft / "manifest.json").write_text(json.dumps(done.to_json(), indent=2) + "\n", "utf-8")
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        msg = f"cannot be put in place ({error.strerror}); name another folder with --out"
        raise InputError(msg, where=str(out)) from error


def _read(
    path: Path,
    order: Order,
    importers: Mapping[str, TableImporter],
    maker: RowMaker,
    tables: TableFiles,
    watch: Callable[[Iterable[Found]], Iterable[Found]],
) -> FileRead:
    """Read one file; what makes it unreadable as a whole is one sentence, and the other files go on."""
    read = FileRead(path=path)
    try:
        plug = _chosen(path, importers, order.format_name)
        read.format = plug.name
        read.collected = order.collected or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with path.open("rb") as stream:
            read.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        said = Said(
            platform=order.platform.strip().casefold(),
            collected=read.collected,
            collector=plug.name,
            public=order.public,
        )
        for found in watch(plug.read(path, order.names)):
            _take(found, said, maker, tables, read)
    except (InputError, OSError) as error:
        read.unreadable = True
        read.lose(_as_input(error, path))
    return read


def _as_input(error: InputError | OSError, path: Path) -> InputError:
    if isinstance(error, OSError):
        return InputError(f"cannot be read ({error.strerror}); check the path and its permissions", where=str(path))
    return error if error.where else InputError(error.bare, where=str(path))


def _take(found: Found, said: Said, maker: RowMaker, tables: TableFiles, read: FileRead) -> None:
    if isinstance(found, InputError):
        read.lose(found)
        return
    made = found if isinstance(found, PassedOver) else maker.cells(found, said)
    if isinstance(made, PassedOver):
        read.passed_over[made.reason] += made.count
        return
    read.rows += 1
    if isinstance(found, Posted | Incident):
        read.naive_times += found.naive_times
    if isinstance(found, Posted | Audience):
        read.unobserved += found.observed_at is None
    if made is not None:
        tables.add(*made)


def _chosen(path: Path, importers: Mapping[str, TableImporter], name: str) -> TableImporter:
    if name:
        return importers[name]
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    for plug in importers.values():
        if plug.recognises(path, head):
            return plug
    msg = f"no format recognises this file; name one with --from: {', '.join(sorted(importers))}"
    raise InputError(msg, where=str(path))


def _nothing(files: Sequence[FileRead]) -> str:
    return "no row was made; " + "; ".join(_why(read) for read in files)


def _why(read: FileRead) -> str:
    if read.sentences:
        return read.sentences[0]
    passed = ", ".join(f"{count} × {reason}" for reason, count in read.passed_over.most_common(3))
    return f"{read.path}: {passed or 'the file holds nothing'}; name what may be counted with --channels"


def _claims(folder: Path, counted: Mapping[str, int]) -> Mapping[str, ClaimSupport]:
    try:
        return check_files([folder / f"{name}.parquet" for name in counted], {}).claims
    except InputError:
        return {}
