"""The life of a version: draft → shadow → live → retired. Pure: each step takes values, and returns what they become.

* A version goes live from shadow only, with a backtest of its own that read something, when a second person says so.
  In a team of one, the same person may say so a day after asking, and it is recorded as what it is.
* Of one name at most two versions are live: the newer one has the share of the accounts that it was given, the older
  one the rest. At a hundred the older one is retired.
* Rolling back takes one person and no time: the newer one is retired, and what it had replaced has all accounts again.
* What was retired by hand or rolled back never comes back by itself: nothing ``replaces`` it any more.

A step that concerns the other versions of a name takes ``of_name``: all of that name, in whatever state.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.rule import Backtest, RuleChange, RuleState, RuleStep, RuleVersion
from abate.policy.rules.tree import Rule

COOLING_OFF = timedelta(hours=24)
"""How long a team of one waits between asking and letting a version go live."""

OPERATOR = "operator"
"""Who acts at the machine without logging in. That is nobody by name, and so nobody's second person."""

WHOLE = 100
"""Percent: all accounts."""

LONGEST_NOTE = 2_000
"""Characters of what somebody says to a step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Somebody does something now."""

    by: str
    """The person's identifier, or :data:`OPERATOR`."""
    at: datetime
    id: str
    """Identifier of the act: its changes are numbered under it."""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an act comes to."""

    versions: tuple[RuleVersion, ...]
    """The version that it was about, then the others that it changed."""
    changes: tuple[RuleChange, ...]
    """In the order in which they happened."""

    @property
    def version(self) -> RuleVersion:
        """Return what became of the version that it was about."""
        return self.versions[0]


def draft(rule: Rule, text: str, act: Act) -> Outcome:
    """Keep a rule as a new version that is asked nothing.

    :param text: the call as its author wrote it
    :raises InputError: when nobody is named, or the note is too long; so do all other steps
    """
    version = RuleVersion(
        id=rule.version, name=rule.name, text=text, created_at=act.at, created_by=act.by, since=act.at
    )
    return _outcome(act, [version], [(version, RuleStep.DRAFTED)])


def shadow(version: RuleVersion, act: Act) -> Outcome:
    """Have a version asked about every item, without consequences. A retired one begins anew.

    :raises ConflictError: when it is in shadow or live already
    """
    if version.state is RuleState.LIVE:
        msg = f"{told(version)} is live; retire it first"
        raise ConflictError(msg)
    if version.state is RuleState.SHADOW:
        msg = f"{told(version)} is in shadow already; ask for it to go live, or leave it so"
        raise ConflictError(msg)
    after = _moved(replace(version, replaces=""), RuleState.SHADOW, act)
    return _outcome(act, [after], [(after, RuleStep.SHADOWED)])


def ask(version: RuleVersion, *, share: int, backtest: Backtest | None, act: Act) -> Outcome:
    """Ask for a version to go live.

    :param share: percent of the accounts that it is to be asked about, 1 to 100
    :param backtest: what it would have done, as it was measured
    :raises ConflictError: when it is not in shadow, or was asked for already
    :raises InputError: for a share that is none, or a backtest of another version
    :raises RefusedError: without a backtest that read an event
    """
    _require_share(share)
    if version.state is not RuleState.SHADOW:
        msg = f"{told(version)} is {_stands(version)}, and only what is in shadow is asked for; {_ASK[version.state]}"
        raise ConflictError(msg)
    if version.asked_at is not None:
        msg = f"{told(version)} was asked for already, for {version.asked_share} % of the accounts; withdraw that first"
        raise ConflictError(msg)
    if backtest is None or backtest.events < 1:
        why = "was never tried on history" if backtest is None else "was tried on a time without an event"
        msg = f"{told(version)} {why}, and nothing goes live unseen; run a backtest of it over a time with items"
        raise RefusedError(msg)
    if backtest.rule != version.id:
        msg = f"backtest {backtest.id} is of another version; run one of {told(version)}"
        raise InputError(msg)
    after = replace(version, backtest=backtest.id, asked_at=act.at, asked_by=act.by, asked_share=share)
    return _outcome(act, [after], [(after, RuleStep.ASKED)])


_ASK = {
    RuleState.DRAFT: "put it in shadow first",
    RuleState.LIVE: "set its share instead",
    RuleState.RETIRED: "put it in shadow first",
}


def withdraw(version: RuleVersion, act: Act) -> Outcome:
    """Ask no more for a version to go live; it stays in shadow.

    :raises ConflictError: when it was not asked for
    """
    _require_asked(version)
    after = _unasked(version)
    return _outcome(act, [after], [(after, RuleStep.WITHDRAWN)])


def approve(version: RuleVersion, of_name: Iterable[RuleVersion], *, solo: bool, act: Act) -> Outcome:
    """Let a version go live that was asked for.

    :param solo: whether this is a team of one, in which a day takes the place of the second person
    :raises ConflictError: when it was not asked for, or another version of its name does not have all accounts yet
    :raises RefusedError: when the person may not be the second one
    """
    _require_asked(version)
    step = _second(version, solo=solo, act=act)
    others = [one for one in of_name if one.id != version.id]
    for one in others:
        if one.state is RuleState.LIVE and one.share < WHOLE:
            msg = (
                f"{told(one)} is live for {one.share} % of the accounts only; bring it to {WHOLE}, retire it or roll "
                "it back first"
            )
            raise ConflictError(msg)
    older = next((one for one in others if one.state is RuleState.LIVE), None)
    went = _moved(version, RuleState.LIVE, act, share=version.asked_share)
    went = replace(went, replaces=older.id if older else "")
    released = _released(version.id, [one for one in others if one is not older])
    left = [] if older is None else [_left(_freed(older, version.id), went, act)]
    return _outcome(act, [went, *(one for one, _ in left), *released], [(went, step), *left])


def _second(version: RuleVersion, *, solo: bool, act: Act) -> RuleStep:
    """Return how this person's word counts, if it does."""
    if act.by == OPERATOR:
        msg = "nobody is logged in, so nobody can be the second person; name who approves, and log in"
        raise RefusedError(msg)
    first = {version.asked_by, version.created_by}
    # In a team of one, who did not log in was most likely the one who does now.
    if act.by not in first and not (solo and OPERATOR in first):
        return RuleStep.APPROVED
    if not solo:
        role = "asked for" if act.by == version.asked_by else "wrote"
        msg = f"you {role} {told(version)}, and a second person approves it; ask somebody else"
        raise RefusedError(msg)
    ready = (version.asked_at or act.at) + COOLING_OFF
    if act.at < ready:
        msg = (
            f"{told(version)} was asked for less than a day ago, and in a team of one a day takes the place of the "
            f"second person; approve it from {ready:%Y-%m-%d %H:%M} UTC on"
        )
        raise RefusedError(msg)
    return RuleStep.COOLED_OFF


def set_share(version: RuleVersion, of_name: Iterable[RuleVersion], share: int, act: Act) -> Outcome:
    """Ask a live version about more or fewer of the accounts; at all of them, what it replaced is retired.

    :raises ConflictError: when it is not live, has that share already, or has what a newer version leaves it
    :raises InputError: for a share that is none
    """
    _require_share(share)
    if version.state is not RuleState.LIVE:
        msg = f"{told(version)} is {_stands(version)}, and only what is live has a share; ask for it to go live instead"
        raise ConflictError(msg)
    newer, older = live_pair(of_name)
    if newer is not None and newer.id != version.id:
        msg = f"{told(version)} has what {told(newer)} leaves it; set the share of that one"
        raise ConflictError(msg)
    if share == version.share:
        msg = f"{told(version)} is live for {share} % of the accounts already; nothing was changed"
        raise ConflictError(msg)
    after = replace(version, share=share)
    left = [] if older is None else [_left(older, after, act)]
    return _outcome(act, [after, *(one for one, _ in left)], [(after, RuleStep.SHARED), *left])


def retire(version: RuleVersion, of_name: Iterable[RuleVersion], act: Act) -> Outcome:
    """Take a version out, for good or until somebody puts it in shadow again.

    A newer version leaves its accounts to the older one that is live beside it. An older one leaves its accounts to
    nobody: how many the newer one has is for a person to say.

    :raises ConflictError: when it is retired already
    """
    if version.state is RuleState.RETIRED:
        msg = f"{told(version)} is retired already; nothing was changed"
        raise ConflictError(msg)
    every = list(of_name)
    newer, older = live_pair(every)
    after = _moved(version, RuleState.RETIRED, act)
    changed, told_of = [after], [(after, RuleStep.RETIRED)]
    heir = older if newer is not None and newer.id == version.id else None
    if heir is not None:
        heir = replace(heir, share=WHOLE)
        changed.append(heir)
        told_of.append((heir, RuleStep.SHARED))
    others = [one for one in every if one.id != version.id and (heir is None or one.id != heir.id)]
    return _outcome(act, [*changed, *_released(version.id, others)], told_of)


def roll_back(of_name: Sequence[RuleVersion], act: Act) -> Outcome:
    """Retire the newest live version of a name at once; what it had replaced has all accounts again.

    :returns: the version that is live again first, or the retired one where it had replaced none
    :raises ConflictError: when no version of the name is live
    """
    newer, _ = live_pair(of_name)
    if newer is None:
        msg = "no version of that name is live, so there is nothing to roll back"
        raise ConflictError(msg)
    gone = _moved(newer, RuleState.RETIRED, act)
    before = next((one for one in of_name if newer.replaces and one.id == newer.replaces), None)
    others = [one for one in of_name if one.id not in {newer.id, newer.replaces}]
    released = _released(newer.id, others)
    if before is None:
        return _outcome(act, [gone, *released], [(gone, RuleStep.ROLLED_BACK)])
    since = before.since if before.state is RuleState.LIVE else act.at
    back = replace(_unasked(_freed(before, newer.id)), state=RuleState.LIVE, since=since, share=WHOLE)
    return _outcome(act, [back, gone, *released], [(gone, RuleStep.ROLLED_BACK), (back, RuleStep.RESTORED)])


def live_pair(of_name: Iterable[RuleVersion]) -> tuple[RuleVersion | None, RuleVersion | None]:
    """Return the newer and the older live version of a name.

    The newer one is asked about the accounts whose number (0 to 99) is below its share, the older one about the rest.
    """
    live = [one for one in of_name if one.state is RuleState.LIVE]
    replaced = {one.replaces for one in live}
    newer = next((one for one in live if one.id not in replaced), None)
    return newer, next((one for one in live if one is not newer), None)


def told(version: RuleVersion) -> str:
    """Return how a sentence calls a version."""
    return f"version {version.id[:8]} of {version.name}"


_STANDS = {
    RuleState.DRAFT: "a draft",
    RuleState.SHADOW: "in shadow",
    RuleState.LIVE: "live",
    RuleState.RETIRED: "retired",
}


def _stands(version: RuleVersion) -> str:
    return _STANDS[version.state]


def _require_share(share: int) -> None:
    if not 1 <= share <= WHOLE:
        msg = f"{share} % is no share of the accounts; give 1 to {WHOLE}"
        raise InputError(msg)


def _require_asked(version: RuleVersion) -> None:
    if version.asked_at is None:
        msg = f"nobody asked for {told(version)} to go live, it is {_stands(version)}; ask for it first"
        raise ConflictError(msg)


def _moved(version: RuleVersion, state: RuleState, act: Act, *, share: int = 0) -> RuleVersion:
    return replace(_unasked(version), state=state, since=act.at, share=share)


def _unasked(version: RuleVersion) -> RuleVersion:
    return replace(version, asked_at=None, asked_by="", asked_share=0)


def _left(older: RuleVersion, newer: RuleVersion, act: Act) -> tuple[RuleVersion, RuleStep]:
    """Return what the newer version leaves the older one, and how that step is called."""
    if newer.share == WHOLE:
        return _moved(older, RuleState.RETIRED, act), RuleStep.REPLACED
    return replace(older, share=WHOLE - newer.share), RuleStep.SHARED


def _freed(version: RuleVersion, other: str) -> RuleVersion:
    """Return the version as one that does not replace ``other``, so that rolling it back does not bring that back."""
    return replace(version, replaces="") if version.replaces == other else version


def _released(gone: str, others: Iterable[RuleVersion]) -> Iterator[RuleVersion]:
    return (_freed(one, gone) for one in others if one.replaces == gone)


def _outcome(act: Act, versions: Iterable[RuleVersion], steps: Iterable[tuple[RuleVersion, RuleStep]]) -> Outcome:
    if not act.by.strip():
        msg = "nobody is named as acting; pass the person's identifier"
        raise InputError(msg)
    if len(act.note) > LONGEST_NOTE:
        msg = f"the note has {len(act.note)} characters, of {LONGEST_NOTE} at most; say it shorter"
        raise InputError(msg)
    changes = (
        RuleChange(
            id=f"{act.id}-{number}",
            rule=one.id,
            name=one.name,
            step=step,
            at=act.at,
            by=act.by,
            share=one.asked_share if step is RuleStep.ASKED else one.share,
            backtest=one.backtest if step in _SHOWN else "",
            note=act.note,
        )
        for number, (one, step) in enumerate(steps, 1)
    )
    return Outcome(versions=tuple(versions), changes=tuple(changes))


_SHOWN = {RuleStep.ASKED, RuleStep.APPROVED, RuleStep.COOLED_OFF}
"""The steps that rest on a backtest."""
