"""Run the scenarios, print coverage and width, and keep or check the record in ``bench/records/measurement.json``."""

import argparse
import hashlib
import importlib
import json
import math
import os
import pkgutil
import platform
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import numpy as np

import bench.calibration
from bench.calibration.scenario import Replicate, Scenario

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "bench" / "records" / "measurement.json"
LEVEL = 0.95
FAMILY_WISE = 0.001
"""The chance that one honest set of methods fails this test anywhere."""
SAME = 1e-9
FIGURES = ("truth", "value", "low", "high")
PARTS = 16
KEPT = 100
"""Replicates that the record holds of each scenario; its coverage and width are those of all."""
ONE_ARITHMETIC = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "",
}
"""Wider vector units sum in another order, and the last digits differ: the record is made and checked without them."""


def scenarios(only: str = "") -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    for module in pkgutil.iter_modules(bench.calibration.__path__):
        if module.name in {"__main__", "scenario"}:
            continue
        for one in importlib.import_module(f"bench.calibration.{module.name}").SCENARIOS:
            if one.name in found:
                sys.exit(f"two scenarios are called {one.name}; rename one")
            found[one.name] = one
    return {name: one for name, one in sorted(found.items()) if only in name}


def replicate(name: str, number: int) -> Replicate:
    """Run one replicate; the same name and number give the same numbers, whatever ran before."""
    one = scenarios()[name]
    return one.replicate(np.random.default_rng([zlib.crc32(name.encode()), number]))


def sources_hash(one: Scenario) -> str:
    """Return the SHA-256 of what the scenario covers, its own file included."""
    files = [ROOT / "src" / "abate" / name for name in sorted(one.covers)]
    files.append(Path(sys.modules[one.replicate.__module__].__file__ or ""))
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _batch(name: str, numbers: Sequence[int]) -> list[Replicate]:
    one = scenarios()[name]
    seeds = [[zlib.crc32(name.encode()), number] for number in numbers]
    return [one.replicate(np.random.default_rng(seed)) for seed in seeds]


def run(pool: Executor, one: Scenario, numbers: Sequence[int]) -> list[Replicate]:
    """Run the replicates of these numbers, spread over the pool's processes."""
    parts = min(len(numbers), PARTS)
    batches = [numbers[first::parts] for first in range(parts)]
    done: dict[int, Replicate] = {}
    for batch, found in zip(batches, pool.map(_batch, [one.name] * parts, batches), strict=True):
        done.update(zip(batch, found, strict=True))
    return [done[number] for number in numbers]


def binomial_below(successes: int, trials: int, share: float) -> float:
    """Return the chance of so few successes or fewer."""
    logs = (
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
        for k in range(successes + 1)
    )
    return min(sum(math.exp(value) for value in logs), 1.0)


def summary(one: Scenario, found: Sequence[Replicate], tests: int) -> dict[str, object]:
    """Say how often the truth was held, how wide that was, and whether the promise is broken."""
    promised = [each for each in found if not each.labelled]
    held = sum(each.low <= each.truth <= each.high for each in promised)
    held_all = sum(each.low <= each.truth <= each.high for each in found)
    broken = bool(promised) and binomial_below(held, len(promised), LEVEL) < FAMILY_WISE / tests
    out: dict[str, object] = {
        "repetitions": len(found),
        "labelled_not_calibrated": len(found) - len(promised),
        "coverage": held / len(promised) if promised else None,
        "coverage_of_all": held_all / len(found),
        "mean_width": float(np.mean([each.high - each.low for each in found])),
        "mean_error": float(np.mean([each.value - each.truth for each in found])),
        "broken": broken and not one.outside,
        "outside": one.outside,
    }
    if one.null:
        claimed = sum(not each.low <= 0 <= each.high for each in promised)
        out["claim_rate"] = claimed / len(promised) if promised else None
        over = bool(promised) and binomial_below(len(promised) - claimed, len(promised), LEVEL) < FAMILY_WISE / tests
        out["broken"] = (broken or over) and not one.outside
    return out


def told(name: str, row: dict[str, object], seconds: float) -> str:
    share = row["coverage"]
    shown = "    -" if share is None else f"{share:.3f}"
    return (
        f"{name:45} coverage {shown} of {row['repetitions']} ({row['labelled_not_calibrated']} labelled), "
        f"width {row['mean_width']:.4g}, bias {row['mean_error']:+.3g}, {seconds:.0f} s"
        + (f", claims {row['claim_rate']:.3f}" if row.get("claim_rate") is not None else "")
        + ("  BROKEN" if row["broken"] else "")
    )


def stale(record: dict[str, dict[str, object]], known: dict[str, Scenario]) -> Iterator[str]:
    for name, one in known.items():
        if name not in record:
            yield f"{name} has no record; run python -m bench.calibration --write"
        elif record[name]["sources"] != sources_hash(one):
            yield f"{name}: the sources changed since its record; run python -m bench.calibration --write --only {name}"
    yield from (f"{name} is recorded and no longer exists" for name in record if name not in known)


def reproduce(pool: Executor, share: float, seed: int) -> int:
    """Run a random part of the recorded replicates again; each must come out the same."""
    record, known = json.loads(RECORD.read_text("utf-8"))["scenarios"], scenarios()
    problems = list(stale(record, known))
    draw = np.random.default_rng(seed)
    again = 0
    for name in sorted(record.keys() & known.keys()):
        recorded = record[name]["replicates"]
        chosen = draw.choice(len(recorded), max(1, round(share * len(recorded))), replace=False)
        numbers = sorted(int(number) for number in chosen)
        again += len(numbers)
        for number, fresh in zip(numbers, run(pool, known[name], numbers), strict=True):
            off = [key for key, old in zip(FIGURES, recorded[number], strict=False) if not _same(fresh, key, old)]
            if off:
                problems.append(f"{name} replicate {number}: {', '.join(off)} came out otherwise")
    for problem in problems:
        print(problem)
    print(f"seed {seed}: {again} replicates run again, {len(problems)} problems")
    return 1 if problems else 0


def _same(fresh: Replicate, key: str, old: float) -> bool:
    return math.isclose(getattr(fresh, key), old, rel_tol=SAME, abs_tol=SAME)


def write(found: dict[str, dict[str, object]]) -> None:
    RECORD.parent.mkdir(exist_ok=True)
    old = json.loads(RECORD.read_text("utf-8"))["scenarios"] if RECORD.exists() else {}
    kept = {name: row for name, row in old.items() if name in scenarios()} | found
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(kept[name])}" for name in sorted(kept))
    RECORD.write_text(f'{{"schema": 1, "level": {LEVEL}, "scenarios": {{\n{lines}\n}}}}\n', "utf-8")


def on_one_arithmetic() -> None:
    """Start again with the settings that libraries read only once, so that another machine prints the same digits."""
    if platform.machine() != "x86_64" or all(os.environ.get(name) == value for name, value in ONE_ARITHMETIC.items()):
        return
    again = [sys.executable, "-m", "bench.calibration", *sys.argv[1:]]
    os.execve(sys.executable, again, os.environ | ONE_ARITHMETIC)  # noqa: S606 - our own arguments, unchanged


def main() -> int:
    on_one_arithmetic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=0, help="of each scenario; its own number otherwise")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"keep the replicates in {RECORD.relative_to(ROOT)}")
    parser.add_argument("--reproduce", type=float, default=0.0, help="check the record, and run this share of it again")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--draw", action="store_true", help="print the name of a scenario drawn by --seed, and end")
    options = parser.parse_args()
    if options.draw:
        print(sorted(scenarios())[options.seed % len(scenarios())])
        return 0
    with ProcessPoolExecutor(options.workers) as pool:
        if options.reproduce:
            return reproduce(pool, options.reproduce, options.seed)
        return simulate(pool, options)


def simulate(pool: Executor, options: argparse.Namespace) -> int:
    rows = {}
    for name, one in scenarios(options.only).items():
        began = time.perf_counter()
        found = run(pool, one, range(options.repetitions or one.repetitions))
        row = summary(one, found, max(len(scenarios()), 1))
        print(told(name, row, time.perf_counter() - began), flush=True)
        kept = [[each.truth, each.value, each.low, each.high, each.labelled] for each in found[:KEPT]]
        rows[name] = row | {"sources": sources_hash(one), "replicates": kept}
        if options.write:
            write({name: rows[name]})  # at once: an hour of worlds is not lost to the last of them
    return 1 if any(row["broken"] for row in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
