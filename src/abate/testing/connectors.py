"""What every connector promises, as functions that take one. The platform behind it is the caller's to bring."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from datetime import UTC, datetime, timedelta

from abate.action.carry_out import carry_out
from abate.action.plan import plan
from abate.domain.action import Action, ActionState
from abate.domain.case import Decision
from abate.domain.errors import PartnerError
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.extend.action import Connector
from abate.testing.promises import equal, holds, promised, raises

DECIDED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
POST = Item(
    id="4711",
    kind=Kind.PHOTO,
    text="words of the post",
    account="account-9",
    platform="forum",
    channel="pictures",
    url="https://platform.example/p/4711",
)
"""The item that every action here is about; its words and its account are nobody's to send."""


def planned(connector: str, *, decision: str = "d1", verdict: Verdict = Verdict.REMOVE) -> Action:
    """Return the action that a reviewer's decision on :data:`POST` asks of the connector; a limit lasts an hour."""
    made = Decision(
        id=decision, case="c1", item=POST.id, by="reviewer-77", at=DECIDED_AT, verdict=verdict, note="secret note"
    )
    return plan(made, connector=connector, limit_for=timedelta(hours=1))[0]


@promised
def check_connector(connector: Connector, *, simulated: bool) -> None:
    """A stable name, an honest ``simulated``, an answer of one printable sentence, and the same answer twice.

    :param simulated: whether nothing reaches a platform
    :raises AssertionError: with the promise that was broken
    """
    holds(connector.simulated is simulated, f"simulated is {connector.simulated!r}")
    action = planned(connector.name)
    answers = [connector.send(action, POST) for _ in range(2)]
    equal(answers[1], answers[0])
    holds(answers[0].endswith("."), f"the answer {answers[0]!r} does not end as a sentence does")
    holds(answers[0].isprintable(), f"the answer {answers[0]!r} has signs that cannot be shown")
    _check_outcome(connector, action, answers[0])


def _check_outcome(connector: Connector, action: Action, answer: str) -> None:
    """A third time, as the outbox sends it."""
    done = carry_out(action, POST, connector)
    wanted = ActionState.SIMULATED if connector.simulated else ActionState.SENT
    holds(done.state is wanted, f"the action is {done.state} afterwards, not {wanted}")
    equal((done.id, done.result), (action.id, answer))


@promised
def check_refusal(connector: Connector) -> None:
    """A platform that refuses or does not answer is a ``PartnerError``, which is what makes the outbox try again.

    :param connector: one whose platform refuses, or is not there
    :raises AssertionError: when the action passes for done
    """
    with raises(PartnerError):
        connector.send(planned(connector.name), POST)
