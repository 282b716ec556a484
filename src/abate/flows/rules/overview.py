"""What a person sees of rules at a glance: how often each version hit, what waits, and what one has beside another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.rule import Backtest, RuleChange, RuleHit, RuleState, RuleVersion
from abate.extend.store import Transaction
from abate.flows.cases import case_id_of
from abate.flows.kit import Kit
from abate.flows.rules import life
from abate.policy.rules import life as steps

HOURS: Final = 24
DAYS: Final = 7
SHOWN: Final = 20
"""Items that only one of two versions hit, of which each page shows the newest."""
COMPARED: Final = 500
"""The newest hits of each of two versions, in which it is looked which hit what."""
_US: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How often a version hit, hour by hour and day by day in UTC; what is not over yet comes last."""

    begins: tuple[datetime, ...]
    hits: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return how many in all."""
        return sum(self.hits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A version with how often it hit of late: of a live one the hits that counted, of others those it would have."""

    version: RuleVersion
    hours: Counts
    days: Counts
    backtest: Backtest | None = None
    """What it was asked to go live with, of one that was; else the newest."""
    why_not: str = ""
    """Why this reader cannot approve it; empty where they can, or nobody asked."""
    idle: str = ""
    """Why it is asked nothing, or proposes nothing, although it is in force; empty where all is well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """All versions that are not retired."""

    waiting: tuple[Shown, ...]
    """Those that somebody asked for: they are among ``shadow`` too."""
    live: tuple[Shown, ...]
    shadow: tuple[Shown, ...]
    drafts: tuple[RuleVersion, ...]
    retired: tuple[RuleVersion, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Two versions of a name and what each hit."""

    other: RuleVersion
    days: Counts
    """Of the other one."""
    only_this: tuple[tuple[RuleHit, str], ...]
    """Newest first, each with its item's case; an empty text where there is none."""
    only_other: tuple[tuple[RuleHit, str], ...]
    since: datetime
    """From when on they were compared: both were asked then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """All there is to see of a version and its name."""

    shown: Shown
    versions: tuple[RuleVersion, ...]
    """Of the name, newest first."""
    changes: tuple[RuleChange, ...]
    """Of the name, newest first."""
    beside: Beside | None
    live: RuleVersion | None
    """The newest live version of the name: what rolling back would take out."""


def overview(kit: Kit, *, by: str, retired: bool = False) -> Overview:
    """Return all versions as they stand.

    :param by: who looks: for what they cannot approve, it says why
    """
    found = life.listed(kit, retired=retired)
    with kit.store.read() as tx:
        running = [_shown(kit, tx, one, by) for one in found if one.state in {RuleState.LIVE, RuleState.SHADOW}]
    return Overview(
        waiting=tuple(one for one in running if one.version.asked_at is not None),
        live=tuple(one for one in running if one.version.state is RuleState.LIVE),
        shadow=tuple(one for one in running if one.version.state is RuleState.SHADOW),
        drafts=tuple(one for one in found if one.state is RuleState.DRAFT),
        retired=tuple(one for one in found if one.state is RuleState.RETIRED),
    )


def page(kit: Kit, ref: str, *, by: str) -> Page:
    """Return a version with its name's past.

    :raises NotFoundError: when there is none
    """
    version = life.found(kit, ref)
    changes = life.history(kit, version.name)
    with kit.store.read() as tx:
        versions = sorted(tx.rules.find(name=version.name), key=lambda one: one.created_at)[::-1]
        live, older = steps.live_pair(versions)
        other = _other(version, versions, live, older)
        return Page(
            shown=_shown(kit, tx, version, by),
            versions=tuple(versions),
            changes=tuple(changes),
            beside=None if other is None else _beside(tx, version, other, kit.clock.now()),
            live=live,
        )


def _other(
    version: RuleVersion, versions: Sequence[RuleVersion], live: RuleVersion | None, older: RuleVersion | None
) -> RuleVersion | None:
    """Return what a version is to be seen beside: what is live, or of what is live, what may come."""
    if version.state is RuleState.SHADOW:
        return live
    if version.state is not RuleState.LIVE:
        return None
    shadow = next((one for one in versions if one.state is RuleState.SHADOW), None)
    return shadow or (older if version == live else live)


def _shown(kit: Kit, tx: Transaction, version: RuleVersion, by: str) -> Shown:
    now, in_force = kit.clock.now(), kit.rules.current(tx)
    return Shown(
        version=version,
        hours=counts(tx, version, now, hours=1, number=HOURS),
        days=counts(tx, version, now, hours=24, number=DAYS),
        backtest=_backtest(tx, version),
        why_not=_why_not(kit, tx, version, by),
        idle=in_force.broken.get(version.id) or in_force.held_back.get(version.id, ""),
    )


def counts(tx: Transaction, version: RuleVersion, now: datetime, *, hours: int, number: int) -> Counts:
    """Count the hits of a version in the last ``number`` stretches of an hour, or of a day."""
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    last = last.replace(hour=0) if hours > 1 else last
    begins = tuple(last - timedelta(hours=hours) * back for back in reversed(range(number)))
    made = [0] * number
    first = _micros(begins[0])
    for at, hits, counted in tx.rule_hits.per_hour(version.id, since=first):
        place = (at - first) // (hours * 3600 * _US)
        if 0 <= place < number:
            made[place] += counted if version.state is RuleState.LIVE else hits
    return Counts(begins=begins, hits=tuple(made))


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * _US


def _backtest(tx: Transaction, version: RuleVersion) -> Backtest | None:
    if version.backtest:
        return tx.backtests.get(version.backtest)
    return max(tx.backtests.find(rule=version.id), key=lambda one: one.ran_at, default=None)


def _why_not(kit: Kit, tx: Transaction, version: RuleVersion, by: str) -> str:
    """Ask the step itself, which changes nothing by being asked."""
    if version.asked_at is None:
        return ""
    act = steps.Act(by=by, at=kit.clock.now(), id="asked")
    try:
        steps.approve(version, tx.rules.find(name=version.name), solo=kit.settings.profile == "solo", act=act)
    except (RefusedError, ConflictError, InputError) as error:
        return str(error)
    return ""


def _beside(tx: Transaction, version: RuleVersion, other: RuleVersion, now: datetime) -> Beside:
    ours, theirs = (tx.rule_hits.of_rule(one.id, limit=COMPARED) for one in (version, other))
    # What was cut off of the one says nothing of what the other had alone.
    cut = [hits[-1].at for hits in (ours, theirs) if len(hits) == COMPARED]
    since = max([_micros(version.since), _micros(other.since), *cut])
    return Beside(
        other=other,
        days=counts(tx, other, now, hours=24, number=DAYS),
        only_this=_only(tx, ours, theirs, since),
        only_other=_only(tx, theirs, ours, since),
        since=datetime.fromtimestamp(since / _US, UTC),
    )


def _only(
    tx: Transaction, ours: Iterable[RuleHit], theirs: Iterable[RuleHit], since: int
) -> tuple[tuple[RuleHit, str], ...]:
    has = {hit.item for hit in theirs}
    found = [hit for hit in ours if hit.item not in has and hit.at >= since][:SHOWN]
    cases = {case.item: case.id for case in tx.cases.get_many([case_id_of(hit.item) for hit in found])}
    return tuple((hit, cases.get(hit.item, "")) for hit in found)
