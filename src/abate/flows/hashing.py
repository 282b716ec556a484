"""Hashing alone: what signals can be read off files, as lines for whoever compares or shares them."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from abate.domain.item import Kind
from abate.domain.signal import NotScanned
from abate.flows.intake import Received
from abate.flows.kit import Kit
from abate.flows.pipeline import Signalled, signal
from abate.flows.reading import readers, side_by_side

PDQ = "pdq"
Line = dict[str, object]


def lines_of_each(kit: Kit, received: Iterable[Received], *, dihedral: bool = False) -> Iterator[list[Line]]:
    """Yield the lines of each item, in order: one a signal with its quality, poor ones included, one a failure.

    :param dihedral: eight lines for a photo's PDQ, as the reference turns and mirrors it, each with its ``orientation``
    """
    return side_by_side(partial(_lines, kit, dihedral), received, workers=readers(kit.settings))


def _lines(kit: Kit, dihedral: bool, received: Received) -> list[Line]:  # noqa: FBT001 - bound by position
    one = signal(kit, received)
    lines = [_signal_line(one, place) for place in range(len(one.signals))]
    if dihedral and one.item.kind is Kind.PHOTO and one.item.path:
        lines = [line for line in lines if line["type"] != PDQ] + _turned(kit, one)
    # What is only too poor to be matched was hashed all the same, and its quality says so.
    problems = [problem for problem in one.not_scanned if problem.step != "match"]
    return lines + [_problem_line(one, problem) for problem in problems]


def _signal_line(one: Signalled, place: int) -> Line:
    found = one.signals[place]
    return {"path": one.item.id, "type": found.type, "value": found.value, "quality": found.quality}


def _problem_line(one: Signalled, problem: NotScanned) -> Line:
    return {"path": one.item.id, "not_scanned": {"step": problem.step, "reason": problem.reason}}


def _turned(kit: Kit, one: Signalled) -> list[Line]:
    """Return the eight forms of a photo that gave a PDQ; it is decoded once more, which only those who ask pay."""
    plain = next((found for found in one.signals if found.type == PDQ), None)
    if plain is None:
        return []
    from abate.signals.pdq_kernel import dihedral  # late: numba takes most of a second

    with open(one.item.path, "rb") as stream:  # noqa: PTH123 - it was read a moment ago
        picture = kit.decoder.decode(stream.read())
    if isinstance(picture, NotScanned):
        return []
    luma = np.frombuffer(bytes(picture.luma), dtype=np.uint8).reshape(picture.height, picture.width)
    return [
        {"path": one.item.id, "type": PDQ, "orientation": name, "value": value, "quality": plain.quality}
        for name, value in dihedral(luma)
    ]
