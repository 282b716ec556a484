"""What rules would have done: asked of the history that is kept, as it was then, and judged by what people decided.

Windows are those of the moment: events are read from as long before the period as the longest window looks back, and
hits count from its beginning. A hit is judged by the decision about its item that is in force now, whenever it came.
"""

# late: duckdb - a quarter of a second that only a backtest should cost

import secrets
from collections.abc import Sequence
from datetime import datetime

from abate.domain.errors import InputError, StoreError
from abate.domain.rule import Backtest, RuleState, RuleVersion
from abate.extend.store import Transaction
from abate.flows.kit import Kit
from abate.flows.rule_blocks import Watch, brought_up_to_date, destroyed, discard, unwatched
from abate.flows.rules import life
from abate.flows.rules.counting import Asked, Span, reports
from abate.flows.rules.judged import judged
from abate.flows.rules.query import MEMORY, Found, Known, Range, ask
from abate.flows.rules.report import RuleReport
from abate.measurement.weeks import SECOND, to_micros, to_moment
from abate.policy.rules.check import RuleSet
from abate.policy.rules.errors import RuleError
from abate.policy.rules.tree import Rule

_PATIENCE = 3
"""How often a query is asked anew whose files changed under it, or were damaged."""


def backtest(
    kit: Kit, rules: Sequence[Rule], *, since: datetime, until: datetime, watch: Watch = unwatched
) -> list[RuleReport]:
    """Say what each of ``rules`` would have done with the items that came in from ``since`` until before ``until``.

    :param watch: told how much of the store is read, the first time it is asked and after that what came since
    :returns: a report for each rule, in order
    :raises InputError: when the period is none
    :raises StoreError: when the files cannot be written, or not be read however often they are made anew
    """
    if since >= until:
        msg = f"{since.isoformat()} is not before {until.isoformat()}; say since when before until when"
        raise InputError(msg, where="--since")
    if not rules:
        return []
    with kit.store.read() as tx:
        kept = _present(tx)
        known = Known(judged=judged(tx), destroyed=frozenset(item for item, _ in destroyed(tx)))
    asked = Asked(rules=tuple(rules), present=tuple(version for version, _ in kept), since=since, until=until)
    found, span = _answered(kit, asked, tuple(rule for _, rule in kept), known, watch)
    return reports(asked, found, span, known.judged)


def keep(kit: Kit, ref: str, *, since: datetime, until: datetime, by: str, watch: Watch = unwatched) -> Backtest:
    """Backtest a stored version and keep the result, which is what it can be asked to go live with.

    :raises NotFoundError: when there is none of this name or hash
    :raises InputError: as :func:`backtest`, or when several hashes begin so
    :raises RuleError: when this release of the language does not take it any more
    :raises StoreError: as :func:`backtest`
    """
    version = life.found(kit, ref)
    return keep_all(kit, [version], since=since, until=until, by=by, watch=watch)[0]


def keep_all(
    kit: Kit, versions: Sequence[RuleVersion], *, since: datetime, until: datetime, by: str, watch: Watch = unwatched
) -> list[Backtest]:
    """Backtest stored versions in one scan and keep each result, in order. Raises what :func:`keep` raises."""
    rules = [life.rule_of(version) for version in versions]
    made = backtest(kit, rules, since=since, until=until, watch=watch)
    now = kit.clock.now()
    kept = [
        Backtest(
            id="b" + secrets.token_hex(8),
            rule=version.id,
            ran_at=now,
            by=by,
            since=one.since,
            until=one.until,
            events=one.events,
            hits=one.hits,
            report=one.to_json(),
        )
        for version, one in zip(versions, made, strict=True)
    ]
    with kit.store.write() as tx:
        for one in kept:
            tx.backtests.add(one)
            body = {"rule": one.rule, "by": by, "since": one.since, "until": one.until, "hits": one.hits}
            tx.audit.append(at=now, tag="rules:backtest:kept", subject=one.id, body=body | {"events": one.events})
    return kept


def _present(tx: Transaction) -> list[tuple[RuleVersion, Rule]]:
    """Return the live versions; one that this version of abate cannot read is in force nowhere, and left out."""
    found = []
    for version in tx.rules.find(state=RuleState.LIVE.value):
        try:
            found.append((version, life.rule_of(version)))
        except RuleError:
            continue
    return found


def _answered(
    kit: Kit, asked: Asked, present: tuple[Rule, ...], known: Known, watch: Watch
) -> tuple[Found | None, Span]:
    """Ask the files, which are made anew where one is gone or damaged.

    :returns: no answer where nothing came in, and what there was to ask
    """
    import duckdb

    for attempt in range(_PATIENCE):
        with brought_up_to_date(kit, watch) as files:
            span = _span(kit, asked, present)
            if span.within.first > span.within.last:
                return None, span
            paths = files.of(span.within.read_from, span.within.last)
            try:
                return ask(paths, span.within, asked.rules, present, known), span
            except duckdb.OutOfMemoryException as error:
                msg = f"the backtest needs more memory than {MEMORY}; ask about a shorter time, or fewer rules at once"
                raise StoreError(msg) from error
            except duckdb.Error as error:
                problem = error
        if attempt:  # the first time a file was gone, most likely, because what it held was forgotten
            discard(kit)
    msg = f"the files of the rules' history cannot be read ({str(problem).splitlines()[0]}); look at their disk"
    raise StoreError(msg) from problem


def _span(kit: Kit, asked: Asked, present: tuple[Rule, ...]) -> Span:
    """Return which events are meant, by their numbers."""
    since, until = to_micros(asked.since), to_micros(asked.until)
    longest = RuleSet(rules=(*asked.rules, *present)).windows
    back = max((window.seconds for window in longest), default=0) * SECOND
    with kit.store.read() as tx:
        events = tx.rule_events
        first = events.stream(after=0, limit=1)
        within = Range(
            read_from=events.before(since - back) + 1, first=events.before(since) + 1, last=events.before(until)
        )
        end = max(kit.clock.now(), to_moment(events.latest()[1] + 1))
    return Span(within=within, oldest=to_moment(first[0].at) if first else None, end=end)
