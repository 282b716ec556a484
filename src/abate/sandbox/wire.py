"""The only words that cross the wall: fixed-size headers, numbers, and the file's bytes on the way in.

Down the child's standard input goes a ``REQUEST`` and as many bytes as it announces. Up its standard output comes one
``HELLO`` when the walls stand, then one ``ANSWER`` a request. The luma plane does not go through the pipe: it lies in
the *canvas*, memory that both sides share and whose size neither can change.

No text and no class comes back, only a code; what is said about it is written here, on the parent's side. Sizes are
checked on both sides: by the child to fail early, by the parent because the child may have become somebody else.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from abate.sandbox.walls import Walls

MAX_CONTENT = 128 * 1024 * 1024
"""Bytes of one picture. Above what any of the default size needs; videos come as ``frames_wire`` says."""

REQUEST = struct.Struct("<4s8sI")
"""Magic, a nonce, number of bytes that follow."""
ANSWER = struct.Struct("<4s8sBxxxII")
"""Magic, the request's nonce, code, width, height."""
HELLO = struct.Struct("<4sHHBxxx")
"""Magic, Landlock version, the error it was refused with, which other walls stand (bits)."""
_REQUEST_MAGIC = b"abRQ"
_ANSWER_MAGIC = b"abAN"
_HELLO_MAGIC = b"abH1"
_SECCOMP, _NAMESPACES, _OWN_USER = 1, 2, 4


class Code(IntEnum):
    """What became of a file. Those from ``TIMED_OUT`` on are never sent: the parent finds them out."""

    DECODED = 0
    EMPTY = 1
    UNKNOWN = 2
    CUT_OFF = 3
    DAMAGED = 4
    TOO_MANY_PIXELS = 5
    TOO_MUCH_MEMORY = 6
    NO_VIDEO = 7
    NO_FRAMES = 8
    NO_CODEC = 9
    TOO_MANY_FRAMES = 10
    TIMED_OUT = 32
    CRASHED = 33
    FORBIDDEN_CALL = 34
    LIED = 35
    TOO_LARGE = 36
    NO_WALLS = 37
    NO_START = 38
    CLOSED = 39
    NO_LIBRARY = 40


LAST_SENT = Code.TOO_MUCH_MEMORY
"""The last that a decoder of pictures sends."""
LAST_SENT_OF_VIDEO = Code.TOO_MANY_FRAMES

SENTENCES = {
    Code.EMPTY: "the file is empty (0 bytes): there is nothing to decode; send it again or look where it was written.",
    Code.UNKNOWN: (
        "not a picture abate reads: convert it to JPEG, PNG, WebP, AVIF, GIF or BMP, or name its right kind."
    ),
    Code.CUT_OFF: "the picture is cut off before its end: fetch it again from where it came.",
    Code.DAMAGED: "the picture is damaged and no picture comes out of it: fetch it again, or let a person look at it.",
    Code.TOO_MANY_PIXELS: (
        "the picture announces {width} x {height} pixels, more than the {max_pixels} allowed: "
        "it may be a bomb; if it is real, raise the setting max_pixels."
    ),
    Code.TOO_MUCH_MEMORY: (
        "decoding the picture needs more memory than a decoder may take: "
        "it may be a bomb; if it is real, raise the setting max_pixels, which raises the memory with it."
    ),
    Code.NO_VIDEO: "there is no moving picture in this file, only sound or text: name its right kind.",
    Code.NO_FRAMES: "no frame comes out of this video: fetch it again, or let a person look at it.",
    Code.NO_CODEC: "the video is packed in a way that abate does not open: convert it to H.264, HEVC, VP9 or AV1.",
    Code.TOO_MANY_FRAMES: "the video has more frames than abate takes of one: cut it into parts and scan those.",
    Code.TIMED_OUT: (
        "decoding took longer than {timeout_s:g} s and was ended: the picture may be made to keep a decoder busy; "
        "let a person look at it, or try again when the machine is less busy."
    ),
    Code.CRASHED: (
        "the decoder died of this file (its process only): treat the file as hostile, "
        "keep the picture libraries up to date, and let a person look at it."
    ),
    Code.FORBIDDEN_CALL: (
        "the decoder tried to leave its sandbox on this file and was ended: treat the file as an attack, "
        "keep it, and bring the picture libraries up to date."
    ),
    Code.LIED: (
        "the decoder gave an answer that cannot be true and was ended: treat the file as an attack, "
        "keep it, and bring the picture libraries up to date."
    ),
    Code.TOO_LARGE: "the file has more than the {max_content} bytes a decoder takes: make it smaller, send it again.",
    Code.NO_START: (
        "no decoder could be started: run `abate doctor`, which tries one and says what is missing, then scan again."
    ),
    Code.NO_LIBRARY: "videos are not decoded here yet: run `pip install 'abate[video]'`, then scan again.",
    Code.CLOSED: "abate was shutting down when this file came: scan it again.",
}
"""One sentence a code: what happened, and what to do. ``NO_WALLS`` speaks through ``Walls.reason``."""


class UntruthError(Exception):
    """The other side of the pipe said what cannot be. Whoever catches it ends that process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """What a decoder is told on its command line; nothing secret."""

    canvas_fd: int
    """Descriptor of the canvas, ``max_pixels`` bytes of shared memory."""
    max_pixels: int
    cpu_s: int
    """Seconds of processor after which the kernel ends it, should the parent no longer be there to do so."""
    required: bool
    """Whether to serve nothing when the walls do not hold."""

    def written(self) -> list[str]:
        """Return the arguments that ``read_orders`` reads."""
        return [str(int(value)) for value in (self.canvas_fd, self.max_pixels, self.cpu_s, self.required)]


def read_orders(arguments: list[str]) -> Orders:
    """Return what the parent ordered."""
    canvas_fd, max_pixels, cpu_s, required = (int(text) for text in arguments)
    return Orders(canvas_fd=canvas_fd, max_pixels=max_pixels, cpu_s=cpu_s, required=bool(required))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of one file: on ``DECODED`` the size of the luma plane in the canvas."""

    code: Code
    width: int = 0
    height: int = 0


def request(nonce: bytes, length: int) -> bytes:
    """Return the header that announces ``length`` bytes."""
    return REQUEST.pack(_REQUEST_MAGIC, nonce, length)


def read_request(header: bytes) -> tuple[bytes, int]:
    """Return nonce and announced length. The parent is trusted, a slip of ours is not.

    :raises UntruthError: when this is no request or announces more than ``MAX_CONTENT``
    """
    magic, nonce, length = REQUEST.unpack(header)
    if magic != _REQUEST_MAGIC or length > MAX_CONTENT:
        msg = f"no request of this protocol, or {length} bytes announced: both sides must come from one installation"
        raise UntruthError(msg)
    return nonce, length


def answer(nonce: bytes, found: Answer) -> bytes:
    """Return what the child sends."""
    return ANSWER.pack(_ANSWER_MAGIC, nonce, found.code, found.width, found.height)


def read_answer(untrusted_header: bytes, *, nonce: bytes, max_pixels: int) -> Answer:
    """Return what the child says, once it can be true.

    The nonce is drawn for each request, so that a child that was taken over cannot lay answers in stock.

    :raises UntruthError: when it cannot be true: other nonce, unknown code, no pixels, more pixels than the canvas has
    """
    untrusted_magic, untrusted_nonce, untrusted_code, untrusted_width, untrusted_height = ANSWER.unpack(
        untrusted_header
    )
    if untrusted_magic != _ANSWER_MAGIC or untrusted_nonce != nonce or untrusted_code > LAST_SENT:
        msg = "a decoder answered something else than it was asked; it is to be ended"
        raise UntruthError(msg)
    code = Code(untrusted_code)
    fits = 1 <= untrusted_width * untrusted_height <= max_pixels
    if code is Code.DECODED and not fits:
        msg = f"a decoder claims {untrusted_width} x {untrusted_height} pixels of {max_pixels}; it is to be ended"
        raise UntruthError(msg)
    return Answer(code=code, width=untrusted_width, height=untrusted_height)


def hello(walls: Walls) -> bytes:
    """Return what the child sends when its walls stand (or cannot), before it has seen any file."""
    bits = _SECCOMP * walls.seccomp | _NAMESPACES * walls.namespaces | _OWN_USER * walls.own_user
    return HELLO.pack(_HELLO_MAGIC, walls.landlock_abi, walls.landlock_error, bits)


def read_hello(header: bytes) -> Walls:
    """Return the walls the child found. It has read nothing hostile yet, so it is believed about itself.

    :raises UntruthError: when this is no hello of this protocol
    """
    magic, landlock_abi, landlock_error, bits = HELLO.unpack(header)
    if magic != _HELLO_MAGIC:
        msg = "a decoder did not say hello: another program answered in its place; see which Python runs it"
        raise UntruthError(msg)
    return Walls(
        landlock_abi=landlock_abi,
        landlock_error=landlock_error,
        seccomp=bool(bits & _SECCOMP),
        namespaces=bool(bits & _NAMESPACES),
        own_user=bool(bits & _OWN_USER),
    )
