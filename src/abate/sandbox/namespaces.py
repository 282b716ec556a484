"""The second best wall, for kernels without Landlock: an empty root and no network, through namespaces.

A namespace alone is no wall: a process in a fresh mount namespace still sees, and may delete, every file it saw before.
So the root is replaced by an empty memory file system that is read-only, and the old one is taken off the tree.
"""

import ctypes
import os
import struct
from pathlib import Path

from abate.sandbox.kernel import Kernel

# linux/sched.h
_NEW_MOUNTS = 0x00020000
_NEW_IPC = 0x08000000
_NEW_USERS = 0x10000000
_NEW_NETWORK = 0x40000000
_APART = _NEW_MOUNTS | _NEW_IPC | _NEW_NETWORK

# linux/mount.h
_READ_ONLY_NOTHING_RUNS = 1 | 2 | 4 | 8  # MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC
_RECURSIVE_PRIVATE = 0x4000 | 0x40000  # MS_REC, MS_PRIVATE
_DETACH = 2  # MNT_DETACH

_MOUNT_POINT = "/proc"
"""Any folder that exists everywhere; what lies there is out of reach afterwards, as is everything else."""
_CAPABILITIES_VERSION_3 = 0x20080522


def empty_root(kernel: Kernel, own: Path = Path("/proc/self")) -> None:
    """Move this process into an empty, read-only root without network, for good. Needs a process of one thread.

    :param own: folder in which the kernel takes the users of a new namespace
    :raises OSError: where neither privilege nor unprivileged user namespaces allow it (many containers forbid both)
    """
    _set_apart(kernel, own)
    _mount(kernel, "none", "/", "", _RECURSIVE_PRIVATE)
    _mount(kernel, "none", _MOUNT_POINT, "tmpfs", _READ_ONLY_NOTHING_RUNS)
    _change_folder(kernel, _MOUNT_POINT)
    here = ctypes.create_string_buffer(b".")
    # Old and new root on one spot (pivot_root(2), NOTES): the old one lies on top and is then taken off.
    kernel.call("pivot_root", ctypes.addressof(here), ctypes.addressof(here))
    kernel.call("umount2", ctypes.addressof(here), _DETACH)
    _change_folder(kernel, "/")


def drop_capabilities(kernel: Kernel) -> None:
    """Give up every capability; a fresh user namespace hands out all of them.

    :raises OSError: never on a kernel that knows capability sets of version 3 (2.6.26 and later)
    """
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_VERSION_3, 0))
    nothing = ctypes.create_string_buffer(24)
    kernel.call("capset", ctypes.addressof(header), ctypes.addressof(nothing))


def _set_apart(kernel: Kernel, own: Path) -> None:
    """Leave the machine's mounts and network; through a user namespace where privilege alone does not do it."""
    user, group = os.geteuid(), os.getegid()
    try:
        kernel.call("unshare", _APART)
    except PermissionError:
        kernel.call("unshare", _APART | _NEW_USERS)
        (own / "setgroups").write_text("deny", "ascii")
        (own / "uid_map").write_text(f"{user} {user} 1", "ascii")
        (own / "gid_map").write_text(f"{group} {group} 1", "ascii")


def _change_folder(kernel: Kernel, target: str) -> None:
    buffer = ctypes.create_string_buffer(target.encode())
    kernel.call("chdir", ctypes.addressof(buffer))


def _mount(kernel: Kernel, source: str, target: str, kind: str, flags: int) -> None:
    buffers = [ctypes.create_string_buffer(text.encode()) for text in (source, target, kind)]
    kernel.call("mount", *(ctypes.addressof(buffer) for buffer in buffers), flags, 0)
