"""The only words between a parent and a decoder of videos. Like ``wire``: fixed sizes, numbers, nothing believed.

Down goes one ``REQUEST`` a video. Then the decoder leads, because a video's index may lie at its end: each ``EVENT`` it
sends is a wish to read some bytes, which come down as they are; or a frame, whose luma lies in the canvas until the
parent has copied it and said ``TAKEN``; or the end. So neither side ever holds the whole video for the other.
"""

import struct
from dataclasses import dataclass
from typing import Final

from abate.domain.item import FramePolicy
from abate.domain.vpdq import MAX_FRAMES
from abate.sandbox import wire
from abate.sandbox.wire import Answer, Code, UntruthError

MAX_READ: Final = 1 << 20
"""Bytes of one read."""
REREAD: Final = 8
"""How many times over a video may be read. An honest one is read little more than once."""
REREAD_ANYWAY: Final = 64 << 20

REQUEST = struct.Struct("<4s8sQIB3x")
"""Magic, a nonce, size of the video, most frames, policy."""
EVENT = struct.Struct("<4s8sBBxxIIIQ")
"""Magic, the request's nonce, what it is, code, width, height, number, place.

A read: ``number`` bytes from ``place``. A frame: its number, and ``place`` microseconds after the first. The end: code
and, where it speaks of them, width and height.
"""
TAKEN: Final = b"\x06"
_REQUEST_MAGIC = b"abVI"
_EVENT_MAGIC = b"abVE"
_READ, _FRAME, _END = 1, 2, 3
_POLICIES = tuple(FramePolicy)
LONGEST_US: Final = 1 << 46
"""Microseconds: two years. No video is longer, and the seconds of any less are exact as a float."""

SENTENCES = wire.SENTENCES | {
    Code.UNKNOWN: (
        "not a video abate reads: convert it to MP4, WebM, Matroska, MPEG, AVI, FLV or Ogg, or name its right kind."
    ),
    Code.CUT_OFF: "the video is cut off before its end: fetch it again from where it came.",
    Code.DAMAGED: "the video is damaged: fetch it again, or let a person look at it.",
    Code.TOO_MANY_PIXELS: (
        "the video has a frame of {width} x {height} pixels, more than the {max_pixels} allowed: "
        "it may be a bomb; if it is real, raise the setting max_pixels."
    ),
    Code.TOO_MUCH_MEMORY: (
        "decoding the video needs more memory than a decoder may take: "
        "it may be a bomb; if it is real, raise the setting max_pixels, which raises the memory with it."
    ),
    Code.TIMED_OUT: (
        "decoding the video took longer than {timeout_s:g} s and was ended: raise the setting video_seconds "
        "for long videos, or let a person look at one that keeps a decoder busy."
    ),
}
"""One sentence a code, where a video's differs from a picture's."""


def sentence(code: Code, frames: int, **values: float) -> str:
    """Return what became of a video, and how much of it was read all the same."""
    before = f" Of what came before, {frames} frame{'s' * (frames != 1)} {'were' if frames != 1 else 'was'} read."
    return SENTENCES[code].format(**values) + (before if frames else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a decoder is to do with a video."""

    size: int
    policy: FramePolicy
    most: int = MAX_FRAMES
    """Frames after which it may stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Bytes that the decoder wants to see."""

    start: int
    length: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A frame that lies in the canvas."""

    number: int
    at_us: int
    """Microseconds after the first frame."""
    width: int
    height: int


def request(nonce: bytes, asked: Asked) -> bytes:
    """Return the header that announces a video."""
    return REQUEST.pack(_REQUEST_MAGIC, nonce, asked.size, asked.most, _POLICIES.index(asked.policy))


def read_request(header: bytes) -> tuple[bytes, Asked]:
    """Return nonce and request.

    :raises UntruthError: when this is no request of this protocol
    """
    magic, nonce, size, most, policy = REQUEST.unpack(header)
    if magic != _REQUEST_MAGIC or policy >= len(_POLICIES):
        msg = "no request of this protocol: both sides must come from one installation"
        raise UntruthError(msg)
    return nonce, Asked(size=size, policy=_POLICIES[policy], most=most)


def event(nonce: bytes, said: Wish | Shown | Answer) -> bytes:
    """Return what the child sends."""
    if isinstance(said, Wish):
        return EVENT.pack(_EVENT_MAGIC, nonce, _READ, 0, 0, 0, said.length, said.start)
    if isinstance(said, Shown):
        return EVENT.pack(_EVENT_MAGIC, nonce, _FRAME, 0, said.width, said.height, said.number, said.at_us)
    return EVENT.pack(_EVENT_MAGIC, nonce, _END, said.code, said.width, said.height, 0, 0)


class Ear:
    """Hears one video's events and believes only what can be true."""

    def __init__(self, *, nonce: bytes, asked: Asked, max_pixels: int) -> None:
        self._nonce, self._asked, self._max_pixels = nonce, asked, max_pixels
        self._to_read = REREAD * asked.size + REREAD_ANYWAY
        self._last: Shown | None = None
        self.frames = 0

    def hear(self, untrusted_event: bytes) -> Wish | Shown | Answer:
        """Return what the child says, once it can be true.

        :raises UntruthError: other nonce, unknown word, bytes that are not there, a frame without pixels or with more
            than the canvas has, a frame that comes before an earlier one, more frames than were asked for
        :raises TimeoutError: when it has read the video over and over
        """
        magic, nonce, kind, *values = EVENT.unpack(untrusted_event)
        if magic != _EVENT_MAGIC or nonce != self._nonce or kind not in {_READ, _FRAME, _END}:
            msg = "a decoder answered something else than it was asked; it is to be ended"
            raise UntruthError(msg)
        if kind == _READ:
            return self._wish(*values)
        return self._shown(*values) if kind == _FRAME else self._end(*values)

    def _wish(self, _code: int, _width: int, _height: int, length: int, start: int) -> Wish:
        if not 1 <= length <= MAX_READ or start + length > self._asked.size:
            msg = f"a decoder wants {length} bytes from {start} of {self._asked.size}; it is to be ended"
            raise UntruthError(msg)
        self._to_read -= length
        if self._to_read < 0:
            raise TimeoutError
        return Wish(start=start, length=length)

    def _shown(self, _code: int, width: int, height: int, number: int, at_us: int) -> Shown:
        last = self._last
        follows = last is None or (number > last.number and at_us >= last.at_us)
        fits = 1 <= width * height <= self._max_pixels and at_us <= LONGEST_US
        if not follows or not fits or self.frames >= self._asked.most:
            msg = f"a decoder shows frame {number} of {width} x {height} after {last}; it is to be ended"
            raise UntruthError(msg)
        self._last = Shown(number=number, at_us=at_us, width=width, height=height)
        self.frames += 1
        return self._last

    def _end(self, code: int, width: int, height: int, _number: int, _place: int) -> Answer:
        if code > wire.LAST_SENT_OF_VIDEO or (code == Code.DECODED and not self.frames):
            msg = f"a decoder ends a video of {self.frames} frames with {code}; it is to be ended"
            raise UntruthError(msg)
        return Answer(code=Code(code), width=width, height=height)
