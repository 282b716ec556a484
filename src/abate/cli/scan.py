"""``abate scan``."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from abate import app as wiring
from abate.cli.batch import Out, interruptible, received_from
from abate.cli.manifest import Manifest
from abate.cli.options import Json, Map, Paths, mapping_of
from abate.cli.output import OPERATOR, counted, json_array, json_line, say, table
from abate.domain.scan import Scan, Verdict
from abate.flows import pipeline
from abate.flows.intake import Received, Walked
from abate.flows.kit import Kit
from abate.flows.results import result_json

T = TypeVar("T")

PAGE = 1_000
"""Rows of a printed table."""
WRONG_USE = 2


def scan(
    paths: Paths,
    map_: Map = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON result a line.")] = False,
    json_: Json = False,
    submit: Annotated[bool, typer.Option("--submit", help="Take the items in: open cases, act, keep history.")] = False,
    out: Out = None,
) -> None:
    """Say what files, folders or tables hold and what the rules propose; nothing is changed without --submit."""
    tally, mapping = Tally(), mapping_of(map_)
    with wiring.opened() as kit, interruptible(out, tally.so_far):
        received = tally.watch(received_from(paths, kit.settings, mapping, tally.walked))
        if out:
            _write(kit, received, out, tally, submit=submit)
        else:
            _print(
                counted(map(tally.count, _results(kit, received, submit=submit)), "scanned"), jsonl=jsonl, json_=json_
            )
    say(tally.sentence())
    raise typer.Exit(WRONG_USE if tally.wrong_use else 0)


def _results(kit: Kit, received: Iterable[Received], *, submit: bool) -> Iterator[Scan]:
    if submit:
        # Only what could be read becomes an item of the store; the others keep their line in the output.
        return pipeline.take_in_each(kit, received, by=OPERATOR)
    return pipeline.scan_each(kit, received)


def _write(kit: Kit, received: Iterable[Received], out: Path, tally: "Tally", *, submit: bool) -> None:
    with Manifest(out, name="item") as manifest:
        results = _results(kit, manifest.new(received), submit=submit)
        for one in counted(results, "scanned"):
            manifest.write([result_json(tally.count(one))])
        tally.passed_over = manifest.passed_over


def _print(results: Iterable[Scan], *, jsonl: bool, json_: bool) -> None:
    if jsonl:
        for one in results:
            json_line(result_json(one))
    elif json_:
        json_array(result_json(one) for one in results)
    else:
        _print_table(results)


class Tally:
    """Counts for the closing sentence."""

    def __init__(self) -> None:
        self.items = self.matched = self.not_scanned = self.mentioned = self.passed_over = 0
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

    def each(self, results: Iterable[T]) -> Iterator[T]:
        """Pass on results that have no verdict, counting them."""
        for one in results:
            self.items += 1
            yield one

    def so_far(self) -> str:
        """Say how many were done."""
        return f"{self.items} items"

    def sentence(self) -> str:
        """Return the closing sentence."""
        proposals = ", ".join(f"{count} {verdict.value}" for verdict, count in self.verdicts.items() if count)
        passed, known = self.walked.tables_passed_over, self.passed_over
        tail = f"; {passed} tables without item columns passed over" if passed else ""
        tail += f"; {known} unchanged since the last run" if known else ""
        return (
            f"{self.items} items: {self.matched} matched, {self.mentioned} name a listed organisation, "
            f"{self.not_scanned} not fully scanned; proposals: {proposals or 'none'}{tail}."
        )


def _print_table(results: Iterable[Scan]) -> None:
    """Print in pages: a table is laid out once all its rows are there, and those of a large folder are not kept."""
    columns = ("item", "kind", "proposal", "matches", "mentions", "not scanned")
    rest = (_cells(one) for one in results)
    table(columns, islice(rest, PAGE))
    while page := list(islice(rest, PAGE)):
        table(columns, page)


def _cells(one: Scan) -> tuple[str, ...]:
    matches = "; ".join(f"{m.bank}: {m.signal_type} at {m.distance}" for m in one.matches)
    mentions = "; ".join(sorted({m.name for m in one.mentions}))
    problems = "; ".join(n.reason for n in one.not_scanned)
    verdict = one.proposal.verdict.value + (" (automatic)" if one.proposal.automatic else "")
    return one.item.id, one.item.kind.value, verdict, matches, mentions, problems
