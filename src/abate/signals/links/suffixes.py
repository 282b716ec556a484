"""Where a registrable domain begins: the public suffix list.

``example.co.uk`` was registered under ``co.uk``, ``name.blogspot.com`` under ``blogspot.com``: both are a domain of
somebody, and neither ``co.uk`` nor ``blogspot.com`` is. The list comes with the installed package
``publicsuffixlist`` and is as new as the installed release; it is never fetched.

Source: publicsuffix.org/list, sections ICANN and private, with the default rule ``*``.
"""

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")


@cache
def _list() -> PublicSuffixList:
    """Read the list when the first host is asked about: it takes 50 ms."""
    return PublicSuffixList()


def registrable(host: str) -> str | None:
    """Return the registrable domain of a host in lower case, in the form it is given in (Unicode or punycode).

    ``None`` for a public suffix itself, a single label, an IP address, or what is no host.
    """
    if _ADDRESS.fullmatch(host):
        return None
    return _list().privatesuffix(host)


def has_known_suffix(host: str) -> bool:
    """Say whether ``host`` is a domain below a suffix that the list names; ``file.txt`` and a bare suffix are not."""
    if _ADDRESS.fullmatch(host):
        return False
    return _list().privatesuffix(host, accept_unknown=False) is not None


def is_public_suffix(host: str) -> bool:
    """Say whether the list names ``host`` itself, as it does ``com``, ``co.uk`` and ``blogspot.com``."""
    return _list().publicsuffix(host, accept_unknown=False) == host
