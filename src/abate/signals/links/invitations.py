"""Invitations: the address of a group, a channel or a room, in one form whichever link leads there.

==================================  ====================================================================
``telegram:+CODE``                  ``t.me/+CODE``, ``t.me/joinchat/CODE``, ``tg://join?invite=CODE``
``telegram:@name``                  ``t.me/name``, ``t.me/s/name/5``, ``name.t.me``, ``tg://resolve?domain=name``
``telegram:c/ID``                   ``t.me/c/ID/5``, a post of a closed channel
``telegram:addlist/CODE``           ``t.me/addlist/CODE``, a folder of channels
``whatsapp:CODE``                   ``chat.whatsapp.com/CODE``
``whatsapp:channel/CODE``           ``whatsapp.com/channel/CODE``
``whatsapp:message/CODE``           ``wa.me/message/CODE``
``discord:CODE``                    ``discord.gg/CODE``, ``discord.com/invite/CODE``
``signal:CODE``                     ``signal.group/#CODE``
``matrix:#room:server``             ``matrix.to/#/#room:server``, ``matrix:r/room:server``, ``#room:server``
``matrix:!room:server``             the same by the room's identifier
``session:host/room``               ``http://host/room?public_key=…``, a community
``simplex:host/queue``              ``simplex.chat/contact#/?smp=…``, ``host/g#KEY``
``xmpp:room@server``                ``xmpp:room@server?join``
==================================  ====================================================================

Codes keep their case, names lose it. A telephone number (``wa.me/NUMBER``, ``t.me/+NUMBER``), a Session account, a
Matrix user are persons and no invitation: they give none.
"""

import re
from typing import Final
from urllib.parse import parse_qs, unquote

_TELEGRAM: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_TELEGRAM_DOTS: Final = 2
_TELEGRAM_OWN: Final = frozenset(
    {
        "a", "addemoji", "addlist", "addstickers", "addtheme", "auction", "bg", "boost", "confirmphone", "contact",
        "giftcode", "invoice", "iv", "joinchat", "login", "m", "nft", "proxy", "setlanguage", "share", "socks",
        "stickers", "www",
    }
)  # fmt: skip
"""First parts of a path that are Telegram's own pages."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{3,31}")
_CODE: Final = re.compile(r"[\w-]{10,64}", re.ASCII)
_SHORT_CODE: Final = re.compile(r"[\w-]{2,32}", re.ASCII)
_ROOM: Final = re.compile(r"([#!][^\s:/?@]{1,200}):([A-Za-z0-9.-]{1,230}(?::[0-9]{1,5})?)")
_QUEUE: Final = re.compile(r"smp://[^@/]{1,100}@([\w.\-:\[\]]{3,200})(?:,[^/]*)?/([\w-]{8,64}=*)", re.ASCII)
_JID: Final = re.compile(r"[^\s@/?]{1,200}@[a-z0-9.-]{3,230}")
_COMMUNITY: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_KEY: Final = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def invitation(address: str) -> str | None:
    """Return the invitation that a canonical address is; ``None`` where it is none."""
    scheme, _, rest = address.partition(":")
    if scheme in {"http", "https"}:
        return _on_the_web(rest[2:])
    read = _BY_SCHEME.get(scheme)
    return read(rest) if read else None


def _on_the_web(rest: str) -> str | None:
    place, mark, fragment = rest.partition("#")
    place, _, query = place.partition("?")
    authority, _, path = place.partition("/")
    host = authority.partition(":")[0].removeprefix("www.")
    parts = [unquote(part) for part in path.split("/") if part]
    read = _BY_HOST.get(host)
    if read is not None:
        return read(parts, query, fragment)
    if host.endswith(".t.me") and host.count(".") == _TELEGRAM_DOTS:
        return telegram_name(host.partition(".")[0])
    if mark and host.endswith(".simplex.im"):
        return _simplex_short(host, parts, fragment)
    return _matrix_client(fragment) if mark else _session(authority, parts, query)


def telegram_name(name: str) -> str | None:
    """Return the invitation of a Telegram name; ``None`` where it cannot be one."""
    low = name.lower()
    return f"telegram:@{low}" if _NAME.fullmatch(low) and low not in _TELEGRAM_OWN else None


def _telegram_code(code: str) -> str | None:
    return f"telegram:+{code}" if _CODE.fullmatch(code) and not code.isdigit() else None


def _telegram(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - one signature for all hosts
    match parts:
        case ["joinchat", code, *_]:
            return _telegram_code(code)
        case ["addlist", code, *_]:
            return f"telegram:addlist/{code}" if _CODE.fullmatch(code) else None
        case ["c", number, *_]:
            return f"telegram:c/{number}" if number.isascii() and number.isdigit() else None
        case ["s" | "boost", name, *_]:
            return telegram_name(name)
        case [first, *_]:
            return _telegram_code(first[1:]) if first.startswith(("+", " ")) else telegram_name(first)
    return None


def _telegram_app(rest: str) -> str | None:
    verb, _, query = rest.lstrip("/").partition("?")
    given = parse_qs(query)
    if verb.rstrip("/") == "join" and "invite" in given:
        return _telegram_code(given["invite"][0])
    if verb.rstrip("/") == "resolve" and "domain" in given:
        return telegram_name(given["domain"][0])
    return None


def _whatsapp_chat(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    codes = parts[1:] if parts[:1] == ["invite"] else parts
    return f"whatsapp:{codes[0]}" if codes and _CODE.fullmatch(codes[0]) else None


def _whatsapp(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    if len(parts) > 1 and parts[0] in {"channel", "message"} and _CODE.fullmatch(parts[1]):
        return f"whatsapp:{parts[0]}/{parts[1]}"
    return None


def _discord_short(parts: list[str], query: str, fragment: str) -> str | None:
    return _discord(["invite", *parts] if parts[:1] != ["invite"] else parts, query, fragment)


def _discord(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    if len(parts) > 1 and parts[0] == "invite" and _SHORT_CODE.fullmatch(parts[1]):
        return f"discord:{parts[1]}"
    return None


def _signal_group(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    return f"signal:{fragment}" if _SIGNAL.fullmatch(fragment) else None


_SIGNAL: Final = re.compile(r"[\w-]{20,200}=*", re.ASCII)


def _signal_app(rest: str) -> str | None:
    place, _, fragment = rest.lstrip("/").partition("#")
    return _signal_group([], "", fragment) if place.rstrip("/") == "signal.group" else None


def _simplex(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    """Name a queue by its server and its identifier: versions and keys of the same invitation differ."""
    found = _QUEUE.search(unquote(parse_qs(fragment.partition("?")[2]).get("smp", [""])[0]))
    return f"simplex:{found[1].lower()}/{found[2]}" if found else None


def _simplex_app(rest: str) -> str | None:
    return _simplex([], "", rest.partition("#")[2])


def _simplex_short(host: str, parts: list[str], fragment: str) -> str | None:
    if len(parts) == 1 and parts[0] in {"a", "c", "g", "i"} and _SIGNAL.fullmatch(fragment):
        return f"simplex:{host}/{parts[0]}/{fragment}"
    return None


def room(written: str) -> str | None:
    """Return the invitation of a Matrix room as people write it, ``#room:server`` or ``!room:server``."""
    found = _ROOM.fullmatch(written)
    return f"matrix:{found[1]}:{found[2].lower()}" if found else None


def _matrix_to(parts: list[str], query: str, fragment: str) -> str | None:  # noqa: ARG001 - as above
    return room(unquote(fragment.lstrip("/")).partition("?")[0].partition("/")[0])


def _matrix_client(fragment: str) -> str | None:
    """Read the address bar of a web client, which is anybody's host: ``…/#/room/#room:server``."""
    if not fragment.startswith("/room/"):
        return None
    return _matrix_to([], "", fragment.removeprefix("/room/"))


def _matrix_uri(rest: str) -> str | None:
    kind, _, name = rest.partition("?")[0].partition("/")
    sigil = {"r": "#", "room": "#", "roomid": "!"}.get(kind, "")
    return room(sigil + unquote(name).partition("/")[0]) if sigil else None


def _session(authority: str, parts: list[str], query: str) -> str | None:
    if len(parts) == 1 and _KEY.fullmatch(parse_qs(query).get("public_key", [""])[0]):
        return f"session:{authority}/{parts[0].lower()}" if _COMMUNITY.fullmatch(parts[0]) else None
    return None


def _xmpp(rest: str) -> str | None:
    who, _, query = rest.removeprefix("//").partition("?")
    named = unquote(who).lower()
    return f"xmpp:{named}" if query.partition(";")[0] == "join" and _JID.fullmatch(named) else None


_BY_HOST: Final = {
    **dict.fromkeys(_TELEGRAM, _telegram),
    "chat.whatsapp.com": _whatsapp_chat,
    **dict.fromkeys(("whatsapp.com", "wa.me", "api.whatsapp.com"), _whatsapp),
    "discord.gg": _discord_short,
    **dict.fromkeys(("discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"), _discord),
    "signal.group": _signal_group,
    "simplex.chat": _simplex,
    "matrix.to": _matrix_to,
}
_BY_SCHEME: Final = {
    "tg": _telegram_app,
    "sgnl": _signal_app,
    "simplex": _simplex_app,
    "matrix": _matrix_uri,
    "xmpp": _xmpp,
}
WRITTEN: Final = re.compile(
    r"(telegram:(?:\+[\w-]{10,64}|@[a-z][a-z0-9_]{3,31}|c/\d{1,20}|addlist/[\w-]{10,64})"
    r"|whatsapp:(?:(?:channel|message)/)?[\w-]{10,64}|discord:[\w-]{2,32}|signal:[\w-]{20,200}=*"
    r"|session:[\w.\-:\[\]]{3,260}/[\w-]{1,64}|simplex:[\w.\-:\[\]]{3,260}(?:/[acgi])?/[\w-]{8,200}=*"
    r"|matrix:[#!][^\s:/?@]{1,200}:[\w.-]{1,230}(?::\d{1,5})?|xmpp:[^\s@/?]{1,200}@[\w.-]{3,230})",
    re.ASCII,
)
"""An invitation in its canonical form."""
