"""Addresses as Safe Browsing writes and hashes them, for lists that hold only hash prefixes.

It is an algorithm of its own, older than the URL standard and different from it: escapes are undone until none is
left, the host is cut and the path shortened, and each combination is hashed. What ``abate`` prints and banks is the
form of ``address``; this one serves lists that were made with it, and nothing else.

Source: "URLs and Hashing", developers.google.com/safe-browsing/v4/urls-hashing. Where the page and the tests of
Google's own client (github.com/google/safebrowsing, ``urls_test.go``) differ, the tests hold: seven components of a
host are looked at (the page says five), a scheme is optional, and IPv6 literals stay as written.
"""

import hashlib
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from ada_url import idna_to_ascii

from abate.domain.errors import InputError

HOST_PARTS: Final = 7
PATH_PARTS: Final = 4
LEAST_PREFIX, FULL_HASH = 4, 32
"""Bytes."""
LONGEST: Final = 65_536
"""Bytes. Undoing escapes upon escapes costs a pass over the address for each layer."""
_LAYERS: Final = 1024

_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*):")
_PORT = re.compile(rb":\d*$")
_DOTS = re.compile(rb"\.{2,}")
_NUMBERS = re.compile(rb"(?:0x[0-9a-f]+|[0-9.])+", re.IGNORECASE)
_AND_MORE = re.compile(rb"(\d+\.\d+\.\d+\.\d+) ")


def canonical(untrusted: str | bytes) -> str:
    """Return the canonical address, without query and fragment.

    :param untrusted: the address; bytes where it is not UTF-8
    :raises InputError: when it has no host
    """
    scheme, host, path, _ = _parts(untrusted)
    return f"{scheme}://{host}{path}"


def canonical_host(untrusted: str | bytes) -> str:
    """Return the canonical host.

    :raises InputError: as :func:`canonical`
    """
    return _parts(untrusted)[1]


def canonical_path(untrusted: str | bytes) -> str:
    """Return the canonical path.

    :raises InputError: as :func:`canonical`
    """
    return _parts(untrusted)[2]


def hosts(untrusted: str | bytes) -> list[str]:
    """Return the host and the domains above it, longest first, never a top-level domain alone.

    :raises InputError: as :func:`canonical`
    """
    return _above(_parts(untrusted)[1])


def paths(untrusted: str | bytes) -> list[str]:
    """Return the root, up to three folders below it, the path, and the path with its query.

    :raises InputError: as :func:`canonical`
    """
    _, _, path, query = _parts(untrusted)
    return _below(path, query)


def expressions(untrusted: str | bytes) -> list[str]:
    """Return every combination of :func:`hosts` and :func:`paths`: what a list may hold of the address.

    :raises InputError: as :func:`canonical`
    """
    _, host, path, query = _parts(untrusted)
    return [above + below for above in _above(host) for below in _below(path, query)]


def hash_prefixes(untrusted: str | bytes, size: int = LEAST_PREFIX) -> list[bytes]:
    """Return the first ``size`` bytes of each expression's SHA-256.

    :param size: bytes, 4 to 32
    :raises InputError: as :func:`canonical`; for another size
    """
    if not LEAST_PREFIX <= size <= FULL_HASH:
        msg = f"a hash prefix has {LEAST_PREFIX} to {FULL_HASH} bytes, not {size}; give the size of the list's own"
        raise InputError(msg, where="size")
    return [hashlib.sha256(one.encode("ascii")).digest()[:size] for one in expressions(untrusted)]


def _parts(untrusted: str | bytes) -> tuple[str, str, str, str]:
    """Return scheme, host, path and query (with its question mark)."""
    given = untrusted.encode("utf-8", "surrogatepass") if isinstance(untrusted, str) else untrusted
    if len(given) > LONGEST:
        raise _refusal(given, f"it is longer than {LONGEST} bytes")
    rest = given.partition(b"#")[0].strip()
    rest = _escaped(_unescaped(re.sub(rb"[\t\r\n]", b"", rest)))
    scheme, rest = _scheme(rest)
    rest, mark, query = rest.partition(b"?")
    if not rest.startswith(b"//"):
        raise _refusal(given, "it has no host")
    authority, slash, path = rest[2:].partition(b"/")
    host = _host(authority)
    if not host:
        raise _refusal(given, "it has no host")
    return scheme.decode(), host, _path(slash + path), (mark + query).decode("ascii")


def _scheme(rest: bytes) -> tuple[bytes, bytes]:
    found = _SCHEME.match(rest)
    if found and not rest[found.end() : found.end() + 1].isdigit():
        return found[1].lower(), rest[found.end() :]
    return b"http", rest if rest.startswith(b"/") else b"//" + rest


def _unescaped(text: bytes) -> bytes:
    given = text
    for _ in range(_LAYERS):
        plain = unquote_to_bytes(text)
        if plain == text:
            return text
        text = plain
    raise _refusal(given, f"it is escaped more than {_LAYERS} times over")


def _escaped(text: bytes) -> bytes:
    return b"".join(b"%%%02x" % c if c <= 0x20 or c >= 0x7F or c in b"#%" else b"%c" % c for c in text)  # noqa: PLR2004 - ASCII


def _host(authority: bytes) -> str:
    host = _PORT.sub(b"", authority.rpartition(b"@")[2])
    host = _in_ascii(host)
    host = _DOTS.sub(b".", host).strip(b".")
    return ip_address(host.decode("ascii")) or host.decode("ascii").lower()


def _in_ascii(host: bytes) -> bytes:
    """Write an internationalised host in punycode; what is no UTF-8, or no host, stays escaped."""
    plain = unquote_to_bytes(host)
    if plain.isascii():
        return host
    try:
        return idna_to_ascii(plain.decode("utf-8")) or host
    except ValueError:
        return host


def ip_address(host: str) -> str:
    """Return the four decimal numbers of an IPv4 address in any writing; empty for what is none.

    One to four parts, each decimal, octal (``0…``) or hexadecimal (``0x…``); the last fills the bytes that are left.
    """
    written = host.encode("utf-8", "surrogatepass")
    more = _AND_MORE.match(written)
    written = more[1] if more else written
    if not _NUMBERS.fullmatch(written):
        return ""
    parts = written.split(b".")
    if len(parts) > 4:  # noqa: PLR2004 - bytes of an address
        return ""
    numbers = [_number(part) for part in parts]
    last = 5 - len(parts)
    if any(number is None for number in numbers):
        return ""
    value = [number or 0 for number in numbers]
    content = [*(number & 0xFF for number in value[:-1]), *(value[-1] & (256**last - 1)).to_bytes(last, "big")]
    return ".".join(map(str, content))


def _number(part: bytes) -> int | None:
    if len(part) > 20:  # noqa: PLR2004 - no part of an address is that long, and reading one takes time
        return None
    try:
        if part[:2].lower() == b"0x":
            return int(part, 16)
        return int(part, 8) if part.startswith(b"0") else int(part)
    except ValueError:
        return None


def _path(path: bytes) -> str:
    kept: list[bytes] = []
    parts = path.split(b"/")
    for part in parts:
        if part == b"..":
            del kept[-1:]
        elif part not in {b"", b"."}:
            kept.append(part)
    folder = kept and parts[-1] in {b"", b".", b".."}
    return (b"/" + b"/".join(kept) + (b"/" if folder else b"")).decode("ascii")


def _above(host: str) -> list[str]:
    if host.startswith("[") or ip_address(host):
        return [host]
    parts = host.split(".")
    first = max(1, len(parts) - HOST_PARTS)
    return [host, *(".".join(parts[n:]) for n in range(first, len(parts) - 1))]


def _below(path: str, query: str) -> list[str]:
    parts = path.split("/")
    folders = ["/".join(parts[: n + 1]) + "/" for n in range(min(len(parts) - 1, PATH_PARTS))]
    asked = [path + query] if len(query) > 1 else []
    return [*dict.fromkeys((*folders, path, *asked))]


def _refusal(given: bytes, reason: str) -> InputError:
    return InputError(
        f"{given[:120].decode('utf-8', 'replace')!r} is not a web address: {reason}; give it with its host"
    )
