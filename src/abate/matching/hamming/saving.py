"""A state as files: one whole part, and beside it what was added and discarded since.

``save`` writes the part's file only when there is none of it yet or much was added; otherwise ``PATH.delta`` alone,
which names the file that it belongs to by that file's mark. Each of the two is replaced whole, and a new part's file
holds all that the delta held: a crash between writing it and removing the delta leaves a delta that belongs to the file
before, which is known by the new one and passed over.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from abate.domain.errors import InputError
from abate.matching.hamming.codes import CHUNKS, SEED, WORDS, Words
from abate.matching.hamming.parts import Part, Sealed, joined
from abate.matching.hamming.postings import BUCKETS, Postings
from abate.matching.hamming.state import State
from abate.matching.living.arrays import Ints
from abate.matching.living.file import Array, Content, FileKind, flush_folder, head_at, mapped, replace_file
from abate.matching.living.lanes import LANES
from abate.matching.living.rows import Ids

HAMMING: Final = FileKind(magic=b"ABATEHAM", format=1, name="a Hamming index", saver="HammingIndex.save")
WHOLE: Final = "whole"
DELTA: Final = "delta"
_LEAST: Final = 65536
_SHARE: Final = 4
"""The delta is written as long as it has at most 65,536 codes or a quarter of the part's."""
_TRIES: Final = 10


def delta_of(path: Path) -> Path:
    """Return where the delta of the file at ``path`` lies."""
    return path.with_name(f"{path.name}.delta")


def can_be_delta(state: State, path: Path) -> bool:
    """Return whether the file at ``path`` holds the state's first part, and little has come after it."""
    first = state.parts[0]
    later = sum(len(part) for part in state.parts[1:])
    if not isinstance(first, Sealed) or not first.mark or later > max(_LEAST, first.size // _SHARE):
        return False
    head = head_at(path, HAMMING)
    return head is not None and head.get("mark") == first.mark


def write_whole(path: Path, part: Sealed, next_id: int) -> Sealed:
    """Write a part's file, remove what no longer belongs beside it, and return the part with its mark."""
    delta = head_at(delta_of(path), HAMMING) or {}
    marked = replace(part, mark=secrets.token_hex(16))
    replace_file(path, content_of(marked, next_id, after=str(delta.get("base", ""))), HAMMING)
    delta_of(path).unlink(missing_ok=True)
    flush_folder(path.parent)
    return marked


def write_delta(path: Path, state: State) -> None:
    """Write what came after the first part, and the first part's dead."""
    base, *later = state.parts
    codes, ids = _living(later)
    meta = {"holds": DELTA, "base": getattr(base, "mark", ""), "next_id": state.next_id, "seed": SEED}
    arrays: dict[str, Array] = {"codes": codes, "ids": ids, "dead": base.dead}
    replace_file(delta_of(path), Content(meta=meta, arrays=arrays), HAMMING)


def _living(parts: list[Part]) -> tuple[Words, Ints]:
    living = [part.living() for part in parts]
    codes = [np.zeros((0, WORDS), dtype=np.uint64), *(codes for codes, _ in living)]
    return np.concatenate(codes), np.concatenate([np.zeros(0, dtype=np.int64), *(ids for _, ids in living)])


def content_of(part: Sealed, next_id: int, *, after: str = "") -> Content:
    """Return the file of a part. ``after`` is the mark of the file whose delta may still lie there."""
    meta = {
        "holds": WHOLE,
        "mark": part.mark,
        "after": after,
        "next_id": next_id,
        "seed": SEED,
        "first": part.ids.first,
    }
    arrays: dict[str, Array] = {"codes": part.codes[: part.size], "dead": part.dead}
    if part.ids.listed is not None:
        arrays["ids"] = part.ids.listed
    if part.postings is not None:
        arrays |= part.postings._asdict()
    return Content(meta=meta, arrays=arrays)


def read_state(path: Path, *, verify: bool = True, threads: int = 1) -> State:
    """Return the state that was saved last.

    :raises InputError: when a file is missing, damaged, cut off, foreign or newer
    """
    for _ in range(_TRIES):
        base = mapped(path, HAMMING, verify=verify, threads=threads)
        delta = mapped(delta_of(path), HAMMING, threads=threads) if delta_of(path).exists() else None
        head = head_at(path, HAMMING)
        if head is not None and head.get("mark") == base.meta.get("mark"):
            return state_in(base, delta, str(path))
    msg = "is being replaced faster than it can be read; read it when the other process has finished"
    raise InputError(msg, where=str(path))


def state_in(base: Content, delta: Content | None, where: str) -> State:
    """Return the state that files hold.

    :raises InputError: when their arrays do not fit together
    """
    _expect(base.meta, WHOLE, where)
    part = _part_in(base, where)
    if delta is None or delta.meta.get("base") == base.meta["after"] != "":
        return State(parts=(part,), next_id=base.meta["next_id"])
    _expect(delta.meta, DELTA, f"{where}.delta")
    if delta.meta["base"] != part.mark:
        msg = f"belongs to another file than {where}; move it away, or put the file back that it was saved with"
        raise InputError(msg, where=f"{where}.delta")
    dead, ids = delta.arrays["dead"], delta.arrays["ids"]
    parts: list[Part] = [replace(part, dead=dead, died=int(np.bitwise_count(dead).sum()))]
    if len(ids):
        listed, count = Ids(first=0, listed=ids), len(ids)
        added = Sealed(codes=delta.arrays["codes"], size=count, capacity=count, ids=listed, postings=None)
        parts.append(joined([added]))
    return State(parts=tuple(parts), next_id=delta.meta["next_id"])


def _expect(meta: Mapping[str, Any], holds: str, where: str) -> None:
    if meta.get("holds") != holds or meta.get("seed") != SEED:
        msg = (
            f"holds {meta.get('holds')!r} where {holds!r} was expected; name the file that HammingIndex.save was given"
        )
        raise InputError(msg, where=where)


def _part_in(base: Content, where: str) -> Sealed:
    arrays, size = base.arrays, len(base.arrays["codes"])
    postings = Postings(*(arrays[name] for name in Postings._fields)) if "rows" in arrays else None
    if postings is not None and not _fits(postings, size):
        msg = "is damaged: its postings point outside; build the index anew from the banks"
        raise InputError(msg, where=where)
    dead = arrays["dead"]
    return Sealed(
        codes=arrays["codes"],
        size=size,
        capacity=size,
        ids=Ids(first=base.meta["first"], listed=arrays.get("ids")),
        dead=dead,
        died=int(np.bitwise_count(dead).sum()),
        postings=postings,
        mark=base.meta["mark"],
    )


def _fits(postings: Postings, size: int) -> bool:
    """Return whether no posting leads a kernel outside of its arrays."""
    offsets = postings.offsets
    shapes = [array.shape for array in postings]
    if shapes != [(CHUNKS, BUCKETS + 1), (CHUNKS, size + LANES), (CHUNKS, size), (CHUNKS, size)]:
        return False
    whole = (offsets[:, 0] == 0).all() and (offsets[:, -1] == size).all()
    return bool(whole and (offsets[:, 1:] >= offsets[:, :-1]).all() and postings.rows.max(initial=0) < size)
