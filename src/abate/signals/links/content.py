"""Addresses of content itself: magnet links by their infohash, IPFS by its content identifier.

Two people who pass on one torrent write different magnet links: trackers and titles differ, the infohash does not. And
one IPFS object is written as ``ipfs://CID``, behind any gateway, in two versions of the identifier.

Sources: BEP 9 and BEP 53 (magnet), the multiformats CID specification, the IPFS gateway specifications.
"""

import base64
import binascii
import re
from typing import Final

_INFOHASH = re.compile(r"(?:^|[?&])xt=urn:btih:([0-9a-f]{40}|[a-z2-7]{32})(?![0-9a-z])", re.IGNORECASE)
_INFOHASH_2 = re.compile(r"(?:^|[?&])xt=urn:btmh:1220([0-9a-f]{64})(?![0-9a-z])", re.IGNORECASE)
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SHA2_256: Final = b"\x12\x20"
_HEX_DIGITS: Final = 40
_MULTIHASH: Final = 34
"""Bytes: the hash's name and its length, 32 of hash."""
_LEAST_CID: Final = 36
"""Bytes: version, codec, two of the hash's name and length, 32 of hash."""

CID: Final = r"(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58,110})"
"""How a content identifier is written: version 0 in base 58, version 1 in base 32."""
_CID = re.compile(CID)


def magnet(address: str) -> str:
    """Return a magnet link that holds its infohash only, in lower-case hex; one without any as it is."""
    found, second = _INFOHASH.search(address), _INFOHASH_2.search(address)
    if found:
        return f"magnet:?xt=urn:btih:{_hex(found[1])}"
    return f"magnet:?xt=urn:btmh:1220{second[1].lower()}" if second else address


def _hex(infohash: str) -> str:
    return infohash.lower() if len(infohash) == _HEX_DIGITS else base64.b32decode(infohash.upper()).hex()


def content_identifier(written: str) -> str | None:
    """Return a CID as version 1 in base 32; ``None`` where ``written`` is none."""
    if not _CID.fullmatch(written):
        return None
    if written.startswith("Qm"):
        digest = _base58(written)
        return None if digest[:2] != _SHA2_256 or len(digest) != _MULTIHASH else _base32(b"\x01\x70" + digest)
    try:
        content = base64.b32decode(written[1:].upper() + "=" * (-(len(written) - 1) % 8))
    except binascii.Error:
        return None
    return written if content[:1] == b"\x01" and len(content) >= _LEAST_CID and _base32(content) == written else None


def _base58(written: str) -> bytes:
    number = 0
    for character in written:
        number = number * 58 + _BASE58.index(character)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base32(content: bytes) -> str:
    return "b" + base64.b32encode(content).decode().rstrip("=").lower()
