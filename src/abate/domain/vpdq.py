"""A video's fingerprint: the PDQ hashes of some of its frames, as vPDQ writes them.

The reference writes a line a frame, ``number,quality,hash,seconds``. We write the same on one line, so that a list, a
table and JSON can hold it: ``0,100,f8f8…,0.000;30,98,d8f8…,1.000``. Frames chosen in another way than one a second say
so in front, ``keyframe;0,100,…``: the two are different samples of one film, and a reader must be able to tell.

Sources: facebook/ThreatExchange, ``vpdq/cpp/vpdq/cpp/io/vpdqio.cpp`` and, for the shorter form that is read as well (a
JSON list of ``"hash,quality,seconds"``), ``python-threatexchange/threatexchange/extensions/vpdq/vpdq_util.py``.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import FramePolicy
from abate.domain.signal import MIN_QUALITY

MAX_FRAMES: Final = 50_000
"""Frames of one video: three and a half hours at four a second."""
_LONGEST_FRAME: Final = 120
"""Characters of one written frame with its separator; a usual one has 85."""
_BEST: Final = 100
_HEX = re.compile(r"[0-9a-f]{64}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{0,12})?(e[+-]?[0-9]{1,2})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameHash:
    """One hashed frame."""

    number: int
    """How many frames come before it in the video."""
    quality: int
    """0 (flat) to 100, as PDQ gives it."""
    code: str
    """PDQ: 64 lower-case hexadecimal digits."""
    at_s: float
    """Seconds after the first frame, to the millisecond."""

    @property
    def is_usable(self) -> bool:
        """Say whether it can be matched: a black frame resembles that of every other video."""
        return self.quality >= MIN_QUALITY


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoHash:
    """The hashed frames of one video, by number."""

    frames: tuple[FrameHash, ...]
    policy: FramePolicy = FramePolicy.SECOND
    """How they were chosen. Lists of others do not say; one a second is what they hold by custom."""

    @property
    def usable(self) -> tuple[FrameHash, ...]:
        """Return the frames that can be matched."""
        return tuple(frame for frame in self.frames if frame.is_usable)

    def written(self) -> str:
        """Return the canonical line."""
        frames = ";".join(map(_frame_text, self.frames))
        return frames if self.policy is FramePolicy.SECOND else f"{self.policy.value};{frames}"

    def lines(self) -> str:
        """Return the text that the reference reads: a line a frame, without a word of how they were chosen."""
        return "".join(f"{_frame_text(frame)}\n" for frame in self.frames)


def _frame_text(frame: FrameHash) -> str:
    return f"{frame.number},{frame.quality},{frame.code},{frame.at_s:.3f}"


def read_video_hash(untrusted: str) -> VideoHash:
    """Read the canonical line, the reference's lines, or a JSON list of its short form.

    Hashes may be in capitals and times with any number of digits; frames may come in any order.

    :raises InputError: for anything else, for no frames, for more than ``MAX_FRAMES``, and for two of one number
    """
    text = untrusted.strip()
    if len(text) > MAX_FRAMES * _LONGEST_FRAME:
        msg = f"{len(text)} characters are no vPDQ value; a video's has at most {MAX_FRAMES} frames"
        raise InputError(msg)
    policy, parts = FramePolicy.SECOND, _parts(text)
    if parts and parts[0] in set(FramePolicy):
        policy, parts = FramePolicy(parts[0]), parts[1:]
    if not 0 < len(parts) <= MAX_FRAMES:
        msg = f"{len(parts)} frames are no vPDQ value; a video's has 1 to {MAX_FRAMES}"
        raise InputError(msg)
    frames = sorted(map(_frame, parts), key=lambda frame: frame.number)
    _refuse_doubles(frames)
    return VideoHash(frames=tuple(frames), policy=policy)


def _parts(text: str) -> list[str]:
    """Return the frames' texts, each with four fields."""
    if not text.startswith("["):
        return [part for part in (one.strip() for one in re.split(r"[;\r\n]", text)) if part]
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(text) from error
    short = [one.split(",") for one in given if isinstance(one, str)]
    if len(short) != len(given) or any(len(one) != 3 for one in short):  # noqa: PLR2004 - hash, quality, seconds
        raise _refusal(text)
    return [f"{number},{quality},{code},{at}" for number, (code, quality, at) in enumerate(short)]


def _frame(part: str) -> FrameHash:
    fields = [field.strip().lower() for field in part.split(",")]
    if len(fields) != 4:  # noqa: PLR2004 - number, quality, hash, seconds
        raise _refusal(part)
    number, quality, code, at = fields
    good = _WHOLE.fullmatch(number) and _WHOLE.fullmatch(quality) and _HEX.fullmatch(code) and _SECONDS.fullmatch(at)
    if not good or int(quality) > _BEST:
        raise _refusal(part)
    at_s = float(at)
    if not math.isfinite(at_s) or at_s >= 1e9:  # noqa: PLR2004 - thirty years
        raise _refusal(part)
    return FrameHash(number=int(number), quality=int(quality), code=code, at_s=round(at_s, 3))


def _refuse_doubles(frames: Sequence[FrameHash]) -> None:
    for first, second in pairwise(frames):
        if first.number == second.number:
            msg = f"two vPDQ frames have the number {first.number}; give each frame of the video once"
            raise InputError(msg)


def _refusal(text: str) -> InputError:
    return InputError(
        f"{text[:80]!r} is no vPDQ frame; give number,quality,hash,seconds with a hash of 64 hexadecimal digits"
    )
