"""The list files of python-threatexchange, read and written.

Two are read: its local-file exchange (``TYPE VALUE`` a line, what ``threatexchange dataset -P -S`` prints), and the
table that ``threatexchange dataset -P --csv`` prints (``collab,signal_type,signal_str,category,tags``). The first is
written.

Source: behaviour of ``threatexchange`` 1.2 (``exchanges/impl/file_api.py``, ``cli/dataset_cmd.py``). Its loader takes
the text up to the first space as the type and the rest as the value, and passes over types that it does not know. Ours
leaves unknown types to the importer, which names them.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.exchange.lines import Line, lines
from abate.extend.exchange import Listed

TABLE: Final = ("collab", "signal_type", "signal_str", "category", "tags")
SUFFIXES: Final = frozenset({".txt", ".te", ".threatexchange"})

OURS: Final = {"video_md5": "md5", "video_sha256": "sha256"}
"""Their names for what we name otherwise. Theirs hash the bytes of videos; the hash of a photo is made the same way."""
THEIRS: Final = {ours: theirs for theirs, ours in OURS.items()}

_ROW = re.compile(rb"[a-z][a-z0-9_]* \S.*")
_STANCES: Final = {"POSITIVE_CLASS": "", "": "", "NEGATIVE_CLASS": "negative"}
"""Their categories and our stances. A partner's NEGATIVE_CLASS says "harmless": banked as known, it turns round."""


class ThreatExchangeFile:
    """Reads the files that python-threatexchange reads and prints."""

    name = "threatexchange"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file begins with a ``TYPE VALUE`` line or with the header of their table."""
        first = b"".join(head.removeprefix(b"\xef\xbb\xbf").splitlines()[:1]).strip()
        if first == ",".join(TABLE).encode():
            return True
        return path.suffix.lower() in SUFFIXES and bool(_ROW.fullmatch(first))

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield the listed values under our type names; in place of a line that cannot be read, why.

        :raises InputError: when the file cannot be opened
        """
        table = False
        for line in lines(path):
            if isinstance(line, InputError):
                yield line
            elif line.text.strip() == ",".join(TABLE):
                table = True
            else:
                yield _from_table(line) if table else _from_pair(line)


def write(path: Path, rows: Iterable[tuple[str, str]]) -> int:
    """Write ``(our signal type, canonical value)`` pairs as a local-file list, and return how many were written.

    Types that python-threatexchange lacks (``text``) are written under our name: its loader passes them over, ours
    reads them back. The file is put in place whole: a reader never sees half of it.

    :raises InputError: when the file cannot be written, or a value has a line break and would become two entries
    """
    draft = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            for kind, value in rows:
                stream.write(f"{THEIRS.get(kind, kind)} {_one_line(value)}\n")
                count += 1
        draft.replace(path)
    except OSError as error:
        msg = f"cannot be written ({error.strerror}); check the folder and its permissions"
        raise InputError(msg, where=str(path)) from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def _one_line(value: str) -> str:
    if value.splitlines() != [value]:
        msg = f"the value {value[:80]!r} does not stand on one line; leave this entry out"
        raise InputError(msg)
    return value


def _from_pair(line: Line) -> Listed | InputError:
    untrusted_type, _, untrusted_value = line.text.strip().partition(" ")
    return _listed(line, untrusted_type, untrusted_value.strip())


def _from_table(line: Line) -> Listed | InputError:
    try:
        cells = next(csv.reader([line.text], strict=True))
    except csv.Error as error:
        return InputError(f"this row is not CSV ({error}); print the table again", where=line.where)
    if len(cells) != len(TABLE):
        return InputError(f"this row has {len(cells)} cells, not {len(TABLE)}; print the table again", where=line.where)
    collab, untrusted_type, untrusted_value, category, tags = (cell.strip() for cell in cells)
    if category not in _STANCES:
        known = "POSITIVE_CLASS or NEGATIVE_CLASS"
        return InputError(f"its category is {category}, not {known}; not taken over", where=line.where)
    listed = _listed(line, untrusted_type, untrusted_value, label=tags, sources=(collab,) if collab else ())
    return listed if isinstance(listed, InputError) else replace(listed, untrusted_stance=_STANCES[category])


def _listed(
    line: Line, untrusted_type: str, untrusted_value: str, *, label: str = "", sources: tuple[str, ...] = ()
) -> Listed | InputError:
    if not untrusted_type or not untrusted_value:
        return InputError("this line is not `TYPE VALUE`; correct or remove it", where=line.where)
    return Listed(
        where=line.where,
        untrusted_type=OURS.get(untrusted_type, untrusted_type),
        untrusted_value=untrusted_value,
        label=label,
        sources=sources,
    )
