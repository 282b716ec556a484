"""What somebody who took over a decoder would try. Run as a program: ``hostile_attempts.py ROOT WALL ATTEMPT PLACE``.

It puts up one wall, or all, or none, then makes one attempt, and ends with DONE, REFUSED, or by the filter's signal.
Nothing in the product leads here.
"""

import ctypes
import mmap
import os
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


ATTEMPTS = {
    "read_a_file": SECRET.read_bytes,
    "write_a_file": lambda: Path(PLACE, "new").write_bytes(b"x"),
    "delete_a_file": SECRET.unlink,
    "list_a_folder": lambda: list(Path(PLACE).iterdir()),
    "make_a_folder": Path(PLACE, "folder").mkdir,
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


try:
    put_up(WALL)
except OSError:
    os._exit(NO_SUCH_WALL)
try:
    ATTEMPTS[ATTEMPT]()
except OSError:
    os._exit(REFUSED)
os._exit(DONE)
