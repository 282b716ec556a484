"""No file, no connection, no signal: a Landlock ruleset that handles everything and grants nothing.

Landlock ("Landlock: unprivileged access control", Linux 5.13 and later) needs no privilege and no preparation of the
machine. A ruleset *handles* kinds of access; a handled kind that no rule grants is refused. Ours has no rule at all.
Each ABI version knew more kinds, and an older kernel refuses a ruleset that names a kind it does not know, so the
request is cut to the version found.
"""

import ctypes
import os
import struct

from abate.sandbox.kernel import Kernel

_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION

# linux/landlock.h: how many bits of each field a version knows
_FS_FIRST = (1 << 13) - 1
_FS_REFER = 1 << 13
_FS_TRUNCATE = 1 << 14
_FS_IOCTL_DEV = 1 << 15
_NET_BIND_AND_CONNECT_TCP = 3
_SCOPE_ABSTRACT_SOCKET_AND_SIGNAL = 3


def abi(kernel: Kernel) -> int:
    """Return the Landlock version of the kernel, 1 or more.

    :raises OSError: ``ENOSYS`` where the kernel (or a container's filter) has no Landlock, ``EOPNOTSUPP`` where it was
        switched off at boot
    """
    return kernel.call("landlock_create_ruleset", 0, 0, _VERSION)


def ruleset(version: int) -> bytes:
    """Return ``struct landlock_ruleset_attr`` as version ``version`` knows it: all that can be handled, handled.

    Versions: 1 files; 2 linking across folders; 3 truncation; 4 TCP; 5 device ioctl; 6 abstract sockets and signals.
    """
    files = _FS_FIRST
    files |= _FS_REFER if version >= 2 else 0  # noqa: PLR2004 - the table in the docstring
    files |= _FS_TRUNCATE if version >= 3 else 0  # noqa: PLR2004 - as above
    files |= _FS_IOCTL_DEV if version >= 5 else 0  # noqa: PLR2004 - as above
    fields = [files]
    fields += [_NET_BIND_AND_CONNECT_TCP] if version >= 4 else []  # noqa: PLR2004 - as above
    fields += [_SCOPE_ABSTRACT_SOCKET_AND_SIGNAL] if version >= 6 else []  # noqa: PLR2004 - as above
    return struct.pack(f"={len(fields)}Q", *fields)


def restrict(kernel: Kernel) -> int:
    """Refuse this thread every handled access, for good; return the version. Needs no_new_privs.

    :raises OSError: as ``abi``, or when no descriptor is left
    """
    version = abi(kernel)
    attributes = ruleset(version)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    descriptor = kernel.call("landlock_create_ruleset", ctypes.addressof(buffer), len(attributes), 0)
    try:
        kernel.call("landlock_restrict_self", descriptor, 0)
    finally:
        os.close(descriptor)
    return version
