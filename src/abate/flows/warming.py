"""Warm up: what the first question would otherwise pay for is paid before anybody is sent here.

Kernels are compiled or loaded, decoders started, the banks read and indexed. That happens beside the server, which
answers meanwhile, slowly, and says of itself that it is not ready.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from abate.domain.item import Item, Kind, Material, Picture
from abate.domain.scan import Evidence
from abate.domain.signal import Mention
from abate.extend.signal import SignalType, Turnable
from abate.flows import text
from abate.flows.clocks import Say
from abate.flows.kit import Kit
from abate.flows.known import set_apart
from abate.signals.normal import normalise_many

_SIDE: Final = 64
"""Of the picture that is hashed once: any size takes the same kernels."""
_NO_PICTURE: Final = b"\0"
"""What a decoder is asked once: it refuses, and has started."""
_AGAIN_S: Final = 1.0
_WORDS: Final = "The harbour office said on Monday that the lamp at the end of the long pier is lit again. "
_ENOUGH: Final = 250
"""Times: for fewer letters the kernel is not loaded, as it would not be worth it."""


class Warming:
    """The warm-up of one process."""

    def __init__(self, kit: Kit, *, say: Say) -> None:
        self._kit = kit
        self._say = say
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Say whether the first question is answered as fast as the next."""
        return self._done.is_set()

    def run(self, stop: threading.Event, *, pause_s: float = _AGAIN_S) -> None:
        """Warm everything up. Banks that cannot be read are tried again until ``stop`` is set: nothing goes unmatched.

        A plug that fails here is told of and passed over: it then fails before those who ask for it, by name.
        """
        for name, step in _rehearsals(self._kit):
            self._outlived(name, step, "it is left cold")
        while not stop.is_set():
            if self._outlived("banks", partial(_read_banks, self._kit), "trying again"):
                gc.collect()
                set_apart()
                self._done.set()
                return
            stop.wait(pause_s)

    def _outlived(self, name: str, step: Callable[[], object], then: str) -> bool:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - a process edge: a plug is anybody's code
            self._say(f"warm-up of {name}: {str(error) or type(error).__name__}; {then}")
            return False
        return True


def _read_banks(kit: Kit) -> None:
    with kit.store.read() as tx:
        kit.rules.current(tx, kit.known.current(tx))


def _rehearsals(kit: Kit) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "decoders", partial(_start_decoders, kit)
    yield "texts", partial(_read_a_text, kit)
    for plug in kit.signals.values():
        yield f"signal type {plug.name}", partial(_rehearse, kit, plug)


def _read_a_text(kit: Kit) -> None:
    """Have one text normalised with the kernel, hashed and read; the name is there so that its context is asked for."""
    normalise_many([_WORDS] * _ENOUGH)
    item = Item(id="warm-up", kind=Kind.TEXT, text=_WORDS)
    for plug in kit.signals.values():
        if Kind.TEXT in plug.kinds:
            plug.compute(Material(item=item))
    named = Mention(name="", list="", ref="", start=0, end=0)
    text.read(kit.readers.at_once(), [Evidence(item=item, mentions=(named,))], [()])


def _start_decoders(kit: Kit) -> None:
    with ThreadPoolExecutor(kit.settings.decoders, thread_name_prefix="abate-warm") as threads:
        list(threads.map(kit.decoder.decode, [_NO_PICTURE] * kit.settings.decoders))


def _rehearse(kit: Kit, plug: SignalType) -> None:
    """Hash one picture and go through the life of an index once, whether or not a bank holds such entries yet."""
    if Kind.PHOTO in plug.kinds:
        _hash(kit, plug)
    if plug.index in kit.indexes:
        values = list(dict.fromkeys(plug.examples().values()))
        index = kit.indexes[plug.index].build(values, radius=plug.radius)
        first = index.add(values)
        index.lookup(values)
        index.discard([first])


def _hash(kit: Kit, plug: SignalType) -> None:
    luma = bytes((x * y) % 256 for y in range(_SIDE) for x in range(_SIDE))
    picture = Picture(width=_SIDE, height=_SIDE, luma=luma)
    material = Material(item=Item(id="warm-up", kind=Kind.PHOTO), content=luma, picture=picture)
    plug.compute(material)
    if kit.settings.photo_orientations == "all" and isinstance(plug, Turnable):
        plug.turned(material)
