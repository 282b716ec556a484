"""Pictures made here, and a kernel that writes down what it is asked."""

import ctypes
import errno
import io
import os
import struct
import zlib

import pytest
from PIL import Image

from abate.sandbox.kernel import MACHINES


class RecordingKernel:
    """Answers as a kernel with this Landlock version would; ``refuses`` maps a call to the error it fails with."""

    def __init__(self, *, abi=7, refuses=None, machine=MACHINES["x86_64"]):
        self.abi = abi
        self.refuses = dict(refuses or {})
        self.machine = machine
        self.calls = []
        self.memory = {}

    def call(self, name, *arguments):
        self.calls.append((name, arguments))
        failures = self.refuses.get(name)
        if isinstance(failures, list):
            failures = failures.pop(0) if failures else None
        if failures or (name.startswith("landlock") and not self.abi):
            raise OSError(failures or errno.ENOSYS, name)
        if name == "landlock_create_ruleset" and arguments[2] == 1:
            return self.abi
        if name == "landlock_create_ruleset":
            self.memory["ruleset"] = ctypes.string_at(arguments[0], arguments[1])
            return os.open(os.devnull, os.O_RDONLY)
        if name == "seccomp":
            count, address = struct.unpack("@HP", ctypes.string_at(arguments[2], 16))
            self.memory["filter"] = ctypes.string_at(address, 8 * count)
        if name == "prlimit64":
            self.memory.setdefault("limits", {})[arguments[1]] = struct.unpack(
                "=QQ", ctypes.string_at(arguments[2], 16)
            )
        if name == "mount":
            self.memory.setdefault("mounts", []).append([ctypes.string_at(a).decode() for a in arguments[:3]])
        return 0

    @property
    def names(self):
        return [name for name, _ in self.calls]


@pytest.fixture
def recording_kernel():
    return RecordingKernel


def _encoded(picture, kind, **options):
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


@pytest.fixture(scope="session")
def encoded():
    """Return the bytes of a picture in a format."""
    return _encoded


@pytest.fixture(scope="session")
def scene():
    """A picture with edges and slopes, drawn here: 96 × 64."""
    slope = Image.linear_gradient("L").resize((96, 64))
    ring = Image.radial_gradient("L").resize((96, 64))
    return Image.merge("RGB", (slope, ring, slope.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))


@pytest.fixture(scope="session")
def jpeg(scene):
    return _encoded(scene, "JPEG", quality=90)


def _png_bomb(width, height):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="session")
def png_bomb():
    """Some 48 KB that inflate to 400 megapixels."""
    return _png_bomb(20_000, 20_000)
