"""``study.toml``: what is asked, settled before the outcome is read.

A key that nobody knows is refused: a misspelt exclusion would leave free what the author believes frozen.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError
from abate.domain.times import parse_time
from abate.measurement.footing import SCHEMA, Json
from abate.measurement.study.canonical import digest

METRICS = ("presence", "following")
TABLES = ("sightings", "checks", "lifetimes", "interventions", "incidents", "labels", "surveys", "series")
TRUTH = "truth"
"""Of an invented year: the file that says what a measure should find."""
_KEYS: Mapping[str, tuple[str, ...]] = {
    "study": ("title", "question", "seed", "until"),
    "metric": ("primary",),
    "window": ("start", "before", "after", "leave_out_weeks"),
    "controls": ("platforms",),
    "exclude": ("channels", "platforms"),
    "platforms": ("unseen",),
    "inputs": (*TABLES, TRUTH, "map"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A study as its author settled it."""

    title: str = ""
    question: str = ""
    seed: int = 0
    until: datetime | None = None
    primary: str = "presence"
    """The one metric that the study is about; every other number is beside it."""
    start: datetime | None = None
    before: int = 8
    after: int = 8
    leave_out_weeks: tuple[date, ...] = ()
    """Mondays."""
    controls: tuple[str, ...] | None = None
    exclude_channels: tuple[str, ...] = ()
    exclude_platforms: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Table → path as the file has it; empty for the store's own history."""
    mapping: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Return the plan; the same plan gives the same text."""
        return {
            "schema": SCHEMA,
            "study": {"title": self.title, "question": self.question, "seed": self.seed, "until": _iso(self.until)},
            "metric": {"primary": self.primary},
            "window": {
                "start": _iso(self.start),
                "before": self.before,
                "after": self.after,
                "leave_out_weeks": [day.isoformat() for day in self.leave_out_weeks],
            },
            "controls": {"platforms": None if self.controls is None else list(self.controls)},
            "exclude": {"channels": sorted(self.exclude_channels), "platforms": sorted(self.exclude_platforms)},
            "platforms": {"unseen": list(self.unseen)},
            "inputs": {**dict(sorted(self.inputs.items())), "map": dict(sorted(self.mapping.items()))},
        }

    @property
    def sha256(self) -> str:
        """Return the hash that says which plan it is."""
        return digest(self.to_json())


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def read_plan(path: Path) -> Plan:
    """Read a plan.

    :raises InputError: when the file cannot be read, or holds a key or value that means nothing here
    """
    try:
        untrusted = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"the plan cannot be read ({error}); write it as TOML in UTF-8"
        raise InputError(msg, where=str(path)) from error
    return plan_from(untrusted, where=str(path))


def plan_from(untrusted: Mapping[str, Any], *, where: str) -> Plan:
    """Make a plan of what a file says.

    :raises InputError: as :func:`read_plan` does
    """
    _known_keys(untrusted, where)
    at = _Reader(untrusted, where)
    plan = Plan(
        title=at.text("study", "title"),
        question=at.text("study", "question"),
        seed=at.whole("study", "seed", 0),
        until=at.moment("study", "until"),
        primary=at.text("metric", "primary") or "presence",
        start=at.moment("window", "start"),
        before=at.whole("window", "before", 8),
        after=at.whole("window", "after", 8),
        leave_out_weeks=at.mondays("window", "leave_out_weeks"),
        controls=at.names("controls", "platforms") if at.has("controls", "platforms") else None,
        exclude_channels=at.names("exclude", "channels"),
        exclude_platforms=at.names("exclude", "platforms"),
        unseen=at.names("platforms", "unseen"),
        inputs={name: at.text("inputs", name) for name in (*TABLES, TRUTH) if at.text("inputs", name)},
        mapping=at.mapping("inputs", "map"),
    )
    return _checked(plan, where)


def _known_keys(untrusted: Mapping[str, Any], where: str) -> None:
    for name, part in untrusted.items():
        if name == "schema":
            continue
        if name not in _KEYS or not isinstance(part, Mapping):
            msg = f"[{name}] is no part of a plan; the parts are: {', '.join(_KEYS)}"
            raise InputError(msg, where=where)
        for key in part:
            if key not in _KEYS[name]:
                msg = f"[{name}] has no key {key!r}; its keys are: {', '.join(_KEYS[name])}"
                raise InputError(msg, where=where)


def _checked(plan: Plan, where: str) -> Plan:
    fewest = 4
    if plan.primary not in METRICS:
        msg = f"metric.primary is {plan.primary!r}; choose one of {', '.join(METRICS)}"
        raise InputError(msg, where=where)
    if plan.before < fewest or (plan.after and plan.after < fewest):
        msg = f"window.before and window.after need {fewest} weeks or more (after may be 0, for all settled weeks)"
        raise InputError(msg, where=where)
    if not plan.inputs and plan.until is None:
        msg = "a study of the store's own history needs study.until: the store grows, and the study must not"
        raise InputError(msg, where=where)
    if plan.inputs and "sightings" not in plan.inputs:
        msg = "inputs names files but no sightings; add sightings, or leave inputs out to ask the store"
        raise InputError(msg, where=where)
    return plan


class _Reader:
    """Reads one value after another out of what a file says, and names the place where one is wrong."""

    def __init__(self, untrusted: Mapping[str, Any], where: str) -> None:
        self._untrusted = untrusted
        self._where = where

    def has(self, part: str, key: str) -> bool:
        return self._untrusted.get(part, {}).get(key) is not None

    def _get(self, part: str, key: str, fits: Callable[[Any], bool], wanted: str) -> Any:  # noqa: ANN401 - a TOML value
        value = self._untrusted.get(part, {}).get(key)
        if value is None or fits(value):
            return value
        msg = f"{part}.{key} is {value!r}; it has to be {wanted}"
        raise InputError(msg, where=self._where)

    def text(self, part: str, key: str) -> str:
        return self._get(part, key, lambda value: isinstance(value, str), "a text") or ""

    def whole(self, part: str, key: str, default: int) -> int:
        value = self._get(part, key, _whole, "a whole number from 0")
        return default if value is None else int(value)

    def names(self, part: str, key: str) -> tuple[str, ...]:
        value = self._get(part, key, _texts, "a list of texts")
        return tuple(value or ())

    def mapping(self, part: str, key: str) -> dict[str, str]:
        fits: Callable[[Any], bool] = lambda value: isinstance(value, Mapping) and _texts(list(value.values()))  # noqa: E731 - named for the next line
        return dict(self._get(part, key, fits, "a table of texts") or {})

    def moment(self, part: str, key: str) -> datetime | None:
        value = self._get(part, key, lambda value: isinstance(value, str | date), "a date or a time")
        if value is None:
            return None
        if isinstance(value, str):
            return parse_time(value, f"{part}.{key}")
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        return datetime(value.year, value.month, value.day, tzinfo=UTC)

    def mondays(self, part: str, key: str) -> tuple[date, ...]:
        values = self._get(part, key, lambda value: isinstance(value, list), "a list of dates") or []
        out = []
        for value in values:
            try:
                day = value if isinstance(value, date) else date.fromisoformat(str(value))
            except ValueError as error:
                msg = f"{part}.{key} holds {value!r}, which is no date; write the Monday of a week, as 2026-03-30"
                raise InputError(msg, where=self._where) from error
            if day.weekday():
                msg = f"{part}.{key} holds {day}, which is no Monday; name each week by its Monday"
                raise InputError(msg, where=self._where)
            out.append(day)
        return tuple(sorted(out))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def differences(old: object, new: object, place: str = "") -> list[str]:
    """Return where two plans differ, as ``window.before: 8 → 12``."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = [*old, *(name for name in new if name not in old)]
        return [
            one
            for name in names
            for one in differences(old.get(name), new.get(name), f"{place}.{name}" if place else str(name))
        ]
    return [] if old == new else [f"{place}: {_shown(old)} → {_shown(new)}"]


def _shown(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)
