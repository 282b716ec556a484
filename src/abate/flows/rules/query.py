"""Rules asked of the history, in DuckDB over the files: every rule in one scan, and what is counted of its hits.

The query is made of our words, quoted names and quoted literals (``policy.rules.sql``). The connection could do little
with another: it reads the folder of the files and nothing else, loads no extension, and takes no further settings.
"""

# late: duckdb, pyarrow - a quarter of a second that only a backtest should cost

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from abate.domain.signal import PROTECTED
from abate.flows.rule_blocks import SPILLED
from abate.flows.rule_columns import ITEM, TEXT, URL, item_key, selected
from abate.flows.rules.judged import Judged, Outcome
from abate.policy.rules import reach, sql
from abate.policy.rules.check import RuleSet
from abate.policy.rules.event import AT, SEQ
from abate.policy.rules.tree import Rule

MEMORY: Final = "2GB"
"""What a backtest holds at once; beyond that it lays down in the folder."""
MOST_THREADS: Final = 4
HOUR: Final = 3_600_000_000
"""Microseconds."""

_LANGUAGES = ("language.code", "item.language")
_CONTEXT = "context.label"
_AT = sql.name(AT)
_HOUR_OF = f"{_AT} // {HOUR}"
_KEPT = (SEQ, AT, ITEM, *_LANGUAGES, _CONTEXT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Which events are asked about, by ``seq``."""

    read_from: int
    """The first that windows may have to hold."""
    first: int
    """The first whose hits count."""
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Hits that have the same language, context and outcome."""

    language: str
    context: str
    outcome: Outcome | None
    hits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Late:
    """A hit that was taken down although nothing proposed it when it came in."""

    received: int
    opened: int
    ordered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HourOf:
    """What a rule hit in one hour."""

    hits: int
    spared: int
    cased: int
    """Of the others, those that came before a person when they came in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """What one rule hit."""

    hours: dict[int, HourOf]
    """Hours since 1970 → hits; those without are absent."""
    groups: tuple[Group, ...]
    """Without those that are spared."""
    late: tuple[Late, ...]
    shared: tuple[int, ...]
    """How many of its hits each other present rule has, too."""
    by_none: int
    by_all: int
    new: int
    """Hits of no present rule that did not come before a person when they came in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the rules hit, one for one, and what was there to be hit."""

    hits: tuple[Hits, ...]
    events: dict[int, int]
    """Hours since 1970 → events."""
    forgotten: int
    """Events whose content was destroyed, so that nobody knows any more what their text and address were."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the store knows of items besides their events."""

    judged: Judged
    destroyed: frozenset[str]
    """Items whose content was destroyed."""


def ask(files: Sequence[Path], within: Range, rules: Sequence[Rule], present: Sequence[Rule], known: Known) -> Found:
    """Ask rules of the events in ``files``, in one scan.

    :param present: further rules, which are asked about the hits of the others only; a rule is not its own neighbour
    :raises duckdb.Error: when a file is gone, or not what it was
    """
    asked = [replace(rule, name=f"rule{number}") for number, rule in enumerate(rules)]
    others = [replace(rule, name=f"present{number}") for number, rule in enumerate(present)]
    with _connected(files[0].parent) as connection:
        _prepare(connection, files, within, RuleSet(rules=(*asked, *others)), known)
        connection.execute(_found(asked, others, within))
        events = connection.execute(
            f"SELECT {_HOUR_OF}, count(*) FROM events WHERE {SEQ} >= {within.first} GROUP BY 1"  # noqa: S608 - ours
        ).fetchall()
        forgotten = connection.execute(
            "SELECT count(*) FROM events JOIN destroyed USING (item) "  # noqa: S608 - a number
            f'WHERE {SEQ} >= {within.first} AND "{TEXT}" IS NULL AND "{URL}" IS NULL'
        ).fetchone()
        return Found(
            hits=tuple(
                _hits(connection, named, [at for at, other in enumerate(present) if other.version != rule.version])
                for named, rule in zip(asked, rules, strict=True)
            ),
            events=dict(events),
            forgotten=forgotten[0],
        )


@contextmanager
def _connected(folder: Path) -> Iterator[Any]:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": False,
        "memory_limit": MEMORY,
        "threads": min(MOST_THREADS, os.cpu_count() or 1),
        "temp_directory": str(folder / SPILLED),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"SET allowed_directories = [{sql.literal(f'{folder}/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def _prepare(connection: Any, files: Sequence[Path], within: Range, rules: RuleSet, known: Known) -> None:  # noqa: ANN401 - DuckDB's, imported late
    """Give the connection its three tables: events, what became of items, and what was destroyed."""
    import pyarrow as pa

    judged = known.judged
    items = list({**judged.opened, **judged.outcomes})
    connection.register(
        "became",
        pa.table(
            {
                ITEM: pa.array([item_key(item) for item in items], pa.binary()),
                "outcome": pa.array([_value(judged.outcomes.get(item)) for item in items], pa.string()),
                "opened": pa.array([judged.opened.get(item) for item in items], pa.int64()),
            }
        ),
    )
    gone = pa.array([item_key(item) for item in sorted(known.destroyed)], pa.binary())
    connection.register("destroyed", pa.table({ITEM: gone}))
    columns = selected(rules.fields, ("item.platform", TEXT, URL, *_LANGUAGES, _CONTEXT))
    listed = ", ".join(sql.literal(str(path)) for path in files)
    connection.execute(
        f"CREATE TEMP VIEW events AS SELECT {columns} FROM read_parquet([{listed}]) "  # noqa: S608 - quoted
        f"WHERE {SEQ} BETWEEN {within.read_from} AND {within.last}"
    )


def _value(outcome: Outcome | None) -> str | None:
    return None if outcome is None else outcome.value


def _found(asked: Sequence[Rule], others: Sequence[Rule], within: Range) -> str:
    """Write the statement that keeps each event which any of the rules hits, with what became of its item."""
    fired = " OR ".join(rule.name for rule in asked)
    query = sql.hits([*asked, *others], "events", _KEPT)
    return (
        f"CREATE TEMP TABLE found AS SELECT hit.*, outcome, opened, coalesce(opened <= {_AT}, FALSE) AS cased "  # noqa: S608 - quoted
        f"FROM ({query}) AS hit LEFT JOIN became USING ({ITEM}) WHERE {SEQ} >= {within.first} AND ({fired})"
    )


def _hits(connection: Any, rule: Rule, others: Sequence[int]) -> Hits:  # noqa: ANN401 - as above
    words = ", ".join(sql.literal(label.value) for label in sorted(PROTECTED))
    spared = f'coalesce("{_CONTEXT}" IN ({words}), FALSE)' if reach.is_guarded(rule) else "FALSE"

    def rows(columns: str, rest: str = "") -> list[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM (SELECT *, {spared} AS spared FROM found WHERE {rule.name})"  # noqa: S608 - ours
        answer: list[tuple[Any, ...]] = connection.execute(f"{query} {rest}").fetchall()
        return answer

    hours = rows(
        f"{_HOUR_OF}, count(*), count(*) FILTER (spared), count(*) FILTER (cased AND NOT spared)", "GROUP BY 1"
    )
    language = f"coalesce({', '.join(map(sql.name, _LANGUAGES))}, '')"
    groups = rows(
        f"{language}, coalesce(\"{_CONTEXT}\", ''), outcome, count(*)", "WHERE NOT spared GROUP BY 1, 2, 3 ORDER BY ALL"
    )
    late = rows(
        f"{_AT}, opened, outcome = '{Outcome.ORDERED}'",
        f"WHERE NOT spared AND opened > {_AT} AND outcome <> '{Outcome.KEPT}' ORDER BY {SEQ}",
    )
    flags = [f"present{number}" for number in others]
    none, every = " OR ".join(flags) or "FALSE", " AND ".join(flags) or "FALSE"
    counted = ", ".join(
        f"count(*) FILTER ({one})" for one in (f"NOT ({none})", every, f"NOT (cased OR {none})", *flags)
    )
    ((by_none, by_all, new, *shared),) = rows(counted, "WHERE NOT spared")
    return Hits(
        hours={hour: HourOf(hits=hits, spared=few, cased=cased) for hour, hits, few, cased in hours},
        groups=tuple(
            Group(language=said, context=read, outcome=Outcome(one) if one else None, hits=hits)
            for said, read, one, hits in groups
        ),
        late=tuple(Late(received=at, opened=opened, ordered=ordered) for at, opened, ordered in late),
        shared=tuple(shared),
        by_none=by_none,
        by_all=by_all,
        new=new,
    )
