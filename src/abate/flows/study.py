"""A study: freeze the plan, then read the outcome, write the bundle; and run it again to see whether it holds."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import abate
from abate.domain.errors import InputError
from abate.flows.claims import Judged, claims_of, truth_of
from abate.flows.found import Drawn
from abate.flows.ground import Scope
from abate.flows.kit import Asking
from abate.flows.sources import Source
from abate.flows.store_digest import store_sha256
from abate.measurement.claims.evidence import MISSING, Evidence, Missing
from abate.measurement.claims.seven import seven_claims
from abate.measurement.drawing import stored
from abate.measurement.footing import SCHEMA, Json
from abate.measurement.report.page import Foot, Page, file_of
from abate.measurement.study import bundle
from abate.measurement.study.bundle import Difference
from abate.measurement.study.canonical import canonical, digest
from abate.measurement.study.plan import Plan, differences, plan_from, read_plan
from abate.measurement.weeks import to_micros, week_of

_STORE = "store"
_SAID, _DRAWN = "sentences", "charts"
_MEASURED_WITH = ("numpy", "scipy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundled:
    """A study that was run."""

    folder: Path
    hash: str
    judged: Judged
    amended: tuple[str, ...]
    """Where the plan differs from the one that was frozen before, if it was changed on purpose."""

    def to_json(self) -> Json:
        """Return the bundle's hash, the numbers, and the sentences with the number each rests on."""
        return self.judged.to_json() | {"bundle": str(self.folder), "sha256": self.hash, "amended": list(self.amended)}


def run_study(kit: Asking, plan_file: Path, folder: Path, *, amend: bool = False) -> Bundled:
    """Freeze the plan, compute, and write the bundle.

    :param amend: accept a plan that differs from the one frozen in the folder, and write the differences down for good
    :raises InputError: when the plan or a table cannot be read, or the plan was changed after it was frozen
    """
    plan = read_plan(plan_file)
    frozen, changed = _freeze(kit, plan, folder, amend=amend)
    inputs = _inputs(kit, plan, plan_file.parent, folder)
    bundle.write_json(folder / bundle.INPUTS, inputs)
    judged = _judge(kit, plan, plan_file.parent, frozen)
    _write(folder, judged)
    return Bundled(folder=folder, hash=bundle.seal(folder), judged=judged, amended=tuple(changed))


def draft(kit: Asking, plan_file: Path) -> tuple[Plan, Judged]:
    """Judge by a plan without freezing it; the page says that no plan was frozen.

    :raises InputError: as :func:`run_study` does
    """
    plan = read_plan(plan_file)
    return plan, _judge(kit, plan, plan_file.parent, None)


def _freeze(kit: Asking, plan: Plan, folder: Path, *, amend: bool) -> tuple[Json, list[str]]:
    """Write the plan with its hash and the time, before any table is opened; an unchanged plan keeps its time.

    :raises InputError: when another plan was frozen here and nobody said that it is to be amended
    """
    path, now = folder / bundle.FROZEN, kit.clock.now().isoformat(timespec="seconds")
    before: dict[str, Any] = _frozen(folder) if path.exists() else {}
    changed = differences(before["plan"], plan.to_json()) if before else []
    if changed and not amend:
        listed = "; ".join(changed)
        msg = (
            f"the plan was amended after it was frozen: {listed}. Go back to the frozen plan, name another folder for "
            "another study, or run with --amend, which writes the differences into the report"
        )
        raise InputError(msg, where=str(folder))
    if before and not changed:
        return before, []
    amendments = list(before.get("amendments", ()))
    if changed:
        amendments.append({"at": now, "fields": changed, "sha256_before": before["sha256"]})
    frozen: Json = {
        "schema": SCHEMA,
        "plan": plan.to_json(),
        "sha256": plan.sha256,
        "frozen_at": before.get("frozen_at", now),
        "amendments": amendments,
    }
    bundle.write_json(path, frozen)
    return frozen, changed


def _inputs(kit: Asking, plan: Plan, home: Path, folder: Path) -> list[Json]:
    """Return each input with its hash; paths are those from the bundle's folder, so that both can move together."""
    if not plan.inputs:
        return [{"name": _STORE, "path": None, "sha256": store_sha256(kit, plan.until)}]
    return [
        {
            "name": name,
            "path": Path(os.path.relpath((home / given).resolve(), folder.resolve())).as_posix(),
            "sha256": bundle.file_sha256(home / given),
        }
        for name, given in plan.inputs.items()
    ]


def _judge(kit: Asking, plan: Plan, home: Path, frozen: Mapping[str, Any] | None) -> Judged:
    source = Source(
        **{name: home / given for name, given in plan.inputs.items()},
        mapping=plan.mapping,
    )
    told: Json = {"title": plan.title, "question": plan.question, "primary": plan.primary}
    if frozen is not None:
        told |= {name: frozen[name] for name in ("sha256", "frozen_at", "amendments")}
    truth = None if plan.inputs else truth_of(kit)
    return claims_of(kit, source, _scope(plan), truth=truth, plan=None if frozen is None else told)


def _scope(plan: Plan) -> Scope:
    return Scope(
        until=plan.until,
        seed=plan.seed,
        start=plan.start,
        before=plan.before,
        after=plan.after,
        leave_out_weeks=frozenset(
            week_of(to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC))) for day in plan.leave_out_weeks
        ),
        exclude_channels=frozenset(plan.exclude_channels),
        exclude_platforms=frozenset(plan.exclude_platforms),
        controls=plan.controls,
        unseen=plan.unseen,
    )


def _write(folder: Path, judged: Judged) -> None:
    """Write numbers, sentences, charts and versions, in place of what an earlier run left."""
    for part in (bundle.NUMBERS, bundle.CHARTS):
        for path in (folder / part).glob("*.*"):
            path.unlink()
    for name, answer in judged.claims.evidence.document.items():
        bundle.write_json(folder / bundle.NUMBERS / f"{name}.json", answer)
    bundle.write_json(folder / bundle.SENTENCES, _sentences(judged))
    for name, chart in judged.charts.items():
        for kind in ("svg", "csv"):
            bundle.write_text(folder / bundle.CHARTS / f"{name}.{kind}", file_of(chart, kind))
        bundle.write_json(folder / bundle.CHARTS / f"{name}.json", stored.to_json(chart))
    bundle.write_json(folder / bundle.VERSIONS, _versions())


def _versions() -> Json:
    others = {name: version(name) for name in _MEASURED_WITH}
    return {"abate": abate.__version__, "python": platform.python_version(), **others}


def read_bundle(folder: Path) -> Page:
    """Return the page of a bundle as it was written, without opening its tables.

    :raises InputError: when the folder is no bundle, or a file in it is not what its manifest says
    """
    changed = bundle.tampered(folder)
    frozen = _frozen(folder)
    if changed:
        msg = f"{', '.join(changed)}: not what the manifest says; get the bundle anew, or run the study again"
        raise InputError(msg, where=str(folder))
    said = bundle.read_json(folder / bundle.SENTENCES)
    charts: dict[str, Drawn] = {
        path.stem: stored.from_json(bundle.read_json(path)) for path in sorted((folder / bundle.CHARTS).glob("*.json"))
    }
    return Page(
        claims=seven_claims(_evidence(folder)),
        charts=charts,
        foot=Foot(hash=bundle.bundle_hash(folder), command=f"abate measure verify {folder.name}", bundled=True),
        title=frozen["plan"]["study"]["title"],
        invented=bool(said.get("invented")),
    )


def _evidence(folder: Path) -> Evidence:
    numbers = _numbers(folder)
    missing = {name: Missing(**one) for name, one in numbers.pop(MISSING, {}).items()}
    return Evidence(answers=numbers, missing=missing)


def _numbers(folder: Path) -> dict[str, Any]:
    return {path.stem: bundle.read_json(path) for path in sorted((folder / bundle.NUMBERS).glob("*.json"))}


def _frozen(folder: Path) -> dict[str, Any]:
    """Return the frozen plan with its hash, its time and its amendments.

    :raises InputError: when the file is none, or its hash is not that of the plan beside it
    """
    path = folder / bundle.FROZEN
    frozen = bundle.read_json(path)
    needed = {"plan", "sha256", "frozen_at", "amendments"}
    if not isinstance(frozen, dict) or not needed <= frozen.keys() or not isinstance(frozen["plan"], dict):
        msg = "is no frozen plan; name the folder that `abate measure study` wrote"
        raise InputError(msg, where=str(path))
    if digest(frozen["plan"]) != frozen["sha256"]:
        msg = "the plan in it is not the one that its hash names: it was changed by hand; get the bundle anew"
        raise InputError(msg, where=str(path))
    return frozen


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Whether a bundle holds when it is run again."""

    tampered: tuple[str, ...]
    """Files of the bundle that are not what its manifest says."""
    changed_inputs: tuple[str, ...]
    same: Mapping[str, int]
    """Measure → how many values came out the same."""
    different: tuple[Difference, ...]
    versions: Json
    """Those of the bundle and those of now."""
    hash: str

    @property
    def holds(self) -> bool:
        """Return whether nothing was changed and every number is the same."""
        return not (self.tampered or self.changed_inputs or self.different)

    def to_json(self) -> Json:
        """Return the verdict with everything it rests on."""
        return {
            "schema": SCHEMA,
            "same": self.holds,
            "sha256": self.hash,
            "tampered": list(self.tampered),
            "changed_inputs": list(self.changed_inputs),
            "numbers": {
                name: {
                    "same": count,
                    "different": [one.to_json() for one in self.different if one.measure == name],
                }
                for name, count in self.same.items()
            },
            "versions": self.versions,
        }


def verify(kit: Asking, folder: Path, *, inputs: Path | None = None) -> Checked:
    """Run a bundle again from its inputs.

    :param inputs: the folder in which the input files lie now; by default where the bundle says
    :raises InputError: when the folder is no bundle, or an input cannot be read
    """
    frozen = _frozen(folder)
    plan = plan_from(_as_written(frozen["plan"]), where=str(folder / bundle.FROZEN))
    listed = _listed_inputs(folder)
    paths = {one["name"]: _input_path(folder, one, inputs) for one in listed if one["path"]}
    changed = [one["name"] for one in listed if _now_sha256(kit, plan, paths, one["name"]) != one["sha256"]]
    again = _judge(kit, replace(plan, inputs={name: str(path) for name, path in paths.items()}), Path(), frozen)
    before, now = _told(folder), _told_now(again)
    versions = {"bundle": bundle.read_json(folder / bundle.VERSIONS), "now": _versions()}
    if not _same_words(versions):
        before[_SAID], now[_SAID] = _wordless(before[_SAID]), _wordless(now[_SAID])
    same, different = {}, []
    for name in sorted(before.keys() | now.keys()):
        same[name], apart = bundle.compare(name, before.get(name), now.get(name))
        different += apart
    return Checked(
        tampered=tuple(bundle.tampered(folder)),
        changed_inputs=tuple(changed),
        same=same,
        different=tuple(different),
        versions=versions,
        hash=bundle.bundle_hash(folder),
    )


def _told(folder: Path) -> dict[str, Any]:
    """Return all that a bundle tells: numbers, sentences, and what is drawn. Each could be changed, and sealed anew."""
    charts = {path.stem: bundle.read_json(path) for path in sorted((folder / bundle.CHARTS).glob("*.json"))}
    said = folder / bundle.SENTENCES
    return {**_numbers(folder), _SAID: bundle.read_json(said) if said.exists() else None, _DRAWN: charts}


def _told_now(judged: Judged) -> dict[str, Any]:
    charts = {name: stored.to_json(chart) for name, chart in judged.charts.items()}
    told = {**judged.claims.evidence.document, _SAID: _sentences(judged), _DRAWN: charts}
    return dict(json.loads(canonical(told)))  # as a file would give it back


def _same_words(versions: Mapping[str, Any]) -> bool:
    then = versions["bundle"]
    return isinstance(then, Mapping) and then.get("abate") == versions["now"]["abate"]


def _wordless(said: object) -> object:
    """Leave out how things are worded: another version may say the same of the same numbers in better words."""
    if isinstance(said, Mapping):
        return {name: _wordless(part) for name, part in said.items() if name not in {"text", "shown"}}
    return [_wordless(one) for one in said] if isinstance(said, list) else said


def _sentences(judged: Judged) -> Json:
    said = {name: part for name, part in judged.to_json().items() if name != "numbers"}
    return said | {"invented": judged.invented}


def _listed_inputs(folder: Path) -> list[dict[str, Any]]:
    """Return the inputs as the bundle lists them.

    :raises InputError: when it lists none
    """
    path = folder / bundle.INPUTS
    listed = bundle.read_json(path)
    if not isinstance(listed, list) or not all(
        isinstance(one, dict) and {"name", "path", "sha256"} <= one.keys() for one in listed
    ):
        msg = "lists no inputs; get the bundle anew"
        raise InputError(msg, where=str(path))
    return listed


def _as_written(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a frozen plan as its file would say it: what is null was not there."""
    parts = {name: part for name, part in plan.items() if isinstance(part, Mapping)}
    return {name: {key: value for key, value in part.items() if value is not None} for name, part in parts.items()}


def _input_path(folder: Path, listed: Mapping[str, Any], inputs: Path | None) -> Path:
    path = Path(str(listed["path"]))
    return (inputs / path.name) if inputs is not None else (folder.resolve() / path)


def _now_sha256(kit: Asking, plan: Plan, paths: Mapping[str, Path], name: str) -> str:
    return store_sha256(kit, plan.until) if name == _STORE else bundle.file_sha256(paths[name])
