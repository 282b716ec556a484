"""The walls of a decoder, in the order in which they go up, and what is known of them afterwards.

Order matters. Landlock and the filter ask for no_new_privs first. Namespaces need the privilege that the change of
user gives up; Landlock needs a descriptor that the limits then forbid; the filter comes last because it forbids the
calls that raise the others. Nothing here can be undone from inside.
"""

import errno
import os
import sys
from dataclasses import dataclass, replace

from abate.sandbox import landlock, limits, namespaces, seccomp
from abate.sandbox.kernel import Kernel

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_OWN_USERS_FROM = 1_879_048_192
"""First number of a range of users that nothing hands out: above what shadow, systemd and container engines use."""
_OWN_USERS = 1 << 22
"""As many as Linux has process numbers, so that two decoders never share a user and cannot reach each other."""

_IMPORTS = f"`{sys.executable} -I -c 'import abate.sandbox.child'`"
TURN_OFF = 'or accept the risk with the setting sandbox = "off"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Walls:
    """Which walls stand around a decoder on this machine."""

    landlock_abi: int = 0
    """Version of Landlock in force; 0 where there is none."""
    landlock_error: int = 0
    """The ``errno`` with which Landlock was refused; 0 where it stands."""
    seccomp: bool = False
    namespaces: bool = False
    """An empty root and no network; tried only where Landlock is missing."""
    started: bool = True
    """Whether a decoder came up at all; nothing else is known where none did."""
    own_user: bool = False
    """Whether the decoder runs as a user of its own; only a parent that is root can give it one."""

    @property
    def hold(self) -> bool:
        """Whether hostile media may be opened behind them: no file, no connection, no other call."""
        return self.started and self.seccomp and (self.landlock_abi > 0 or self.namespaces)

    @property
    def reason(self) -> str:
        """One sentence for a person: what stands, or what is missing and what to do."""
        if not self.started:
            return f"no decoder starts on this machine: run {_IMPORTS} and repair what it reports."
        if self.hold:
            files = f"Landlock {self.landlock_abi}" if self.landlock_abi else "an empty root without network"
            user = "a user of its own" if self.own_user else "the user abate runs as (start it as root to change that)"
            return f"media are decoded behind {files} and a seccomp filter, as {user}."
        if not self.seccomp:
            return (
                "this machine sets no seccomp filter on a decoder: "
                f"use Linux 4.14 or later on x86-64 or AArch64, {TURN_OFF}."
            )
        why = errno.errorcode.get(self.landlock_error, "not offered")
        return (
            f"this machine offers neither Landlock ({why}) nor namespaces with an empty root to keep a decoder in: "
            f"use Linux 5.13 or later with Landlock among its security modules, {TURN_OFF}."
        )


def raise_walls(kernel: Kernel, wanted_limits: dict[int, int]) -> Walls:
    """Put up every wall this machine has, for good, and say which.

    A wall that cannot stand is reported, not raised: whether the rest is enough says ``Walls.hold``, and who asks
    decides.
    """
    kernel.call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    walls = _files_and_network(kernel)
    walls = replace(walls, own_user=_own_user(kernel))
    namespaces.drop_capabilities(kernel)
    kernel.call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    limits.apply(kernel, wanted_limits)
    return replace(walls, seccomp=_filter(kernel))


def _files_and_network(kernel: Kernel) -> Walls:
    """Let Landlock refuse files and network; where it is missing, leave the machine's files and network behind."""
    try:
        return Walls(landlock_abi=landlock.restrict(kernel))
    except OSError as error:
        missing = Walls(landlock_error=error.errno or 0)
    try:
        namespaces.empty_root(kernel)
    except OSError:
        return missing
    return replace(missing, namespaces=True)


def _own_user(kernel: Kernel) -> bool:
    """Become a user that owns nothing. Refused where the parent is not root, or a container maps no such user."""
    own = _OWN_USERS_FROM + os.getpid() % _OWN_USERS
    try:
        kernel.call("setgroups", 0, 0)
        kernel.call("setresgid", own, own, own)
        kernel.call("setresuid", own, own, own)
    except OSError:
        return False
    return True


def _filter(kernel: Kernel) -> bool:
    if kernel.machine is None:
        return False
    try:
        seccomp.install(kernel, seccomp.program(kernel.machine))
    except OSError:
        return False
    return True
