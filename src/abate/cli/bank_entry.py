"""``abate bank …`` for one entry: what is said of it, when it ends, and what becomes of one that was set aside."""

from datetime import datetime
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.bank import SELF, Stance, Standing
from abate.domain.opinion import OpinionWord
from abate.domain.times import parse_time
from abate.flows import curation, floods
from abate.flows.kit import Kit
from abate.flows.provenance import opinion_json

EntryId = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's identifier.")]
Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence, for whoever reads the record later.")]
Until = Annotated[str | None, typer.Option(help="The date or time from which it matches nothing.")]


def until_of(untrusted: str | None) -> datetime | None:
    """Read a date or time of the command line.

    :raises InputError: when it is neither
    """
    return parse_time(untrusted, "expires") if untrusted else None


def entry_json(standing: Standing, now: datetime) -> dict[str, object]:
    """Return an entry with how it stands."""
    entry = standing.entry
    return {
        "id": entry.id,
        "type": entry.signal_type,
        "value": entry.value,
        "label": entry.label,
        "sources": list(standing.backers),
        "ref": entry.ref,
        "state": standing.state(now).value,
        "stance": entry.stance.value,
        "opinions": [opinion_json(one) for one in standing.opinions],
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
        "added_at": entry.added_at.isoformat(),
        "added_by": entry.added_by,
        "origin": entry.origin,
    }


def _tell(kit: Kit, entry: str, *, json_: bool) -> None:
    standing, now = curation.show(kit, entry), kit.clock.now()
    if json_:
        as_json(entry_json(standing, now))
    else:
        say(f"entry {entry} is {standing.state(now).value}; vouched for by {', '.join(standing.backers) or 'nobody'}")


def opinion(
    entry: EntryId,
    word: Annotated[OpinionWord, typer.Argument(help="What is said of it now.")],
    reason: Why = "",
    source: Annotated[str, typer.Option(help="Whose word it is, if not this platform's.")] = SELF,
    json_: Json = False,
) -> None:
    """Say that an entry is what its bank says, that it is not, or take back what was said."""
    with wiring.opened() as kit:
        curation.opine(kit, entry, word, source=source, reason=reason, by=OPERATOR)
        _tell(kit, entry, json_=json_)


def release(entry: EntryId, reason: Why = "", json_: Json = False) -> None:
    """Let an entry act again that was set aside because it suddenly matched too much."""
    with wiring.opened() as kit:
        curation.release(kit, entry, reason=reason, by=OPERATOR)
        _tell(kit, entry, json_=json_)


def stance(
    entry: EntryId,
    now_: Annotated[Stance, typer.Argument(metavar="STANCE", help="known or negative.")],
    reason: Why = "",
    json_: Json = False,
) -> None:
    """Make an entry negative, so that it says no, or known again."""
    with wiring.opened() as kit:
        curation.set_stance(kit, entry, now_, reason=reason, by=OPERATOR)
        _tell(kit, entry, json_=json_)


def renew(entry: EntryId, until: Until = None, reason: Why = "", json_: Json = False) -> None:
    """Say when an entry stops to match; without --until it does not. What was said of it stays."""
    with wiring.opened() as kit:
        curation.set_end(kit, entry, until_of(until), reason=reason, by=OPERATOR)
        _tell(kit, entry, json_=json_)


def aside(json_: Json = False) -> None:
    """List the entries that were set aside and wait for a lead."""
    with wiring.opened() as kit:
        waiting = floods.open_ones(kit)
    if json_:
        as_json(
            [
                {
                    "entry": one.entry,
                    "bank": one.bank,
                    "at": one.opened_at.isoformat(),
                    "items": one.items,
                    "seen": one.seen,
                    "usual": one.usual,
                }
                for one in waiting
            ]
        )
    else:
        rows = ((one.entry, one.bank, f"{one.opened_at:%Y-%m-%d %H:%M}", one.items, one.seen) for one in waiting)
        table(("entry", "bank", "since", "items met", "of"), rows)


def add_to(app: typer.Typer) -> None:
    """Put these commands beside those of whole banks."""
    for command in (opinion, release, stance, renew, aside):
        app.command()(command)
