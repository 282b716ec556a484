"""System calls the standard library has no name for, by number and through ``ctypes``.

A compiled helper would do the same and would have to be built for every machine; these are a dozen calls made once in
a child's life. Numbers: ``asm/unistd_64.h`` (x86-64) and ``asm-generic/unistd.h`` (AArch64) of Linux 6.18.
"""

import ctypes
import os
import platform
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What differs between processors: the audit architecture (``linux/audit.h``) and the call numbers."""

    audit_arch: int
    numbers: dict[str, int]


_NUMBERS_BY_NAME = (
    ("read", 0, 63),
    ("write", 1, 64),
    ("fstat", 5, 80),
    ("lseek", 8, 62),
    ("mmap", 9, 222),
    ("mprotect", 10, 226),
    ("munmap", 11, 215),
    ("brk", 12, 214),
    ("rt_sigaction", 13, 134),
    ("rt_sigprocmask", 14, 135),
    ("rt_sigreturn", 15, 139),
    ("ioctl", 16, 29),
    ("sched_yield", 24, 124),
    ("mremap", 25, 216),
    ("madvise", 28, 233),
    ("getpid", 39, 172),
    ("exit", 60, 93),
    ("uname", 63, 160),
    ("getcwd", 79, 17),
    ("chdir", 80, 49),
    ("gettimeofday", 96, 169),
    ("sysinfo", 99, 179),
    ("setgroups", 116, 159),
    ("setresuid", 117, 147),
    ("setresgid", 119, 149),
    ("capset", 126, 91),
    ("sigaltstack", 131, 132),
    ("pivot_root", 155, 41),
    ("prctl", 157, 167),
    ("mount", 165, 40),
    ("umount2", 166, 39),
    ("gettid", 186, 178),
    ("futex", 202, 98),
    ("sched_getaffinity", 204, 123),
    ("restart_syscall", 219, 128),
    ("clock_gettime", 228, 113),
    ("exit_group", 231, 94),
    ("tgkill", 234, 131),
    ("openat", 257, 56),
    ("newfstatat", 262, 79),
    ("readlinkat", 267, 78),
    ("faccessat", 269, 48),
    ("unshare", 272, 97),
    ("prlimit64", 302, 261),
    ("seccomp", 317, 277),
    ("getrandom", 318, 278),
    ("statx", 332, 291),
    ("rseq", 334, 293),
    ("faccessat2", 439, 439),
    ("landlock_create_ruleset", 444, 444),
    ("landlock_restrict_self", 446, 446),
)
"""Name, number on x86-64, number on AArch64."""
_ONLY_X86_64 = {"open": 2, "stat": 4, "lstat": 6, "access": 21, "readlink": 89}
"""The old spellings, which newer architectures left out."""

MACHINES = {
    "x86_64": Machine(audit_arch=0xC000003E, numbers={name: x86 for name, x86, _ in _NUMBERS_BY_NAME} | _ONLY_X86_64),
    "aarch64": Machine(audit_arch=0xC00000B7, numbers={name: arm for name, _, arm in _NUMBERS_BY_NAME}),
}


class Kernel(Protocol):
    """Whoever answers system calls: Linux, or a recorder in a test."""

    machine: Machine | None
    """``None`` on a processor whose call numbers are not in the table."""

    def call(self, name: str, *arguments: int) -> int:
        """Make the call.

        :raises OSError: with the ``errno`` it failed with; ``ENOSYS`` where this machine has no such call
        """
        ...


class Linux:
    """The running kernel."""

    def __init__(self) -> None:
        self.machine = MACHINES.get(platform.machine())
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long

    def call(self, name: str, *arguments: int) -> int:
        """Make the call; see ``Kernel``."""
        # An unknown processor gets a number no kernel answers: it fails as a missing call fails.
        number = self.machine.numbers[name] if self.machine else -1
        answer: int = self._syscall(ctypes.c_long(number), *(ctypes.c_ulong(value) for value in arguments))
        if answer < 0:
            error = ctypes.get_errno()
            raise OSError(error, f"{name}: {os.strerror(error)}")
        return answer
