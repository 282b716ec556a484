"""A state as a file: one part over all that lives, and what it was built from.

The form of the file, and how it is replaced and checked, are those of every index (``living/file.py``).
What a list was when the file was written is kept as a digest of its values in their order, so that a process that has
the same list, or one that has grown since, need not build the index anew.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from abate.domain.errors import InputError
from abate.matching.living.file import Array, Content, FileKind, mapped, replace_file
from abate.matching.living.rows import Ids
from abate.matching.winnowing.parts import Sealed
from abate.matching.winnowing.postings import LEAST_BITS, MOST_BITS, Postings
from abate.matching.winnowing.state import State

WINNOWING: Final = FileKind(magic=b"ABATEWIN", format=1, name="a winnowing index", saver="WinnowingIndex.save")


def digest_of(written: Sequence[bytes]) -> str:
    """Return what names these texts' fingerprints in this order."""
    state = hashlib.sha256()
    for data in written:
        state.update(len(data).to_bytes(4, "big"))
        state.update(data)
    return state.hexdigest()


def write_whole(path: Path, part: Sealed, next_id: int, source: tuple[int, str]) -> None:
    """Write a part's file.

    :param source: how many texts it was built from, and their digest; 0 and nothing where that is not to be known
    :raises ConflictError: while another process writes the same file
    """
    meta = {"next_id": next_id, "first": part.ids.first, "count": source[0], "digest": source[1]}
    arrays: dict[str, Array] = {"sizes": part.sizes, "letters": part.letters, "dead": part.dead}
    if part.ids.listed is not None:
        arrays["ids"] = part.ids.listed
    replace_file(path, Content(meta=meta, arrays=arrays | part.postings._asdict()), WINNOWING)


def read_whole(path: Path, *, verify: bool = True) -> tuple[State, tuple[int, str]]:
    """Return the state that was saved, and what it was built from.

    :raises InputError: when the file is missing, damaged, cut off, foreign or newer
    """
    content = mapped(path, WINNOWING, verify=verify)
    meta, part = content.meta, _part_in(content)
    if part is None:
        msg = "is damaged: its arrays do not fit together; build the index anew from the banks"
        raise InputError(msg, where=str(path))
    return State(parts=(part,), next_id=meta["next_id"]), (meta["count"], meta["digest"])


def _part_in(content: Content) -> Sealed | None:
    arrays: dict[str, Any] = dict(content.arrays)
    postings = Postings(*(arrays[name] for name in Postings._fields))
    size = len(arrays["sizes"])
    ids, dead = arrays.get("ids"), arrays["dead"]
    fits = len(arrays["letters"]) == size and len(dead) in {0, (size + 7) // 8} and (ids is None or len(ids) == size)
    if not fits or not _leads_inside(postings, size):
        return None
    return Sealed(
        size=size,
        capacity=size,
        ids=Ids(first=content.meta["first"], listed=ids),
        dead=dead,
        died=int(np.bitwise_count(dead).sum()),
        postings=postings,
        sizes=arrays["sizes"],
        letters=arrays["letters"],
    )


def _leads_inside(postings: Postings, size: int) -> bool:
    """Return whether no posting leads a kernel outside of its arrays."""
    offsets, count = postings.offsets, len(postings.rests)
    buckets = len(offsets) - 1
    if buckets not in {1 << bits for bits in range(LEAST_BITS, MOST_BITS + 1)}:
        return False
    if len(postings.rows) != count or len(postings.starts) != count or offsets[0] != 0 or offsets[-1] != count:
        return False
    return bool((offsets[1:] >= offsets[:-1]).all() and (count == 0 or postings.rows.max() < size))
