import errno
import resource
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.sandbox import landlock, limits, namespaces
from abate.sandbox.kernel import MACHINES, Linux
from abate.sandbox.walls import Walls, raise_walls

NO_LANDLOCK = {"landlock_create_ruleset": errno.EOPNOTSUPP}
NO_NAMESPACES = {"unshare": errno.EINVAL}


def test_with_landlock_and_a_filter_the_walls_hold(recording_kernel):
    kernel = recording_kernel()
    walls = raise_walls(kernel, {})
    assert walls == Walls(landlock_abi=7, seccomp=True, own_user=True)
    assert walls.hold
    assert "Landlock 7" in walls.reason
    assert "unshare" not in kernel.names


def test_privileges_end_before_limits_and_the_filter_comes_last(recording_kernel):
    kernel = recording_kernel()
    raise_walls(kernel, {resource.RLIMIT_CORE: 0})
    order = [kernel.names.index(name) for name in ("landlock_restrict_self", "setresuid", "capset", "prlimit64")]
    assert order == sorted(order)
    assert kernel.calls[0] == ("prctl", (38, 1, 0, 0, 0)), "Landlock and the filter ask for no_new_privs first"
    assert kernel.names[-1] == "seccomp"


def test_without_landlock_an_empty_root_takes_its_place(recording_kernel):
    kernel = recording_kernel(refuses=NO_LANDLOCK)
    walls = raise_walls(kernel, {})
    assert walls.hold
    assert walls.namespaces
    assert walls.landlock_error == errno.EOPNOTSUPP
    assert "an empty root without network" in walls.reason
    assert kernel.memory["mounts"] == [["none", "/", ""], ["none", "/proc", "tmpfs"]]
    moves = [name for name in kernel.names if name in {"chdir", "pivot_root", "umount2"}]
    assert moves == ["chdir", "pivot_root", "umount2", "chdir"]


def test_with_neither_the_walls_do_not_hold_and_say_which_setting_changes_that(recording_kernel):
    walls = raise_walls(recording_kernel(refuses=NO_LANDLOCK | NO_NAMESPACES), {})
    assert not walls.hold
    assert walls.seccomp
    assert 'sandbox = "off"' in walls.reason
    assert errno.errorcode[errno.EOPNOTSUPP] in walls.reason


@pytest.mark.parametrize("lack", [{"machine": None}, {"refuses": {"seccomp": errno.EINVAL}}])
def test_without_a_filter_landlock_alone_does_not_hold(recording_kernel, lack):
    walls = raise_walls(recording_kernel(**lack), {})
    assert walls.landlock_abi == 7
    assert not walls.hold
    assert "seccomp" in walls.reason
    assert 'sandbox = "off"' in walls.reason


def test_a_parent_that_is_not_root_cannot_give_a_user_of_its_own(recording_kernel):
    walls = raise_walls(recording_kernel(refuses={"setgroups": errno.EPERM}), {})
    assert walls.hold
    assert not walls.own_user
    assert "the user abate runs as" in walls.reason


def test_where_no_decoder_starts_the_sentence_says_how_to_find_out_why():
    walls = Walls(started=False, seccomp=True, landlock_abi=7)
    assert not walls.hold
    assert "import abate.sandbox.child" in walls.reason


@pytest.mark.parametrize(
    ("abi", "fields"),
    [
        (1, [0x1FFF]),
        (2, [0x3FFF]),
        (3, [0x7FFF]),
        (4, [0x7FFF, 3]),
        (5, [0xFFFF, 3]),
        (6, [0xFFFF, 3, 3]),
        (7, [0xFFFF, 3, 3]),
        (99, [0xFFFF, 3, 3]),
    ],
)
def test_each_landlock_version_is_asked_for_all_it_knows_and_no_more(recording_kernel, abi, fields):
    kernel = recording_kernel(abi=abi)
    assert landlock.restrict(kernel) == abi
    assert list(struct.unpack(f"={len(fields)}Q", kernel.memory["ruleset"])) == fields


def test_an_ordinary_user_goes_through_a_user_namespace(recording_kernel, tmp_path):
    kernel = recording_kernel(refuses={"unshare": [errno.EPERM]})
    namespaces.empty_root(kernel, tmp_path)
    flags = [arguments[0] for name, arguments in kernel.calls if name == "unshare"]
    assert flags[1] == flags[0] | 0x10000000
    assert Path(tmp_path, "setgroups").read_text("ascii") == "deny"
    assert Path(tmp_path, "uid_map").read_text("ascii").endswith(" 1")


@given(pixels=st.integers(1, 400_000_000))
def test_memory_grows_with_the_pixels_allowed_and_never_below_a_gibibyte(pixels):
    assert limits.address_space(pixels) >= max(1 << 30, 12 * pixels)
    assert limits.address_space(pixels) <= (1 << 30) + 16 * pixels


def test_a_decoder_gets_no_descriptor_no_process_no_file_and_no_core_dump(recording_kernel):
    kernel = recording_kernel()
    limits.apply(kernel, limits.limits(max_pixels=1000, cpu_s=30))
    set_to = kernel.memory["limits"]
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        assert set_to[which] == (0, 0)
    assert set_to[resource.RLIMIT_AS] == (1 << 30, 1 << 30)
    assert set_to[resource.RLIMIT_CPU] == (30, 31), "the soft limit first, whose signal names the cause"


def test_a_limit_that_is_lower_already_stays(recording_kernel, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 5))
    kernel = recording_kernel()
    limits.apply(kernel, {resource.RLIMIT_AS: 10**9, resource.RLIMIT_CORE: 0})
    assert kernel.memory["limits"] == {resource.RLIMIT_AS: (5, 5), resource.RLIMIT_CORE: (0, 0)}


def test_the_running_kernel_answers_by_number_and_fails_with_its_error():
    linux = Linux()
    assert linux.machine in MACHINES.values()
    assert linux.call("getpid") > 0
    with pytest.raises(OSError, match="umount2") as failure:
        linux.call("umount2", 0, 0)
    assert failure.value.errno in {errno.EFAULT, errno.EPERM}


def test_a_processor_without_a_table_has_no_calls():
    linux = Linux()
    linux.machine = None
    with pytest.raises(OSError, match="getpid") as failure:
        linux.call("getpid")
    assert failure.value.errno == errno.ENOSYS
