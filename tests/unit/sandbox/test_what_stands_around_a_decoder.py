"""What the kernel itself says of a decoder that serves."""

import os
from pathlib import Path

import pytest

from abate.sandbox import limits, worker
from abate.sandbox.pool import DecoderPool

ROOM = 1 << 20
NOTHING = ("Max file size", "Max core file size", "Max processes", "Max open files", "Max locked memory")


@pytest.fixture
def decoder(jpeg):
    """The folder under ``/proc`` of a decoder that has served a file."""
    with DecoderPool(workers=1, max_pixels=ROOM, required=True) as pool:
        pool.decode(jpeg)
        (only,) = pool._idle
        yield Path(f"/proc/{only._process.pid}")


def read(path):
    try:
        return path.read_text("utf-8")
    except PermissionError:
        pytest.skip("a process that is not dumpable shows this to root alone")


def test_the_kernel_grants_it_no_file_process_descriptor_or_core_dump(decoder):
    granted = {line[:26].strip(): line[26:].split()[:2] for line in read(decoder / "limits").splitlines()[1:]}
    for name in NOTHING:
        assert granted[name] == ["0", "0"], name
    assert granted["Max address space"] == [str(limits.address_space(ROOM))] * 2
    seconds = [int(value) for value in granted["Max cpu time"]]
    assert seconds[0] + 1 == seconds[1] <= 120, "the soft limit first, whose signal names the cause"


def test_it_was_given_an_environment_that_holds_nothing_of_ours(decoder, monkeypatch):
    given = dict(pair.split("=", 1) for pair in read(decoder / "environ").split("\0") if pair)
    assert given == worker._ENVIRONMENT


def test_it_holds_three_descriptors_and_none_of_them_is_a_file_or_a_socket(decoder):
    try:
        held = {path.name: str(path.readlink()) for path in (decoder / "fd").iterdir()}
    except PermissionError:
        pytest.skip("a process that is not dumpable shows this to root alone")
    assert sorted(held) == ["0", "1", "2"]
    assert held["0"].startswith("pipe:")
    assert held["1"].startswith("pipe:")
    assert held["2"] == os.devnull
