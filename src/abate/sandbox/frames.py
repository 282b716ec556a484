"""Bytes of a video → the luma of some of its frames. Runs behind the walls, in a decoder that sees videos only.

The frames are taken *as stored* (no rotation, no deinterlacing) and their luma is what the reference implementation of
vPDQ hashes: it turns a frame into RGB, without asking in which colours or how wide a range the stream says it is
written, and takes .299 R + .587 G + .114 B of that. For YUV this is its own Y, stretched from 16–235 to 0–255 unless
the pixel format is one of full range, so the colours need not be touched.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream

from abate.domain.item import FramePolicy
from abate.sandbox import frames_wire
from abate.sandbox.frames_wire import Asked, Shown
from abate.sandbox.wire import Answer, Code

# FFmpeg opens some hundred formats, most of which no platform has ever been sent; each is somebody's untested parser.
FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpeg,mpegts,ogg,asf,gif"
CODECS: Final = (
    "h264,hevc,av1,libdav1d,vp8,vp9,libvpx,libvpx-vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h263,"
    "flv,wmv1,wmv2,wmv3,vc1,theora,mjpeg,prores,dnxhd,ffv1,rawvideo,gif"
)
SAMPLES: Final = Path(__file__).with_name("samples")

_SECOND_US: Final = 1_000_000
_QUARTER_US: Final = _SECOND_US // 4
_LONGEST_GAP_US: Final = 2 * _SECOND_US
"""A rate that the file only claims must not make a counter of frames pass over what is shown."""
_CUT_SLACK_S: Final = 0.5
"""Seconds by which a whole video may end before its announced end: both are rounded, and a last frame has no end."""
_RIM_PIXELS: Final = 1 << 18
_MOST_BOXES: Final = 1000
_LEAST_BOX: Final = 8
_STRIP_PIXELS: Final = 1 << 20
_EIGHT_BITS = re.compile(r"yuvj?a?4\d\dp|yuva4\d\dp|nv(12|21|16|24|42)|gray")
_MORE_BITS = re.compile(r"(yuva?4\d\dp|gray)(9|10|12|14|16)le")
_FULL_RANGE = ("yuvj", "gray")
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"})
_MARKS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"GIF8", b"\x30\x26\xb2\x75", b"\0\0\x01\xba", b"\x47")
_DARKEST, _BRIGHTEST = 16, 235

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Source(Protocol):
    """The video's bytes, as a file that is read."""

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes."""
        ...

    def seek(self, offset: int, whence: int) -> int:
        """Go to a place and return it."""
        ...

    def tell(self) -> int:
        """Return the place."""
        ...


Show = Callable[[Shown], None]
"""Told of each frame that lies in the canvas; it may be overwritten when this returns."""


class _Ended(Exception):  # noqa: N818 - an outcome, not a fault: it becomes an answer
    def __init__(self, code: Code, *, width: int = 0, height: int = 0) -> None:
        super().__init__(code.name)
        self.answer = Answer(code=code, width=width, height=height)


def decode(untrusted: Source, canvas: memoryview, asked: Asked, show: Show) -> Answer:
    """Show the chosen frames one by one; return how it ended.

    :param canvas: writable, as many bytes as pixels are allowed
    """
    try:
        with _opened(untrusted, len(canvas)) as container:
            return _Film(container, canvas, asked, show).play()
    except _Ended as outcome:
        return outcome.answer
    except MemoryError:
        return Answer(code=Code.TOO_MUCH_MEMORY)
    except Exception:  # noqa: BLE001 - the edge of a process that only decodes: libraries raise whatever they like here
        return Answer(code=Code.DAMAGED)


def _opened(untrusted: Source, most_pixels: int) -> InputContainer:
    options = {
        "format_whitelist": FORMATS,
        "codec_whitelist": CODECS,
        "protocol_whitelist": "none",
        **_codec_options(most_pixels),
    }
    try:
        return av.open(untrusted, "r", options=options, metadata_errors="ignore", buffer_size=1 << 16, io_open=_nothing)
    except MemoryError:
        raise
    except (FFmpegError, ValueError) as error:
        # A format outside the list, a file of another kind, and a video without its index all look the same here.
        raise _Ended(_blame(untrusted)) from error


def _codec_options(most_pixels: int) -> dict[str, str]:
    """Bound what a codec sets memory aside for; it counts with rims of its own, so the exact bound is ours."""
    return {"max_pixels": str(2 * most_pixels + _RIM_PIXELS), "threads": "1"}


def _nothing(*_: object) -> object:
    """Refuse to open what a video points to: its parts are inside it, or it has none."""
    raise FileNotFoundError


def _blame(untrusted: Source) -> Code:
    """Say by its first bytes, and for MP4 by whether its boxes fit into the file, why no video could be opened."""
    untrusted.seek(0, 0)
    start = untrusted.read(16)
    if start[4:8] in _BOXES:
        return Code.CUT_OFF if _ends_early(untrusted) else Code.DAMAGED
    return Code.DAMAGED if start[8:12] == b"AVI " or start.startswith(_MARKS) else Code.UNKNOWN


def _ends_early(untrusted: Source) -> bool:
    """Walk the boxes of an MP4 (ISO/IEC 14496-12 §4.2) and say whether one announces more than is there."""
    end, at = untrusted.seek(0, 2), 0
    for _ in range(_MOST_BOXES):
        untrusted.seek(at, 0)
        header = untrusted.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        at += size
        if at > end or size < _LEAST_BOX:
            return at > end
    return False


class _Film:
    """One video on its way through the decoder."""

    def __init__(self, container: InputContainer, canvas: memoryview, asked: Asked, show: Show) -> None:
        self._container, self._canvas, self._asked, self._show = container, canvas, asked, show
        self._stream = _picture_stream(container)
        self._rate = float(self._stream.average_rate or self._stream.base_rate or 0)
        self._keys = asked.policy is FramePolicy.KEYFRAME
        self._step = 0 if self._keys else _step(self._rate)
        self._longest_gap_us = _longest_gap_us(asked.policy, self._step)
        self._first_pts: int | None = None
        self._decoded = self._packets = self._spoilt = self._shown = 0
        self._number, self._at_us, self._last_us = -1, 0, -_LONGEST_GAP_US
        self._end_s = 0.0

    def play(self) -> Answer:
        """Show the frames."""
        self._prepare()
        for frame in self._frames():
            self._time(frame)
            if not self._wanted():
                continue
            if self._shown >= self._asked.most:
                return Answer(code=Code.TOO_MANY_FRAMES)
            self._put(frame)
        return Answer(code=self._ending())

    def _prepare(self) -> None:
        codec = self._stream.codec_context
        if codec.width * codec.height > len(self._canvas):
            raise _Ended(Code.TOO_MANY_PIXELS, width=codec.width, height=codec.height)
        codec.thread_count = 1
        codec.options = _codec_options(len(self._canvas))
        if self._keys:
            codec.skip_frame = "NONKEY"

    def _frames(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except MemoryError:
                raise
            except FFmpegError:
                self._spoilt += 1
                return
            if packet is None:
                return
            self._packets += packet.size > 0
            self._spoilt += packet.is_corrupt
            if packet.pts is not None and packet.time_base:
                self._end_s = max(self._end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if self._keys and packet.size and not packet.is_keyframe:
                continue
            try:
                yield from packet.decode()
            except MemoryError:
                raise
            except FFmpegError:
                self._spoilt += 1

    def _time(self, frame: VideoFrame) -> None:
        """Give the frame its number and time. Times that run backwards, which a file may hold, stand still."""
        self._decoded += 1
        at_us = round((self._decoded - 1) / self._rate * _SECOND_US) if self._rate else self._at_us
        if frame.pts is not None and frame.time_base:
            self._first_pts = frame.pts if self._first_pts is None else self._first_pts
            at_us = round((frame.pts - self._first_pts) * frame.time_base * _SECOND_US)
        self._at_us = min(max(self._at_us, at_us), frames_wire.LONGEST_US)
        skipped = round(self._at_us * self._rate / _SECOND_US) if self._keys else self._decoded - 1
        self._number = min(max(self._number + 1, skipped), 0xFFFFFFFF)

    def _wanted(self) -> bool:
        gap = self._at_us - self._last_us
        if self._step and self._number % self._step == 0:
            return True
        return gap >= self._longest_gap_us

    def _put(self, frame: VideoFrame) -> None:
        width, height = frame.width, frame.height
        if width * height > len(self._canvas):
            raise _Ended(Code.TOO_MANY_PIXELS, width=width, height=height)
        write_luma(frame, self._canvas)
        self._last_us = self._at_us
        self._shown += 1
        self._show(Shown(number=self._number, at_us=self._at_us, width=width, height=height))

    def _ending(self) -> Code:
        cut = self._cut_off()
        if not self._shown:
            return Code.CUT_OFF if cut and self._packets else Code.DAMAGED if self._spoilt else Code.NO_FRAMES
        return Code.CUT_OFF if cut else Code.DAMAGED if self._spoilt else Code.DECODED

    def _cut_off(self) -> bool:
        """Compare what came with what the file announced; formats that announce nothing have no end to miss."""
        if self._stream.frames > self._packets:
            return True
        announced = _announced_s(self._container, self._stream)
        return announced - self._end_s > _CUT_SLACK_S


def _picture_stream(container: InputContainer) -> VideoStream:
    """Return the first stream of moving pictures; a cover picture of a song is none, though it is stored as one."""
    streams = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
    if not streams:
        raise _Ended(Code.NO_VIDEO)
    codec = cast("VideoCodecContext | None", streams[0].codec_context)
    if codec is None or codec.name not in CODECS.split(","):
        raise _Ended(Code.NO_CODEC)
    return streams[0]


def _step(rate: float) -> int:
    """Return of how many frames one is taken: the rate *cut* to a whole number, as the reference cuts it (29.97 → 29).

    0 for a stream without a rate, of which one frame a second is taken by the clock.
    """
    return max(1, int(rate)) if rate else 0


def _longest_gap_us(policy: FramePolicy, step: int) -> int:
    """Return after how long a frame is taken that the counter would pass over."""
    if policy is FramePolicy.QUARTER:
        return _QUARTER_US
    return _LONGEST_GAP_US if step else _SECOND_US


def _announced_s(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    written = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", ""))
    if written:
        return int(written[1]) * 3600 + int(written[2]) * 60 + float(written[3])
    alone = len(container.streams) == 1
    return (container.duration or 0) / av.time_base if alone else 0.0


def write_luma(frame: VideoFrame, canvas: memoryview) -> None:
    """Write the frame's luma row by row from the start of the canvas."""
    width, height = frame.width, frame.height
    goal = np.frombuffer(canvas, np.uint8)[: width * height].reshape(height, width)
    name = frame.format.name
    full = name.startswith(_FULL_RANGE)
    if _EIGHT_BITS.fullmatch(name):
        np.take(_stretched(8, full=full), _plane(frame, np.dtype(np.uint8)), out=goal, mode="clip")
    elif deep := _MORE_BITS.fullmatch(name):
        np.take(_stretched(int(deep[2]), full=full), _plane(frame, np.dtype("<u2")), out=goal, mode="clip")
    else:
        _write_rgb_luma(frame, goal)


def _plane(frame: VideoFrame, dtype: np.dtype[np.uint8] | np.dtype[np.uint16]) -> Pixels:
    """Return the first plane without the bytes that round its rows up."""
    rows = _rows(frame.planes[0], frame.height).view(dtype)
    return rows[:, : frame.width]


def _rows(plane: VideoPlane, height: int) -> npt.NDArray[np.uint8]:
    # PyAV says of its planes only at run time that they are buffers.
    held = np.frombuffer(cast("memoryview[int]", plane), np.uint8)
    return held[: plane.line_size * height].reshape(height, plane.line_size)


@cache
def _stretched(bits: int, *, full: bool) -> npt.NDArray[np.uint8]:
    """Return the 8-bit luma of every value of a plane, ``(2 ** bits,)``."""
    written = np.arange(1 << bits, dtype=np.float64)
    if full:
        values = written * (255 / ((1 << bits) - 1))
    else:
        values = (written / (1 << (bits - 8)) - _DARKEST) * (255 / (_BRIGHTEST - _DARKEST))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _write_rgb_luma(frame: VideoFrame, goal: npt.NDArray[np.uint8]) -> None:
    """Take the luma of RGB, strip by strip: a large frame is not held in wide numbers all at once."""
    colours = frame.reformat(format="rgb24", threads=1)
    rows = _rows(colours.planes[0], frame.height)[:, : 3 * frame.width]
    high = max(1, _STRIP_PIXELS // frame.width)
    for top in range(0, frame.height, high):
        strip = rows[top : top + high].reshape(-1, frame.width, 3).astype(np.uint32)
        # Weights of 16 bits that sum to one, rounded: what Pillow does for a photograph.
        luma = (strip[..., 0] * 19595 + strip[..., 1] * 38470 + strip[..., 2] * 7471 + 0x8000) >> 16
        goal[top : top + high] = luma


@cache
def _samples() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(SAMPLES.iterdir()))


def warm() -> bool:
    """Decode one small video of each common codec, whole, cut off and damaged; say whether the whole ones came out.

    Called before the walls go up and again behind them, for the reasons that ``pixels.warm`` gives.
    """
    return min(map(_warmed, _samples()))


def _warmed(sample: bytes) -> bool:
    canvas = memoryview(bytearray(1 << 16))
    shown: list[Shown] = []
    asked = Asked(size=len(sample), policy=FramePolicy.SECOND)
    for spoilt in (sample[: len(sample) // 2], sample[:-90] + bytes(90)):
        decode(BytesIO(spoilt), canvas, asked, lambda _: None)
    decode(BytesIO(sample), canvas, Asked(size=len(sample), policy=FramePolicy.KEYFRAME), lambda _: None)
    return decode(BytesIO(sample), canvas, asked, shown.append).code is Code.DECODED and bool(shown)
