"""``abate scan`` and ``abate hash``."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json, Map, Paths, mapping_of
from abate.cli.output import OPERATOR, as_json, counted, json_line, say, table
from abate.domain.item import Item, Kind
from abate.domain.scan import Scan, Verdict
from abate.domain.signal import NotScanned
from abate.flows import pipeline
from abate.flows.intake import Received, Walked, item_of, receive
from abate.flows.kit import Kit
from abate.flows.rows import json_rows
from abate.settings import Settings

_BATCH = 512
WRONG_USE = 2


def scan(
    paths: Paths,
    map_: Map = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON result a line.")] = False,
    json_: Json = False,
    submit: Annotated[bool, typer.Option("--submit", help="Take the items in: open cases, act, keep history.")] = False,
) -> None:
    """Say what files, folders or tables hold and what the rules propose; nothing is changed without --submit."""
    tally = Tally()
    with wiring.opened() as kit:
        received = _received(paths, kit.settings, mapping_of(map_), tally)
        results = _results(kit, counted(tally.watch(received), "scanned"), submit=submit)
        if jsonl:
            for one in results:
                json_line(pipeline.to_json(tally.count(one)))
        elif json_:
            as_json([pipeline.to_json(tally.count(one)) for one in results])
        else:
            _print_table(tally.count(one) for one in results)
    say(tally.sentence())
    raise typer.Exit(WRONG_USE if tally.wrong_use else 0)


class Tally:
    """Counts for the closing sentence."""

    def __init__(self) -> None:
        self.items = self.matched = self.not_scanned = self.mentioned = 0
        self.wrong_use = False
        self.walked = Walked()
        self.verdicts = dict.fromkeys(Verdict, 0)

    def watch(self, received: Iterable[Received]) -> Iterator[Received]:
        """Pass on what was received, noting wrong use and saying it at once."""
        for one in received:
            if one.wrong_use:
                self.wrong_use = True
                say(f"abate: {one.item.id}: {one.not_scanned[0].reason}")
            yield one

    def count(self, one: Scan) -> Scan:
        """Count one result and pass it on."""
        self.items += 1
        self.matched += bool(one.matches)
        self.mentioned += bool(one.mentions)
        self.not_scanned += bool(one.not_scanned)
        self.verdicts[one.proposal.verdict] += 1
        return one

    def sentence(self) -> str:
        """Return the closing sentence."""
        proposals = ", ".join(f"{count} {verdict.value}" for verdict, count in self.verdicts.items() if count)
        passed = self.walked.tables_passed_over
        tail = f"; {passed} tables without item columns passed over" if passed else ""
        return (
            f"{self.items} items: {self.matched} matched, {self.mentioned} name a listed organisation, "
            f"{self.not_scanned} not fully scanned; proposals: {proposals or 'none'}{tail}."
        )


def _received(paths: list[str], settings: Settings, mapping: dict[str, str], tally: Tally) -> Iterator[Received]:
    for path in paths:
        if path == "-":
            yield from _standard_input(settings, mapping)
        else:
            yield from receive([Path(path)], settings, mapping, tally.walked)


def _standard_input(settings: Settings, mapping: dict[str, str]) -> Iterator[Received]:
    for row in json_rows(sys.stdin.buffer, "-", settings.max_line_bytes, mapping):
        if isinstance(row.values, NotScanned):
            yield Received(item=Item(id=row.where, kind=Kind.TEXT), not_scanned=(row.values,))
        else:
            yield item_of(row.values, row.where, Path.cwd())


def _results(kit: Kit, received: Iterable[Received], *, submit: bool) -> Iterator[Scan]:
    rest = iter(received)
    while batch := list(islice(rest, _BATCH)):
        if submit:
            # Only what could be read becomes an item of the store; the others keep their line in the output.
            yield from pipeline.take_in(kit, batch, by=OPERATOR)
        else:
            yield from pipeline.scan(kit, batch)


def _print_table(results: Iterable[Scan]) -> None:
    columns = ("item", "kind", "proposal", "matches", "mentions", "not scanned")
    table(columns, (_cells(one) for one in results))


def _cells(one: Scan) -> tuple[str, ...]:
    matches = "; ".join(f"{m.bank}: {m.signal_type} at {m.distance}" for m in one.matches)
    mentions = "; ".join(sorted({m.name for m in one.mentions}))
    problems = "; ".join(n.reason for n in one.not_scanned)
    verdict = one.proposal.verdict.value + (" (automatic)" if one.proposal.automatic else "")
    return one.item.id, one.item.kind.value, verdict, matches, mentions, problems


def hash_paths(paths: Paths, json_: Json = False) -> None:
    """Print every signal of files, folders or tables of items, with its quality, one JSON line each."""
    tally = Tally()
    with wiring.opened() as kit:
        received = _received(paths, kit.settings, {}, tally)
        signalled = (pipeline.signal(kit, one) for one in counted(tally.watch(received), "hashed"))
        lines = (line for one in signalled for line in _hash_lines(one))
        if json_:
            as_json(list(lines))
        else:
            for line in lines:
                json_line(line)
    raise typer.Exit(WRONG_USE if tally.wrong_use else 0)


def _hash_lines(one: pipeline.Signalled) -> Iterator[dict[str, object]]:
    for signal in one.signals:
        yield {"path": one.item.id, "type": signal.type, "value": signal.value, "quality": signal.quality}
    for problem in one.not_scanned:
        yield {"path": one.item.id, "not_scanned": {"step": problem.step, "reason": problem.reason}}
