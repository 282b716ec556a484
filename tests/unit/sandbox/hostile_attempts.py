"""What somebody who took over a decoder would try.

Run as a program: ``hostile_attempts.py ROOT WALL ATTEMPT PLACE PORT``.

It puts up one wall, or all, or none, then makes one attempt, and ends with DONE, REFUSED, or by the filter's signal.
Nothing in the product leads here.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import socket
import sys
import threading
from pathlib import Path

DONE, REFUSED, NO_SUCH_WALL = 10, 11, 12

sys.path.append(sys.argv[1])
from abate.sandbox import landlock, limits, namespaces, seccomp  # noqa: E402 - after the path it is found on
from abate.sandbox.kernel import Linux  # noqa: E402
from abate.sandbox.walls import raise_walls  # noqa: E402

WALL, ATTEMPT, PLACE, PORT = sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
LIBC = ctypes.CDLL(None, use_errno=True)
PARENT = os.getppid()
SECRET = Path(PLACE, "secret")
OTHER_PIPE = os.pipe()
TRACE_ME = 0


def forked():
    if os.fork() == 0:
        os._exit(0)


def checked(answer):
    if answer < 0:
        raise OSError(ctypes.get_errno(), "refused")


def threaded():
    thread = threading.Thread(target=int)
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError from error


NUMBERS = {
    # name: number on x86-64, on AArch64 (asm/unistd_64.h, asm-generic/unistd.h of Linux 6.18)
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "pidfd_open": (434, 434),
    "execveat": (322, 281),
    "openat2": (437, 437),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "mq_open": (240, 180),
    "shmget": (29, 194),
    "memfd_secret": (447, 447),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "mknodat": (259, 33),
    "fchmodat": (268, 53),
    "fchownat": (260, 54),
    "clone": (56, 220),
    "clone3": (435, 435),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "prctl": (157, 167),
    "seccomp": (317, 277),
    "personality": (135, 92),
    "setuid": (105, 146),
    "timer_create": (222, 107),
    "eventfd2": (290, 19),
    "sched_setaffinity": (203, 122),
}
"""Calls that somebody who wants out would make, or in which kernels have been broken before."""
FAMILIES = ("UNIX", "INET", "INET6", "NETLINK", "PACKET", "BLUETOOTH", "ALG", "VSOCK")
WRONG = 0xFFFFFFFF
"""An argument that no call takes, so that one that gets through does no harm."""


def reached(name):
    """Make the call with arguments that it does not take: any answer but a refusal means that it got to the kernel."""
    number = NUMBERS[name][platform.machine() != "x86_64"]
    answer = LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(WRONG)] * 6)
    error = ctypes.get_errno()
    if answer < 0 and error in {errno.EPERM, errno.EACCES, errno.ENOSYS}:
        raise OSError(error, name)


def socket_of(family):
    try:
        socket.socket(family, socket.SOCK_RAW if family == socket.AF_PACKET else socket.SOCK_STREAM)
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EACCES}:
            raise  # any other answer is the kernel's own, which was asked


ATTEMPTS = {
    "read_a_file": SECRET.read_bytes,
    "write_a_file": lambda: Path(PLACE, "new").write_bytes(b"x"),
    "delete_a_file": SECRET.unlink,
    "list_a_folder": lambda: list(Path(PLACE).iterdir()),
    "make_a_folder": Path(PLACE, "folder").mkdir,
    "rename_a_file": lambda: SECRET.rename(Path(PLACE, "moved")),
    "link_to_a_file": lambda: Path(PLACE, "link").symlink_to("secret"),
    "empty_a_file": lambda: os.truncate(SECRET, 0),
    "change_whose_a_file_is": lambda: SECRET.chmod(0o777),
    "read_what_the_parent_was_given": Path("/proc", str(PARENT), "environ").read_bytes,
    "read_its_own_memory_as_a_file": Path("/proc/self/maps").read_bytes,
    "run_a_device": lambda: os.open("/dev/null", os.O_RDWR),
    "connect_over_tcp": lambda: socket.socket(socket.AF_INET).connect(("127.0.0.1", PORT)),
    "send_over_udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)),
    "make_a_socket": lambda: socket.socket(socket.AF_UNIX),
    "fork": forked,
    "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", f"import os; os._exit({DONE})"]),  # noqa: S606 - on purpose
    "start_a_thread": threaded,
    "signal_the_parent": lambda: os.kill(PARENT, 0),
    "be_traced": lambda: checked(LIBC.ptrace(TRACE_ME, 0, None, None)),
    "make_executable_memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "make_a_file_in_memory": lambda: os.memfd_create("x"),
    "use_another_descriptor": lambda: os.write(OTHER_PIPE[1], b"x"),
    "copy_a_descriptor": lambda: os.dup(1),
    "change_its_limits": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
}
ATTEMPTS |= {f"socket_{name}": lambda name=name: socket_of(getattr(socket, f"AF_{name}")) for name in FAMILIES}
ATTEMPTS |= {f"call_{name}": lambda name=name: reached(name) for name in NUMBERS}


def put_up(wall):
    kernel = Linux()
    if wall == "all":
        assert raise_walls(kernel, limits.limits(max_pixels=1000, cpu_s=30)).hold
    elif wall == "landlock":
        kernel.call("prctl", 38, 1, 0, 0, 0)
        landlock.restrict(kernel)
    elif wall == "namespaces":
        namespaces.empty_root(kernel)
        namespaces.drop_capabilities(kernel)
    elif wall == "filter":
        kernel.call("prctl", 38, 1, 0, 0, 0)
        seccomp.install(kernel, seccomp.program(kernel.machine))
    elif wall == "limits":
        limits.apply(kernel, limits.limits(max_pixels=1000, cpu_s=30))


def attempt(wall, what):
    """Put up the wall, make the attempt, and end."""
    try:
        put_up(wall)
    except OSError:
        os._exit(NO_SUCH_WALL)
    try:
        ATTEMPTS[what]()
    except OSError:
        os._exit(REFUSED)
    os._exit(DONE)


def each_in_a_process_of_its_own(wall, names):
    """Print how each ended; starting an interpreter for each would take a minute."""
    ended = {}
    for name in names:
        child = os.fork()
        if child == 0:
            attempt(wall, name)
        ended[name] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.write(json.dumps(ended))


if ATTEMPT == "each_of":
    each_in_a_process_of_its_own(WALL, sys.argv[6:])
else:
    attempt(WALL, ATTEMPT)
