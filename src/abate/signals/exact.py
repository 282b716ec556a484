"""Cryptographic hashes over the bytes as they were uploaded."""

import hashlib
import re
from collections.abc import Mapping

from abate.domain.errors import InputError
from abate.domain.item import Kind, Material
from abate.domain.signal import Signal

_HEX = re.compile(r"[0-9a-f]+")


def hex_digits(untrusted: str, *, name: str, digits: int) -> str:
    """Return ``untrusted`` as lower-case hex of exactly ``digits`` digits.

    :raises InputError: otherwise, saying what was expected
    """
    value = untrusted.strip().lower()
    if len(value) != digits or not _HEX.fullmatch(value):
        msg = f"{untrusted[:80]!r} is not a {name} value; give {digits} hexadecimal digits"
        raise InputError(msg)
    return value


class Sha256:
    """SHA-256 of the file (FIPS 180-4). Equal values are the same bytes."""

    name = "sha256"
    version = "1"
    kinds = frozenset({Kind.PHOTO, Kind.VIDEO, Kind.FILE})
    index = "exact"
    radius = 0
    verified = True

    def compute(self, material: Material) -> Signal | None:
        """Hash the bytes; ``None`` for an item without any (a text, a file that is empty)."""
        if not material.content:
            return None
        return Signal(type=self.name, value=hashlib.sha256(material.content).hexdigest(), version=self.version)

    def parse(self, value: str) -> str:
        """Return 64 lower-case hexadecimal digits.

        :raises InputError: when ``value`` is none
        """
        return hex_digits(value, name="SHA-256", digits=64)

    def examples(self) -> Mapping[str, str]:
        """Return FIPS 180-4's "abc", and nothing at all, as others write them."""
        return {
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD": hashlib.sha256(b"abc").hexdigest(),
            " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n": hashlib.sha256(b"").hexdigest(),
        }


class Md5:
    """MD5 of the file (RFC 1321). Partner lists still speak it; collisions are made to order, so it proves nothing."""

    name = "md5"
    version = "1"
    kinds = frozenset({Kind.PHOTO, Kind.VIDEO, Kind.FILE})
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Hash the bytes; ``None`` for an item without any."""
        if not material.content:
            return None
        digest = hashlib.md5(material.content, usedforsecurity=False).hexdigest()
        return Signal(type=self.name, value=digest, version=self.version)

    def parse(self, value: str) -> str:
        """Return 32 lower-case hexadecimal digits.

        :raises InputError: when ``value`` is none
        """
        return hex_digits(value, name="MD5", digits=32)

    def examples(self) -> Mapping[str, str]:
        """Return RFC 1321's "abc" and the empty message, as others write them."""
        return {
            "900150983CD24FB0D6963F7D28E17F72": "900150983cd24fb0d6963f7d28e17f72",
            "d41d8cd98f00b204e9800998ecf8427e ": "d41d8cd98f00b204e9800998ecf8427e",
        }
