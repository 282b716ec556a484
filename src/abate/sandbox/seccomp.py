"""Which system calls a decoder may make: an allow-list as a classic BPF program (``seccomp(2)``, Linux >= 4.14).

Three answers. *Allowed* is what decoding needs: memory, time, the two pipes. *Refused* (``EPERM``) is what libraries
try in passing and can do without, such as opening a locale file. Everything else *ends the process* with ``SIGSYS``:
no decoder asks for a socket, a new process or executable memory, so whoever does has taken it over, and the parent
can tell the operator so.
"""

import ctypes
import struct

from abate.sandbox.kernel import Kernel, Machine

# linux/seccomp.h, linux/filter.h
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
KILL = 0x80000000
_SET_MODE_FILTER = 1
_WHOLE_PROCESS = 1  # SECCOMP_FILTER_FLAG_TSYNC: a thread that a library left behind is held as well
_LOAD = 0x20  # ld [k], a 32-bit word of struct seccomp_data
_AND = 0x54  # and #k
_JUMP_IF_EQUAL = 0x15  # jeq #k
_RETURN = 0x06  # ret #k
_OFFSET_NUMBER = 0
_OFFSET_ARCH = 4
_OFFSET_ARGUMENTS = 16  # eight bytes each, the low word first: both architectures are little-endian

_PROT_EXEC = 4
_WORD = 0xFFFFFFFF

WHERE = (
    # (call, argument, mask, value): allowed where argument & mask == value, hottest first
    ("read", 0, _WORD, 0),
    ("write", 0, _WORD, 1),
    ("mmap", 2, _PROT_EXEC, 0),
    ("mprotect", 2, _PROT_EXEC, 0),
)
ALWAYS = (
    "futex",
    "munmap",
    "brk",
    "mremap",
    "madvise",
    "clock_gettime",
    "gettimeofday",
    "sched_yield",
    "getrandom",
    "rt_sigprocmask",
    "rt_sigreturn",
    "restart_syscall",
    "exit",
    "exit_group",
)
REFUSED = (
    "openat",
    "open",
    "newfstatat",
    "stat",
    "lstat",
    "fstat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getcwd",
    "lseek",
    "ioctl",
    "uname",
    "sysinfo",
    "getpid",
    "gettid",
    "sched_getaffinity",
    "sigaltstack",
    "rt_sigaction",
    "rseq",
    # abort() sends itself a signal through this one; refused, it falls through to an instruction that ends the process,
    # and a damaged heap is told apart from an attempt to break out.
    "tgkill",
)

Instruction = tuple[int, int, int, int]
"""Operation, how far to jump when true, when false, operand: ``struct sock_filter``."""


def program(machine: Machine) -> list[Instruction]:
    """Return the filter for one processor.

    The x32 calls of x86-64 carry bit 30 in their number and so equal no number of the list; calls of a 32-bit process
    carry another architecture. Both end the process.
    """
    numbers = machine.numbers
    code: list[Instruction] = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_IF_EQUAL, 1, 0, machine.audit_arch),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    for name, argument, mask, value in WHERE:
        code += _where(numbers[name], argument, mask, value)
    for answer, names in ((ALLOW, ALWAYS), (REFUSE, REFUSED)):
        for name in names:
            if name in numbers:
                code += [(_JUMP_IF_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, answer)]
    return [*code, (_RETURN, 0, 0, KILL)]


def _where(number: int, argument: int, mask: int, value: int) -> list[Instruction]:
    return [
        (_JUMP_IF_EQUAL, 0, 5, number),
        (_LOAD, 0, 0, _OFFSET_ARGUMENTS + 8 * argument),
        (_AND, 0, 0, mask),
        (_JUMP_IF_EQUAL, 0, 1, value),
        (_RETURN, 0, 0, ALLOW),
        (_RETURN, 0, 0, KILL),
    ]


def packed(code: list[Instruction]) -> bytes:
    """Return the program as the kernel reads it: an array of ``struct sock_filter``."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def install(kernel: Kernel, code: list[Instruction]) -> None:
    """Put the filter over the whole process, for good. Needs no_new_privs or CAP_SYS_ADMIN.

    :raises OSError: where the kernel has no seccomp filters or the caller may not set one
    """
    instructions = ctypes.create_string_buffer(packed(code), len(code) * 8)
    header = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(instructions)))
    kernel.call("seccomp", _SET_MODE_FILTER, _WHOLE_PROCESS, ctypes.addressof(header))
