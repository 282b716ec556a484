"""The evidence vault: bytes sealed for two custodians, neither of whom opens them alone.

A random age identity seals the content; its secret lies in two nested age layers, the inner one for custodian A, the
outer for B. (Two recipients of one age file would be "either opens", not "both".) The address is SHA-256 of the
*sealed* bytes: it proves that they are whole, and says nothing of the content, since age seals the same content to
other bytes each time. The content's own hash would let anyone with a hash list learn what is held.

Sealing needs only the two public recipients; the secrets stay off the server.
"""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from pyrage import DecryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from abate.domain.errors import InputError, NotFoundError, StoreError

_ADDRESS = re.compile(r"[0-9a-f]{64}")


def new_custodian() -> tuple[str, str]:
    """Make a custodian's pair: the public recipient for the settings, and the identity to keep off the server."""
    identity = x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


class FolderVault:
    """The ``Vault`` in a folder: ``ab/abcd….age`` holds sealed bytes, ``ab/abcd….key`` their doubly sealed key.

    :param folder: made, closed to others, where it is missing
    :param recipient_a: age recipient of the first custodian
    :param recipient_b: age recipient of the second
    :raises InputError: when a recipient is malformed, or both are the same
    """

    def __init__(self, folder: Path, recipient_a: str, recipient_b: str) -> None:
        if recipient_a.strip() == recipient_b.strip():
            msg = (
                "both custodians have the same recipient, so one person could open the evidence; name a second person's"
            )
            raise InputError(msg, where="settings custodian_a, custodian_b")
        self._inner = _recipient(recipient_a, "custodian_a")
        self._outer = _recipient(recipient_b, "custodian_b")
        self._folder = folder

    def seal(self, content: bytes) -> str:
        """Seal ``content`` and return its address, once both files are on disk.

        :raises StoreError: when they cannot be written; nothing is held then
        """
        identity = x25519.Identity.generate()
        sealed = encrypt(content, [identity.to_public()])
        key = encrypt(encrypt(str(identity).encode(), [self._inner]), [self._outer])
        address = hashlib.sha256(sealed).hexdigest()
        # The key first: after a crash between the two there may be a key to nothing, never bytes that nobody can open.
        _write(self._path(address, "key"), key)
        _write(self._path(address, "age"), sealed)
        return address

    def destroy(self, address: str) -> None:
        """Delete the key, then the sealed bytes. Without the key the bytes are noise, wherever a copy is left.

        :raises InputError: when ``address`` is none
        :raises StoreError: when a file cannot be deleted
        """
        for ending in ("key", "age"):
            path = self._path(address, ending)
            try:
                path.unlink(missing_ok=True)
                if path.parent.is_dir():
                    _sync_folder(path.parent)
            except OSError as error:
                raise _disk_error(path, error) from error

    def holds(self, address: str) -> bool:
        """Say whether sealed bytes or a key lie at ``address``."""
        return any(self._path(address, ending).exists() for ending in ("key", "age"))

    def open_sealed(self, address: str, identity_a: str, identity_b: str) -> bytes:
        """Open evidence with both custodians' secrets: for an authority's request, and for restore drills.

        :raises NotFoundError: when nothing, or only a part, lies at ``address``
        :raises InputError: when an identity is malformed or is not the custodian's
        :raises StoreError: when the sealed bytes are not those that were sealed
        """
        sealed = self._sealed(address, "age")
        if hashlib.sha256(sealed).hexdigest() != address:
            msg = f"the sealed bytes at {address} were changed; restore them from a backup"
            raise StoreError(msg)
        inner = _open(self._sealed(address, "key"), identity_b, "custodian B")
        secret = _open(inner, identity_a, "custodian A")
        return _open(sealed, secret.decode(), "the sealed key")

    def _sealed(self, address: str, ending: str) -> bytes:
        try:
            return self._path(address, ending).read_bytes()
        except FileNotFoundError as error:
            msg = f"the vault holds no {ending} file at {address}: it was destroyed on its date, or never sealed here"
            raise NotFoundError(msg) from error

    def _path(self, address: str, ending: str) -> Path:
        # An address comes out of the store; one that was tampered with must not lead outside the folder.
        if not _ADDRESS.fullmatch(address):
            msg = f"{address!r} is no address of the vault (64 hex digits); take the one that the hold names"
            raise InputError(msg)
        return self._folder / address[:2] / f"{address}.{ending}"


def open_sealed(folder: Path, address: str, identity_a: str, identity_b: str) -> bytes:
    """Open evidence in a vault's folder, wherever the two secrets are brought together; see the class.

    :raises InputError, NotFoundError, StoreError: as ``FolderVault.open_sealed``
    """
    recipients = [_public(identity_a, "custodian A"), _public(identity_b, "custodian B")]
    return FolderVault(folder, *recipients).open_sealed(address, identity_a, identity_b)


class MemoryVault:
    """A ``Vault`` that keeps the bytes as they are: for tests, where nothing is to be protected."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def seal(self, content: bytes) -> str:
        """Keep ``content`` under a random address."""
        address = secrets.token_hex(32)
        self.contents[address] = content
        return address

    def destroy(self, address: str) -> None:
        """Forget it."""
        self.contents.pop(address, None)

    def holds(self, address: str) -> bool:
        """Say whether something lies at ``address``."""
        return address in self.contents


def _recipient(text: str, setting: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(text.strip())
    except RecipientError as error:
        msg = "not an age recipient; make a pair for each custodian and put the age1… part here"
        raise InputError(msg, where=f"setting {setting}") from error


def _identity(text: str, whose: str) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(text.strip())
    except IdentityError as error:
        msg = f"the secret of {whose} is not an age identity; it begins with AGE-SECRET-KEY-1"
        raise InputError(msg) from error


def _public(text: str, whose: str) -> str:
    return str(_identity(text, whose).to_public())


def _open(sealed: bytes, identity: str, whose: str) -> bytes:
    try:
        content: bytes = decrypt(sealed, [_identity(identity, whose)])
    except DecryptError as error:
        msg = f"the secret of {whose} does not open this; use the pair that was in the settings when it was sealed"
        raise InputError(msg) from error
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone, on disk before this returns."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _make_folder(path.parent)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise _disk_error(path, error) from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The new folder's name lies in the one above: without this, power loss could take the folder back.
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_error(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot write {path} in the vault ({error.strerror}); see that the disk has room and this user may write"
    )
