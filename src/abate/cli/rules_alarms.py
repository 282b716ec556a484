"""``abate rules alarms`` and ``abate rules seen``: live rules whose hit rate is unusual, and that somebody looked."""

from dataclasses import asdict
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.acting import As, PasswordFile, acting
from abate.cli.options import Json
from abate.cli.output import as_json, printable, say
from abate.domain.person import Permission
from abate.flows.rule_alarms import RuleAlarm
from abate.flows.rules import alarm as ringing


def alarms(json_: Json = False) -> None:
    """List the alarms on the hit rates of live rules that wait for somebody to look."""
    with wiring.opened() as kit:
        found = ringing.alarms(kit)
    if json_:
        as_json([_json(one) for one in found])
        return
    for one in found:
        typer.echo(printable(f"{one.id}  {one.text}"))
    say(f"{len(found)} alarms wait")


def _json(one: RuleAlarm) -> dict[str, object]:
    return asdict(one) | {"at": one.at.isoformat(), "kind": one.kind.value, "text": one.text}


def seen(
    alarm: Annotated[str, typer.Argument(help="The alarm, as `abate rules alarms` lists it.")],
    note: Annotated[str, typer.Option(help="What was found, for those who read it later.")] = "",
    as_: As = "",
    password_file: PasswordFile = None,
    json_: Json = False,
) -> None:
    """Say that you looked at an alarm. It is closed, and its rule rings no more for a day; the rule stays as it is."""
    with wiring.opened() as kit:
        by = acting(kit, as_, Permission.RULES_EDIT, password_file)
        one = ringing.seen(kit, alarm, by=by, note=note)
    if json_:
        as_json(_json(one))
    else:
        say(f"alarm {one.id} about rule {one.name} is closed")
