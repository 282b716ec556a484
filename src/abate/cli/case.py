"""``abate case …``."""

from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.case import Case, CaseState, Ground
from abate.domain.scan import Verdict
from abate.flows import cases, views

app = typer.Typer(no_args_is_help=True, help="Things for a person to decide.")
CaseId = Annotated[str, typer.Argument(help="The case's identifier.")]
Note = Annotated[str, typer.Option(help="Why, for those who read it later.")]


@app.command("list")
def list_(
    state: Annotated[CaseState, typer.Option(help="Which cases.")] = CaseState.OPEN,
    json_: Json = False,
) -> None:
    """List cases; open ones with the most urgent first."""
    with wiring.opened() as kit:
        is_open = state is CaseState.OPEN
        found = [view.case for view in cases.queue(kit)] if is_open else cases.listed(kit, state)
    if json_:
        as_json([views.case_json(case) for case in found])
    else:
        rows = ((c.id, c.item, c.proposal.verdict.value, f"{c.opened_at:%Y-%m-%d %H:%M}", _first(c)) for c in found)
        table(("case", "item", "proposal", "opened (UTC)", "why"), rows)


def _first(case: Case) -> str:
    return case.proposal.reasons[0].text if case.proposal.reasons else ""


@app.command()
def show(case_id: CaseId, json_: Json = False) -> None:
    """Show one case with its item, why it is here, and what was decided."""
    with wiring.opened() as kit:
        view = cases.show(kit, case_id)
    if json_:
        as_json(views.case_view_json(view))
        return
    facts = [("case", view.case.id), ("state", view.case.state.value), ("item", view.item.id), ("text", view.item.text)]
    facts += [("why", line) for line in view.why]
    facts += [(one.rule, clause.line) for one in view.clauses for clause in one.clauses]
    facts += [
        ("decided", f"{d.at:%Y-%m-%d %H:%M} {d.verdict.value} ({d.ground.value}) {d.note}") for d in view.decisions
    ]
    facts += [("action", f"{a.effect.value}: {a.state.value} {a.result}") for a in view.actions]
    facts += [("held until", f"{h.expires_at:%Y-%m-%d} {h.note}") for h in view.holds]
    table(("", ""), facts)


@app.command()
def decide(
    case_id: CaseId,
    verdict: Annotated[Verdict, typer.Argument(help="none keeps the item up; limit and remove act on it.")],
    ground: Annotated[Ground, typer.Option(help="The primary legal basis.")] = Ground.TERMS,
    note: Note = "",
    json_: Json = False,
) -> None:
    """Decide a case. It can be undone."""
    with wiring.opened() as kit:
        decision = cases.decide(kit, case_id, verdict=verdict, ground=ground, note=note, by=OPERATOR)
    if json_:
        as_json(views.decision_json(decision))
    else:
        say(f"case {case_id}: {decision.verdict.value}; `abate case undo {case_id}` takes it back")


@app.command()
def undo(case_id: CaseId, note: Note = "", json_: Json = False) -> None:
    """Take back the decision in force; what was done is reversed and the case is open again."""
    with wiring.opened() as kit:
        decision = cases.undo(kit, case_id, note=note, by=OPERATOR, over_order=True)
    if json_:
        as_json(views.decision_json(decision))
    else:
        say(f"case {case_id} is open again")
