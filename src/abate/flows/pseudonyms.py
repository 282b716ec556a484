"""Pseudonyms for a study: HMAC-SHA-256 under random keys, one a platform and study, kept in the home folder.

The same account on two platforms, or in two studies, has pseudonyms that nobody can join without both keys; with the
key, whoever knows an account can compute its pseudonym, which is why keys lie under ``ABATE_HOME`` with mode 0600 and
never beside the tables. A lost key cannot be made again: what is imported afterwards has other pseudonyms, and cannot
be joined to what was imported before.
"""

import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from abate.domain.errors import InputError, StoreError
from abate.domain.signal import MIN_QUALITY
from abate.extend.table import Personal
from abate.signals.normal import normalise
from abate.signals.text import quality

FOLDER: Final = "study-keys"
_KEY_BYTES: Final = 32
_DIGITS: Final = 32
"""Hexadecimal digits of a pseudonym: 128 bits, so that a billion accounts meet with a chance below one in 10²⁰."""
_STUDY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_TEXTS: Final = "texts"


class Pseudonyms:
    """The keys of one study, made on first use."""

    def __init__(self, home: Path, study: str) -> None:
        """Take a study's name.

        :raises InputError: when it is no plain name: keys are filed under it
        """
        if not _STUDY.fullmatch(study):
            msg = f"--study {study[:80]!r} is no name; use letters, digits, - and _, 64 at most"
            raise InputError(msg)
        self._folder = home / FOLDER / study
        self._keys: dict[str, bytes] = {}

    def of(self, platform: str, personal: Personal) -> str:
        """Return the pseudonym of an account, or of an item whose address holds one.

        :raises StoreError: when the key cannot be read or made
        """
        kind = "item" if personal.of_item else "account"
        return _hidden(self._key(f"platform {platform}"), kind, personal.untrusted_id)

    def fingerprint(self, platform: str, untrusted_text: str, *, of_account: bool) -> str:
        """Return a fingerprint of a text, by which equal texts are found inside the study; nothing for a short text.

        :param of_account: whether the row holds a pseudonym. Such a fingerprint is made with the platform's key: with
            one key for all, a text that a person posted on two platforms would join their two pseudonyms
        :raises StoreError: when the key cannot be read or made
        """
        normal = normalise(untrusted_text)
        if quality(normal) < MIN_QUALITY:
            return ""
        return _hidden(self._key(f"platform {platform}" if of_account else _TEXTS), "text", normal)

    def _key(self, name: str) -> bytes:
        if name not in self._keys:
            self._keys[name] = _kept_key(self._folder / f"{quote(name, safe='')}.key")
        return self._keys[name]


def _hidden(key: bytes, kind: str, value: str) -> str:
    message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256").hex()[:_DIGITS]


def _kept_key(path: Path) -> bytes:
    try:
        # Parents that are made on the way would be open to all: a mode given with them is the last one's only.
        for folder in (path.parents[2], path.parents[1], path.parent):
            folder.mkdir(parents=folder is path.parents[2], exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        msg = f"{path}: the study's key cannot be read or made ({type(error).__name__}); check it against a backup"
        raise StoreError(msg) from error
    if len(key) != _KEY_BYTES:
        msg = f"{path}: the study's key is cut short; put the backup in its place"
        raise StoreError(msg)
    return key


def _make(path: Path) -> None:
    """Put a new key in place whole; of two that are made at once the first stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
