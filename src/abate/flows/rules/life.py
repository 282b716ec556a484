"""The life of rules in the store: each step with its record and its audit, in one write transaction.

What a step may do is decided in ``policy.rules.life``, from what the store holds inside the transaction: of two people
who approve at once the second finds it live, and who asks for what was retired meanwhile is told so.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from abate.domain.errors import ConflictError, InputError, NotFoundError
from abate.domain.rule import Backtest, RuleChange, RuleState, RuleVersion
from abate.extend.store import Transaction
from abate.flows.kit import Kit
from abate.flows.known import revision_of
from abate.flows.rules_now import ASKED
from abate.policy.rules import check as checking
from abate.policy.rules import life
from abate.policy.rules.check import Namer, RuleSet
from abate.policy.rules.errors import RuleError
from abate.policy.rules.life import Act, Outcome
from abate.policy.rules.read import MOST_RULES
from abate.policy.rules.tree import Rule

FEWEST_DIGITS = 8
"""Digits of a hash that say which version is meant."""

Take = Callable[[Transaction, RuleVersion, Act], Outcome]
"""Says what becomes of a version, from what the transaction sees."""


def check(kit: Kit, text: str, file: str = "") -> RuleSet:
    """Check a rule file as it would be checked on keeping it, against the designated names of the present banks.

    :param file: what it is called, for errors
    :raises RuleError: at its first mistake, with the place and the remedy
    """
    return checking.rules(text, file or NO_FILE, _names(kit)[1])


def problems(kit: Kit, text: str, file: str = "") -> list[RuleError]:
    """Return the first mistake of each rule of a file, in order; none where :func:`check` accepts it."""
    return checking.problems(text, file or NO_FILE, _names(kit)[1])


NO_FILE = "rules"
"""What a text without a file is called in errors."""


def _names(kit: Kit) -> tuple[int, Namer]:
    """Return what finds designated names, and the mark of the banks that it was read from."""
    with kit.store.read() as tx:
        return revision_of(tx), _names_in(kit, tx)


def _names_in(kit: Kit, tx: Transaction) -> Namer:
    finder = kit.known.mentions(tx)

    def name_in(text: str) -> str | None:
        found, _ = finder.names_in(text)
        return found[0].name if found else None

    return name_in


def draft(kit: Kit, text: str, *, file: str = "", by: str) -> list[RuleVersion]:
    """Keep each rule of a file as a version, in the file's order; one that is known is returned as it stands.

    :raises RuleError: at the first mistake; then none of them is kept
    :raises InputError: when it holds no rule
    """
    found = check(kit, text, file).rules
    if not found:
        msg = 'there is no rule in it; write rule(name="…", when=…, then=…, because="…", owner="…")'
        raise InputError(msg, where=file)
    act = _act(kit, by)
    with kit.store.write() as tx:
        known = {version.id: version for version in tx.rules.get_many([rule.version for rule in found])}
        return [known.get(rule.version) or _drafted(tx, rule, act, at) for at, rule in enumerate(found)]


def _drafted(tx: Transaction, rule: Rule, act: Act, at: int) -> RuleVersion:
    outcome = life.draft(rule, rule.text, Act(by=act.by, at=act.at, id=f"{act.id}.{at}"))
    tx.rules.add(outcome.version)
    _record(tx, outcome)
    return outcome.version


def shadow(kit: Kit, ref: str, *, by: str, note: str = "") -> RuleVersion:
    """Have a version asked about every item that comes in, without consequences.

    :param ref: a name, which means its newest version, or a hash, or its first eight digits or more; so everywhere here
    :raises NotFoundError: when there is none; so everywhere here
    :raises ConflictError: when it is in shadow or live already, or too much is in force
    :raises RuleError: when it may not stay as it is any more, as where it names what was designated meanwhile
    """

    def take(tx: Transaction, version: RuleVersion, act: Act) -> Outcome:
        outcome = life.shadow(version, act)
        _require_room(tx, version)
        return outcome

    return _step(kit, ref, take, by=by, note=note, fit=True)


def _require_room(tx: Transaction, version: RuleVersion) -> None:
    """Check that what is in force can be asked together with ``version``, under the bounds of one rule file.

    :raises ConflictError: when it is too much
    """
    asked = [rule for state in ASKED for _, rule in readable(tx.rules.find(state=state.value))]
    windows = RuleSet(rules=(*asked, rule_of(version))).windows
    for count, most, what in (
        (len(asked) + 1, MOST_RULES, "rules"),
        (len(windows), checking.MOST_WINDOWS, "windows"),
    ):
        if count > most:
            msg = f"with {life.told(version)} there would be {count} {what}, of {most} at most; retire some first"
            raise ConflictError(msg)


def ask(kit: Kit, ref: str, *, share: int, by: str, note: str = "") -> RuleVersion:
    """Ask for a version in shadow to go live, with the newest of its backtests that read an event.

    :param share: percent of the accounts that it is to be asked about, 1 to 100
    :raises ConflictError: when it is not in shadow, or was asked for already
    :raises InputError: for a share that is none
    :raises RefusedError: when no backtest of it read an event
    """

    def take(tx: Transaction, version: RuleVersion, act: Act) -> Outcome:
        return life.ask(version, share=share, backtest=_newest_backtest(tx, version), act=act)

    return _step(kit, ref, take, by=by, note=note, fit=True)


def _newest_backtest(tx: Transaction, version: RuleVersion) -> Backtest | None:
    """Return the newest that read an event; otherwise the newest, which says why that is not enough."""
    found = tx.backtests.find(rule=version.id)
    return max(found, key=lambda one: (one.events > 0, one.ran_at), default=None)


def approve(kit: Kit, ref: str, *, by: str, note: str = "", asked_at: datetime | None = None) -> RuleVersion:
    """Let a version go live that was asked for. Whether the person may approve at all, the door has asked.

    :param asked_at: when it was asked for, as the person saw it; ``None`` for whatever is asked now
    :raises ConflictError: when it is not asked for, or otherwise than the person saw
    :raises RefusedError: when the person wrote it or asked for it, and no day in a team of one has passed
    """

    def take(tx: Transaction, version: RuleVersion, act: Act) -> Outcome:
        if asked_at is not None and version.asked_at != asked_at:
            msg = f"{life.told(version)} is not asked for as you saw it any more; look at it again"
            raise ConflictError(msg)
        return life.approve(version, _of_name(tx, version), solo=kit.settings.profile == "solo", act=act)

    return _step(kit, ref, take, by=by, note=note, fit=True)


def withdraw(kit: Kit, ref: str, *, by: str, note: str = "") -> RuleVersion:
    """Ask no more for a version to go live.

    :raises ConflictError: when it was not asked for
    """
    return _step(kit, ref, lambda _, version, act: life.withdraw(version, act), by=by, note=note)


def set_share(kit: Kit, ref: str, share: int, *, by: str, note: str = "") -> RuleVersion:
    """Ask a live version about more or fewer of the accounts; at all of them, what it replaced is retired.

    :raises ConflictError: when it is not live, or has what a newer version leaves it
    :raises InputError: for a share that is none
    """

    def take(tx: Transaction, version: RuleVersion, act: Act) -> Outcome:
        return life.set_share(version, _of_name(tx, version), share, act)

    return _step(kit, ref, take, by=by, note=note)


def retire(kit: Kit, ref: str, *, by: str, note: str = "") -> RuleVersion:
    """Take a version out.

    :raises ConflictError: when it is retired already
    """

    def take(tx: Transaction, version: RuleVersion, act: Act) -> Outcome:
        return life.retire(version, _of_name(tx, version), act)

    return _step(kit, ref, take, by=by, note=note)


def roll_back(kit: Kit, name: str, *, by: str, note: str = "") -> RuleVersion:
    """Retire the newest live version of a name at once, and have what it replaced live again for all accounts.

    :returns: the version that is live again, or the retired one where it had replaced none
    :raises NotFoundError: when no rule has this name
    :raises ConflictError: when none of its versions is live
    """
    act = _act(kit, by, note)
    with kit.store.write() as tx:
        return _changed(tx, life.roll_back(_named(tx, name), act))


def listed(kit: Kit, *, retired: bool = False) -> list[RuleVersion]:
    """Return the versions by name, the newest of a name first.

    :param retired: whether those that are retired are among them
    """
    with kit.store.read() as tx:
        every = tx.rules.find()
    kept = [one for one in every if retired or one.state is not RuleState.RETIRED]
    newest_first = sorted(kept, key=lambda one: one.created_at)[::-1]
    return sorted(newest_first, key=lambda one: one.name)


def found(kit: Kit, ref: str) -> RuleVersion:
    """Return one version.

    :raises InputError: when several hashes begin with these digits
    """
    with kit.store.read() as tx:
        return _found(tx, ref)


def history(kit: Kit, name: str) -> list[RuleChange]:
    """Return what happened to the versions of a name, the newest first."""
    with kit.store.read() as tx:
        _named(tx, name)
        return tx.rule_changes.find(name=name)[::-1]


def rule_of(version: RuleVersion) -> Rule:
    """Return the checked rule of a stored version. The same object as long as it is asked for now and then.

    :raises RuleError: when this release of the language does not take it any more
    """
    return _rule_of(version.text, version.name)


def readable(versions: Iterable[RuleVersion]) -> list[tuple[RuleVersion, Rule]]:
    """Return the versions with their rules, without those that this release of the language does not take any more."""
    read: list[tuple[RuleVersion, Rule]] = []
    for version in versions:
        with suppress(RuleError):
            read.append((version, rule_of(version)))
    return read


@lru_cache(maxsize=4_096)
def _rule_of(text: str, name: str) -> Rule:
    return checking.rules(text, name).rules[0]


def _found(tx: Transaction, ref: str) -> RuleVersion:
    if of_name := tx.rules.find(name=ref):
        return _newest(of_name)
    meant = [one for one in tx.rules.find() if one.id.startswith(ref)] if len(ref) >= FEWEST_DIGITS else []
    if len(meant) > 1:
        msg = f"{ref} begins the hash of {len(meant)} versions; write more digits of it"
        raise InputError(msg)
    if not meant:
        msg = f"there is no rule {ref!r}; name one, or {FEWEST_DIGITS} digits or more of the hash of a version"
        raise NotFoundError(msg)
    return meant[0]


def _newest(of_name: list[RuleVersion]) -> RuleVersion:
    return max(reversed(of_name), key=lambda one: one.created_at)


def _named(tx: Transaction, name: str) -> list[RuleVersion]:
    of_name = tx.rules.find(name=name)
    if not of_name:
        msg = f"there is no rule named {name!r}; draft one first"
        raise NotFoundError(msg)
    return of_name


def _of_name(tx: Transaction, version: RuleVersion) -> list[RuleVersion]:
    return tx.rules.find(name=version.name)


def _step(kit: Kit, ref: str, take: Take, *, by: str, note: str, fit: bool = False) -> RuleVersion:
    """Take a version one step on.

    :param fit: whether what was checked once is checked again: names are designated, and the language changes, while a
        version waits
    """
    act = _act(kit, by, note)
    before = _names(kit) if fit else None  # the banks are read before others wait for this transaction
    with kit.store.write() as tx:
        version = _found(tx, ref)
        if before is not None:
            revision, names = before
            unchanged = revision == revision_of(tx)
            checking.rules(version.text, version.name, names if unchanged else _names_in(kit, tx))
        return _changed(tx, take(tx, version, act))


def _act(kit: Kit, by: str, note: str = "") -> Act:
    return Act(by=by, at=kit.clock.now(), id=f"rch_{secrets.token_hex(8)}", note=note.strip())


def _changed(tx: Transaction, outcome: Outcome) -> RuleVersion:
    for version in outcome.versions:
        tx.rules.replace(version)
    _record(tx, outcome)
    return outcome.version


def _record(tx: Transaction, outcome: Outcome) -> None:
    """Store what happened, each change with an audit record of its own."""
    for change in outcome.changes:
        tx.rule_changes.add(change)
        body = {"name": change.name, "by": change.by, "share": change.share, "backtest": change.backtest}
        tx.audit.append(at=change.at, tag=f"rules:version:{change.step.value}", subject=change.rule, body=body)
