"""What the columns of a file are called, before and after ``--map``, and what no table can be read from."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from abate.domain.errors import InputError
from abate.measurement.tables.separator import detect, only_name

TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt"})
LINE_ENDINGS = frozenset({".jsonl", ".ndjson"})
_SNIFFED = 65_536
_NOT_TEXT = {
    b"\x1f\x8b": "is compressed (gzip); unpack it first",
    b"PK\x03\x04": "is a zip archive or a spreadsheet; save the sheet as CSV",
    b"PAR1": "is Parquet under another name; let it end in .parquet",
    b"BZh": "is compressed (bzip2); unpack it first",
    b"\xfd7zXZ": "is compressed (xz); unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed (zstd); unpack it first",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}


def require_text(path: Path) -> None:
    """Refuse what calls itself a text table and is none.

    :raises InputError: for compressed or packed bytes, UTF-16, and NUL bytes near the start; for a folder so named
    """
    if path.suffix not in TEXT_ENDINGS | LINE_ENDINGS or not path.exists():
        return
    if path.is_dir():
        msg = f"is a folder, though it ends in {path.suffix}; name the file in it"
        raise InputError(msg, where=str(path))
    try:
        with path.open("rb") as file:
            untrusted_head = file.read(_SNIFFED)
    except OSError as error:
        msg = f"the file cannot be read ({error.strerror}); check its permissions"
        raise InputError(msg, where=str(path)) from error
    for magic, msg in _NOT_TEXT.items():
        if untrusted_head.startswith(magic):
            raise InputError(msg, where=str(path))
    if b"\x00" in untrusted_head:
        line = untrusted_head[: untrusted_head.index(b"\x00")].count(b"\n") + 1
        msg = "holds a NUL byte, which no text has; save the file as UTF-8 text"
        raise InputError(msg, where=f"{path}:{line}")


def names_in(path: Path, known: Collection[str] = (), *, single: bool = False) -> tuple[str, ...]:
    """Return the names of a file's columns, as it spells them; of JSON lines, those of all lines.

    :param known: names that help to find the separator
    :param single: let the first line be the name of the only column, as a series of one outcome has it
    :raises InputError: when the file is missing, of an unknown kind, or not readable as what its name says
    """
    require_text(path)
    if not path.exists():
        msg = "there is no such file; check the path"
        raise InputError(msg, where=str(path))
    if path.suffix in TEXT_ENDINGS:
        alone = only_name(path) if single else ""
        return (alone,) if alone else detect(path, known).header
    if path.suffix in LINE_ENDINGS:
        return _names_in_lines(path)
    if path.is_dir() or path.suffix == ".parquet":
        return _names_in_parquet(path)
    msg = f"{path.suffix or 'a name without ending'} is no table; give .parquet, .csv, .tsv or .jsonl"
    raise InputError(msg, where=str(path))


def _names_in_lines(path: Path) -> tuple[str, ...]:
    names: dict[str, None] = {}
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                names |= dict.fromkeys(row)
    return tuple(names)


def _names_in_parquet(path: Path) -> tuple[str, ...]:
    import pyarrow as pa  # heavy: only where a file is read
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path) if path.is_file() else pq.ParquetDataset(path).schema
    except (pa.ArrowException, OSError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        msg = f"not readable as Parquet ({lines[0].rstrip('.')[:160]}); write it anew"
        raise InputError(msg, where=str(path)) from error
    if not schema.names:
        msg = "holds no Parquet; name a file, or a folder of .parquet files"
        raise InputError(msg, where=str(path))
    return tuple(schema.names)


def refuse_twice(path: Path, mapping: Mapping[str, str]) -> None:
    """Refuse a map that gives one of our names to two of theirs.

    :raises InputError: naming both
    """
    given: dict[str, str] = {}
    for theirs, ours in mapping.items():
        if ours in given:
            msg = f"--map: both {given[ours]!r} and {theirs!r} are to be {ours!r}; map one of them"
            raise InputError(msg, where=str(path))
        given[ours] = theirs
