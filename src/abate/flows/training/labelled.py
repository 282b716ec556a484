"""Labelled texts out of tables: which columns hold what, what a row gives, and why one gives nothing.

A bad row costs one sentence and is counted; the rest goes on. A table as a whole is refused only when it lacks a column
that was named.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from abate.domain.errors import InputError
from abate.domain.signal import UNDETERMINED, NotScanned
from abate.flows.rows import TABLE_SUFFIXES, rows_of
from abate.settings import Settings
from abate.signals.context.mentions import without_mentions

SHOWN = 5
"""Sentences about bad rows that are kept of one reading; all are counted."""
_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*")
_LONGEST_LABEL = 100

Identify = Callable[[Sequence[str]], list[str]]
"""Texts → language codes, ``und`` where it cannot be said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """What the columns of a table are called."""

    text: tuple[str, ...]
    """Several are joined with a newline, in the order of the names."""
    label: str = ""
    """Empty for tables without one."""
    language: str = ""
    """A column, else a code that holds for every row, else empty: the language is identified."""
    template: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """Rows as parallel columns."""

    texts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """Empty texts for rows of a table without labels."""
    languages: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    """What the row was made from; empty where nobody said."""
    sources: tuple[str, ...] = ()
    protected: tuple[bool, ...] = ()
    """Whether the row is protected speech, such as news."""
    skipped: int = 0
    problems: tuple[str, ...] = ()
    """The first few reasons, each with its place."""
    until: str = ""
    """When the newest decision was taken that they come from, as ISO 8601; empty for rows of tables."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return language → label → rows, sorted."""
        found = Counter(zip(self.languages, self.labels, strict=True))
        out: dict[str, dict[str, int]] = {}
        for (language, label), rows in sorted(found.items()):
            out.setdefault(language, {})[label] = rows
        return out


@dataclass(slots=True)
class _Gathered:
    """Columns while they grow."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    skipped: int = 0
    problems: list[str] = field(default_factory=list)

    def skip(self, where: str, reason: str) -> None:
        self.skipped += 1
        if len(self.problems) < SHOWN:
            self.problems.append(f"{where}: {reason}")


def read_labelled(paths: Sequence[Path], columns: Columns, settings: Settings, identify: Identify) -> Labelled:
    """Read the rows of tables, one after another.

    :param identify: asked for rows whose table says nothing of their language
    :raises InputError: when a table lacks a named column, cannot be read as a whole, or there is no row at all
    """
    rows = _Gathered()
    for path in paths:
        _read(path, columns, settings, rows)
    if not rows.texts:
        first = f" ({rows.problems[0]})" if rows.problems else ""
        msg = f"no row can be used{first}; give a table with a row for each text"
        raise InputError(msg, where=", ".join(map(str, paths)))
    unsaid = [place for place, code in enumerate(rows.languages) if not code]
    for place, code in zip(unsaid, identify([rows.texts[place] for place in unsaid]) if unsaid else (), strict=True):
        rows.languages[place] = code
    return Labelled(
        texts=tuple(rows.texts),
        labels=tuple(rows.labels),
        languages=tuple(rows.languages),
        templates=tuple(rows.templates),
        sources=tuple(rows.sources),
        protected=(False,) * len(rows.texts),
        skipped=rows.skipped,
        problems=tuple(rows.problems),
    )


def joined(parts: Sequence[Labelled]) -> Labelled:
    """Put several readings behind one another."""
    return Labelled(
        texts=tuple(one for part in parts for one in part.texts),
        labels=tuple(one for part in parts for one in part.labels),
        languages=tuple(one for part in parts for one in part.languages),
        templates=tuple(one for part in parts for one in part.templates),
        sources=tuple(one for part in parts for one in part.sources),
        protected=tuple(one for part in parts for one in part.protected),
        skipped=sum(part.skipped for part in parts),
        problems=tuple(one for part in parts for one in part.problems),
        until=max((part.until for part in parts), default=""),
    )


def as_protected(rows: Labelled, label: str) -> Labelled:
    """Return the rows as protected speech under one benign label."""
    return replace(rows, labels=(label,) * len(rows), protected=(True,) * len(rows))


def taken(rows: Labelled, places: Sequence[int]) -> Labelled:
    """Return some of the rows, in the order of ``places``."""
    return replace(
        rows,
        texts=tuple(rows.texts[place] for place in places),
        labels=tuple(rows.labels[place] for place in places),
        languages=tuple(rows.languages[place] for place in places),
        templates=tuple(rows.templates[place] for place in places),
        sources=tuple(rows.sources[place] for place in places),
        protected=tuple(rows.protected[place] for place in places),
    )


def code_of(untrusted_code: str) -> str:
    """Return the primary part of a language code in lower case; ``und`` for what is none."""
    code = untrusted_code.strip().lower()
    return re.split("[-_]", code)[0] if _CODE.fullmatch(code) else UNDETERMINED


def _read(path: Path, columns: Columns, settings: Settings, rows: _Gathered) -> None:
    if path.suffix.lower() not in TABLE_SUFFIXES:
        msg = f"is no table by its name; give one that ends in {', '.join(sorted(TABLE_SUFFIXES))}"
        raise InputError(msg, where=str(path))
    present: set[str] = set()

    def want(names: Mapping[str, object]) -> None:
        present.update(names)
        _want(columns, present)

    try:
        for row in rows_of(path, settings, {}, want):
            if isinstance(row.values, NotScanned):
                rows.skip(row.where, row.values.reason)
            else:
                _take(row.values, row.where, columns, present, rows)
    except InputError as error:
        raise error if error.where else InputError(error.bare, where=str(path)) from error


def _want(columns: Columns, present: set[str]) -> None:
    named = [*columns.text, columns.label, columns.template, columns.source]
    if not _CODE.fullmatch(columns.language.lower()):
        named.append(columns.language)
    missing = [name for name in named if name and name not in present]
    if missing:
        msg = f"no column {missing[0]!r}; there are: {', '.join(sorted(present)) or 'none'}"
        raise InputError(msg)


def _take(values: Mapping[str, object], where: str, columns: Columns, present: set[str], rows: _Gathered) -> None:
    text = "\n".join(filter(None, (word_of(values.get(name)) for name in columns.text)))
    if not text:
        rows.skip(where, "the row has no text; fill or remove it")
        return
    label = word_of(values.get(columns.label)) if columns.label else ""
    if columns.label and not 0 < len(label) <= _LONGEST_LABEL:
        reason = "no label" if not label else f"a label of more than {_LONGEST_LABEL} characters"
        rows.skip(where, f"the row has {reason}; correct or remove it")
        return
    rows.texts.append(text)
    rows.labels.append(label)
    rows.languages.append(_language(values, columns.language, present))
    rows.templates.append(word_of(values.get(columns.template)) if columns.template else "")
    rows.sources.append(word_of(values.get(columns.source)) if columns.source else "")


def _language(values: Mapping[str, object], language: str, present: set[str]) -> str:
    """Return the code that the row or the caller gives; nothing where the text has to say."""
    if not language:
        return ""
    if language in present:
        return code_of(word_of(values.get(language)))
    return code_of(language)


def word_of(value: object) -> str:
    """Return a cell as text, so that 1, 1.0, true and "1" are one label whatever the file's kind."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else str(value)  # noqa: PLR0124 - NaN is how a table of numbers says "no value"
    return str(value).strip()


def as_asked(texts: Iterable[str]) -> list[str]:
    """Return the texts in the spacing in which the pipeline shows them to a model: as if names had been left out."""
    return [without_mentions(text, ()) for text in texts]


def in_batches(texts: Sequence[str], size: int = 2_000) -> Iterator[Sequence[str]]:
    """Cut texts into batches, so that the work can be shown as it goes."""
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
