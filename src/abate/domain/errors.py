"""Every error abate raises on purpose, grouped by who is at fault.

::

    AbateError
    ├── InputError        the sender: a file, a row, a flag, a request body
    ├── NotFoundError     the caller: names something that is not there
    ├── ConflictError     nobody: somebody else was faster, or it was there already
    ├── RefusedError      the rules: this person or token may not do this, and why
    ├── PlugError         whoever installed the plug
    ├── PartnerError      the other side of a wire: a platform or a partner did not answer well
    └── StoreError        the machine: the store cannot be reached or read
        └── ChainBrokenError   the audit chain does not hold

A message says what happened, where, and what to do next. An edge (command line, HTTP) turns the class into an exit
code or a status; nothing below an edge knows about either.
"""


class AbateError(Exception):
    """The root of all errors raised on purpose; catch it at an edge, nowhere else."""


class InputError(AbateError):
    """What came in cannot be used. ``where`` names the file, row or field; the message ends with the remedy."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where
        self.bare = message


class NotFoundError(AbateError):
    """Nothing is stored under this key. List what exists, then name one of those."""


class ConflictError(AbateError):
    """The thing changed, or existed, before this call reached it. Read it again and decide anew."""


class RefusedError(AbateError):
    """The rules forbid this to this actor. The message is the reason that an access answer carried."""


class PlugError(AbateError):
    """A plug cannot be loaded or broke its contract. The message names the package that brought it."""


class PartnerError(AbateError):
    """A platform or partner refused or did not answer. The work stays queued and is tried again."""


class StoreError(AbateError):
    """The store cannot be opened, read or written. Nothing was changed by the call that raised it."""


class ChainBrokenError(StoreError):
    """An audit record was changed, removed or put in. Stop, keep the file as it is, and compare with a backup."""
