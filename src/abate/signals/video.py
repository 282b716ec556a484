"""vPDQ: videos that look alike, as the PDQ hashes of some of their frames."""

from collections.abc import Iterator, Mapping
from typing import cast

from abate.domain.errors import InputError
from abate.domain.item import Frame, Kind, Material
from abate.domain.signal import Signal
from abate.domain.vpdq import FrameHash, VideoHash, read_video_hash

RADIUS = 31
"""Bits in which two frames may differ: what the reference, and the exchanges, match at."""


class Vpdq:
    """vPDQ of a decoded video, its frames hashed as stored while they come out of the decoder.

    The value holds every hashed frame. Its quality is that of its best frame: a video is worth matching as soon as one
    frame is, however many black ones surround it; the index passes over those that are not.
    """

    name = "vpdq"
    version = "1"
    kinds = frozenset({Kind.VIDEO})
    index = "vpdq"
    radius = RADIUS
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Hash the frames; ``None`` where none was decoded (the decoder has said why).

        :raises InputError: when a frame's buffer is not ``width * height`` bytes
        """
        if material.frames is None:
            return None
        hashed = tuple(_hashed(material.frames.decode(), material.item.id))
        if not hashed:
            return None
        value = VideoHash(frames=hashed, policy=material.frames.policy).written()
        return Signal(type=self.name, value=value, version=self.version, quality=max(one.quality for one in hashed))

    def parse(self, value: str) -> str:
        """Return the frames on one line; see ``abate.domain.vpdq`` for what is read.

        :raises InputError: when ``value`` is none
        """
        return read_video_hash(value).written()

    def examples(self) -> Mapping[str, str]:
        """Return the first lines of a published example as its file has them, and in python-threatexchange's form."""
        first = "e271017837246aaccddea259648fb7d62f435c89d9e99b2497763e216c8d055c"
        second = "c0f11178372c6aaccddea259648fbfd62f434c89c9e99b249772be216c8d055c"
        canonical = f"0,100,{first},0.000;1,100,{second},0.032"
        return {
            f"0,100,{first},0\n1,100,{second},0.0319\n": canonical,
            f'["{first},100,0.0", "{second.upper()},100,0.0319"]': canonical,
        }


def _hashed(frames: Iterator[Frame], where: str) -> Iterator[FrameHash]:
    # numba takes most of a second to import: paid at the first frame, not at each `abate --help`
    import numpy as np

    from abate.signals.pdq_kernel import pdq

    for frame in frames:
        picture = frame.picture
        pixels = np.frombuffer(cast("memoryview[int]", picture.luma), dtype=np.uint8)
        if pixels.size != picture.width * picture.height or pixels.size == 0:
            msg = (
                f"the decoder gave {pixels.size} pixels for a frame of {picture.width} × {picture.height}; "
                "report the decoder, and leave this video out"
            )
            raise InputError(msg, where=where)
        code, quality = pdq(pixels.reshape(picture.height, picture.width))
        yield FrameHash(number=frame.number, quality=quality, code=code, at_s=round(frame.at_s, 3))
