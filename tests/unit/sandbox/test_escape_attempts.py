"""Each attempt succeeds without walls, fails behind all of them, and fails behind the one that is there to stop it."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import abate
from abate.sandbox import landlock
from abate.sandbox.kernel import Linux

PROGRAM = Path(__file__).with_name("hostile_attempts.py")
ROOT = str(Path(abate.__file__).parent.parent)
DONE, REFUSED, NO_SUCH_WALL = 10, 11, 12
KILLED = -signal.SIGSYS
SINCE_TCP = 4

ON_FILES = (
    "read_a_file",
    "write_a_file",
    "delete_a_file",
    "list_a_folder",
    "make_a_folder",
    "rename_a_file",
    "link_to_a_file",
    "empty_a_file",
    "read_what_the_parent_was_given",
    "read_its_own_memory_as_a_file",
    "run_a_device",
)
OPENING = (
    "read_a_file",
    "write_a_file",
    "list_a_folder",
    "read_what_the_parent_was_given",
    "read_its_own_memory_as_a_file",
    "run_a_device",
)
"""What goes through the call that opens: libraries try that in passing, so it is refused and ends nothing."""
ON_THE_NETWORK = ("connect_over_tcp", "send_over_udp")
ON_PROCESSES = ("fork", "exec", "start_a_thread", "signal_the_parent", "be_traced")
ON_ITSELF = (
    "make_a_socket",
    "make_executable_memory",
    "make_a_file_in_memory",
    "use_another_descriptor",
    "copy_a_descriptor",
    "change_its_limits",
    "change_whose_a_file_is",
)
ALL = ON_FILES + ON_THE_NETWORK + ON_PROCESSES + ON_ITSELF
FAMILIES = ("UNIX", "INET", "INET6", "NETLINK", "PACKET", "BLUETOOTH", "ALG", "VSOCK")
CALLS = re.findall(r'^    "(\w+)": \(\d+, \d+\),$', PROGRAM.read_text("utf-8"), re.MULTILINE)
RAW = (*(f"socket_{name}" for name in FAMILIES), *(f"call_{name}" for name in CALLS))
SINCE_TRUNCATION = 3


@pytest.fixture(scope="module")
def raw_calls(tmp_path_factory):
    """Return how each raw attempt ended: name by name, without walls, behind the filter, and behind all."""
    place = str(tmp_path_factory.mktemp("raw"))

    def run(wall):
        command = [sys.executable, "-I", str(PROGRAM), ROOT, wall, "each_of", place, "0", *RAW]
        return json.loads(subprocess.run(command, check=True, timeout=120, capture_output=True).stdout)

    return {wall: run(wall) for wall in ("none", "filter", "all")}


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def attempt(tmp_path, listener):
    """Return how an attempt behind a wall ended."""
    (tmp_path / "secret").write_text("the keys", "utf-8")

    def run(wall, what):
        command = [sys.executable, "-I", str(PROGRAM), ROOT, wall, what, str(tmp_path), str(listener)]
        status = subprocess.run(command, check=False, timeout=60, capture_output=True).returncode
        if status == NO_SUCH_WALL:
            pytest.skip(f"this machine offers no {wall}")
        return status

    return run


@pytest.mark.parametrize("what", ALL)
def test_without_walls_the_attempt_succeeds(attempt, what):
    assert attempt("none", what) == DONE


@pytest.mark.parametrize("what", ALL)
def test_behind_the_walls_the_attempt_fails(attempt, tmp_path, what):
    assert attempt("all", what) in {REFUSED, KILLED}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").read_text("utf-8") == "the keys"


def test_the_table_of_calls_was_found():
    assert len(CALLS) == 40
    assert {"ptrace", "mount", "io_uring_setup", "bpf", "clone3", "execveat"} <= set(CALLS)


@pytest.mark.parametrize("what", RAW)
def test_a_call_that_could_lead_outside_ends_the_process_before_the_kernel_looks_at_it(raw_calls, what):
    """Held against the same attempt without walls: where a machine refuses it to everybody, nothing would be shown."""
    if raw_calls["none"][what] != DONE:
        pytest.skip(f"this machine lets nobody make {what}")
    assert (raw_calls["filter"][what], raw_calls["all"][what]) == (KILLED, KILLED)


@pytest.mark.parametrize("what", [*ON_FILES, "connect_over_tcp"])
def test_landlock_alone_stops_it(attempt, what):
    needed = {"connect_over_tcp": SINCE_TCP, "empty_a_file": SINCE_TRUNCATION}.get(what, 0)
    if landlock.abi(Linux()) < needed:
        pytest.skip("this kernel's Landlock does not know this; the filter stops it there")
    assert attempt("landlock", what) == REFUSED


@pytest.mark.parametrize("what", ON_FILES + ON_THE_NETWORK)
def test_an_empty_root_alone_stops_it(attempt, tmp_path, what):
    assert attempt("namespaces", what) == REFUSED
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("what", OPENING)
def test_the_filter_alone_refuses_to_open_and_the_process_lives(attempt, what):
    assert attempt("filter", what) == REFUSED


@pytest.mark.parametrize("what", [*sorted(set(ON_FILES) - set(OPENING)), *ON_THE_NETWORK, *ON_PROCESSES, *ON_ITSELF])
def test_the_filter_alone_ends_the_process_that_tries(attempt, what):
    assert attempt("filter", what) == KILLED


@pytest.mark.parametrize("what", ["read_a_file", "make_a_file_in_memory", "copy_a_descriptor", "make_a_socket"])
def test_the_limits_alone_leave_no_descriptor_to_have(attempt, what):
    assert attempt("limits", what) == REFUSED
