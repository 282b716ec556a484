"""What came of an import: the files that were read, the tables that were written, and what these can support."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from abate.domain.errors import InputError
from abate.flows.imported_tables import SCHEMAS
from abate.measurement.footing import SCHEMA, Caveat, Json
from abate.measurement.support.support import ClaimSupport
from abate.measurement.tables.enforcement import KIND

_KEPT_SENTENCES = 100
_PSEUDONYMS = (
    "HMAC-SHA-256 with one random key a platform and study, kept under ABATE_HOME/study-keys; with the key a pseudonym "
    "can be computed from an account, and without it later imports cannot be joined to these tables"
)
_NOTES = {
    "sightings": "what was posted; audience holds accounts seen to post in a channel, a lower bound of its readers",
    "audience": "who and how many follow; for following, never for presence",
    "item_lifetimes": "alive until the last event of the source unless it told an end; gaps between files hide ends",
    "channel_lifetimes": "as item_lifetimes; a channel is first seen with its first post in the source",
    "incidents": "one event a row, whatever its deaths",
    KIND: "what platforms say they did, never presence; refused wherever sightings are read",
}


@dataclass(slots=True)
class FileRead:
    """What came of one file; filled while it is read."""

    path: Path
    format: str = ""
    sha256: str = ""
    collected: datetime | None = None
    rows: int = 0
    left_out: int = 0
    sentences: list[str] = field(default_factory=list)
    """The first hundred."""
    passed_over: Counter[str] = field(default_factory=Counter)
    naive_times: int = 0
    unobserved: int = 0
    """Rows that did not say when they were observed."""
    unreadable: bool = False
    """Whether the file as a whole could not be read to its end."""

    def lose(self, error: InputError) -> None:
        """Note a row that cannot be used."""
        self.left_out += 1
        if len(self.sentences) < _KEPT_SENTENCES:
            self.sentences.append(str(error))

    def to_json(self) -> Json:
        """Return the file's part of the manifest."""
        return {
            "file": str(self.path),
            "format": self.format or None,
            "sha256": self.sha256 or None,
            "collected": self.collected and self.collected.isoformat(),
            "rows": self.rows,
            "left_out": self.left_out,
            "sentences": self.sentences,
            "passed_over": dict(sorted(self.passed_over.items())),
            "naive_times": self.naive_times,
            "unreadable": self.unreadable,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TableWritten:
    """One file of an import."""

    name: str
    rows: int

    @property
    def file(self) -> str:
        """Return the file's name."""
        return f"{self.name}.parquet"

    @property
    def note(self) -> str:
        """Return what the rows are, and what they are not."""
        return _NOTES[self.name]

    def to_json(self) -> Json:
        """Return the table's part of the manifest."""
        kind: Json = {"kind": KIND} if self.name == KIND else {}
        return {"file": self.file, "table": SCHEMAS[self.name][0], "rows": self.rows, "note": self.note} | kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A finished import."""

    study: str
    at: datetime
    files: tuple[FileRead, ...]
    tables: tuple[TableWritten, ...]
    claims: Mapping[str, ClaimSupport]
    """What the tables can support, as ``abate measure check`` says; empty where it can say nothing."""
    asked_collected: bool
    """Whether somebody said when the exports were made."""

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """Return what whoever measures with these tables should know."""
        return tuple(self._caveats())

    def _caveats(self) -> Iterator[Caveat]:
        naive = sum(read.naive_times for read in self.files)
        if naive:
            yield Caveat(code="naive-time", text=f"{naive} times have no offset and were read as UTC")
        unobserved = sum(read.unobserved for read in self.files)
        if unobserved and not self.asked_collected:
            text = (
                f"{unobserved} rows do not say when they were observed, and have their file's last change on this disk "
                "instead; give the day of the export with --collected"
            )
            yield Caveat(code="collected-unknown", text=text)

    def to_json(self) -> Json:
        """Return ``manifest.json``."""
        claims = {letter: {"claim": c.claim, "can": c.can, "why": c.why} for letter, c in self.claims.items()}
        return {
            "schema": SCHEMA,
            "study": self.study,
            "imported_at": self.at.isoformat(),
            "files": [read.to_json() for read in self.files],
            "tables": [table.to_json() for table in self.tables],
            "rows": sum(table.rows for table in self.tables),
            "left_out": sum(read.left_out for read in self.files),
            "passed_over": sum(read.passed_over.total() for read in self.files),
            "pseudonyms": _PSEUDONYMS,
            "supports": claims,
            "warnings": [caveat.to_json() for caveat in self.caveats],
        }
