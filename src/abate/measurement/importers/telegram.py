"""Telegram Desktop's export as JSON: one chat (``result.json``), or all of an account's, of any size.

What is a channel: ``public_channel`` and ``public_supergroup``, kept under their number, because a title changes and
the number does not. Groups and channels that one enters by invitation are closed rooms. A chat with one person or a bot
and an account's notes to itself are no channel, whatever anybody lists. A chat without a type is closed: what is not
known to be public is not.

Who posts in a group is one of its audience, by ``from_id``; the display name (``from``) is never read, so that an old
export without ``from_id`` has no audience. A forwarded message is a sighting on the channel that passed it on. An
edited one counts once, when it was posted. A deleted one is not in the export, and nothing says that it was. The format
has no views.

Times come from ``date_unixtime``; ``date`` is the clock of the machine that exported, without an offset, and is read as
UTC where nothing else is there.

Source: field names as Telegram Desktop writes them (``export_output_json.cpp``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Channel, Closed, PassedOver, Personal, Posted
from abate.measurement.importers.json_walk import Walk
from abate.measurement.importers.moments import Moment, iso, since_epoch
from abate.measurement.importers.sources import BOM, Object, opened, refuse_names, text_of

PUBLIC: Final = frozenset({"public_channel", "public_supergroup"})
PERSONAL: Final = frozenset({"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"})
_SERVICE: Final = PassedOver(reason="a service message: somebody joined, a title changed")
_PRIVATE: Final = PassedOver(reason="a chat with one person, which is no channel")
_UNDATED: Final = "says no time that can be read; make the export again"
_NO_MESSAGE: Final = "is no message; make the export again"

_Found = Posted | PassedOver | InputError


class TelegramDesktop:
    """Reads ``result.json``."""

    name = "telegram"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file is a JSON object with messages, or with a list of chats."""
        begins = head.removeprefix(BOM).lstrip()[:1] == b"{"
        marks = b'"messages"' in head or (b'"chats"' in head and b'"list"' in head)
        return path.suffix.lower() == ".json" and begins and marks

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[_Found]:
        """Yield the messages, chat by chat.

        :raises InputError: when the file cannot be opened
        """
        refuse_names(path, names)
        with opened(path) as stream:
            walk = Walk(stream, path)
            try:
                yield from _document(walk, path)
            except InputError as error:
                # Half of an export is worth having; the error says that the other half is not there.
                yield error


def _document(walk: Walk, path: Path) -> Iterator[_Found]:
    chat = _Chat(where=f"{path}: chat 1")
    number = 0
    for name in walk.members():
        if name in {"chats", "left_chats"}:
            for inner in walk.members():
                if inner != "list":
                    walk.skip()
                    continue
                for _ in walk.elements():
                    number += 1
                    yield from _chat(walk, f"{path}: chat {number}")
        elif name == "messages":
            yield from _messages(walk, chat)
        else:
            _note(walk, chat, name)


@dataclass(slots=True)
class _Chat:
    where: str
    type: str = ""
    id: str = ""

    @property
    def channel(self) -> Channel | None:
        """Return the channel that the chat is; nothing for one with a person, or without a number."""
        if self.type in PERSONAL:
            return None
        return self.id if self.type in PUBLIC else Closed(id=self.id)


def _chat(walk: Walk, where: str) -> Iterator[_Found]:
    chat = _Chat(where=where)
    for name in walk.members():
        if name == "messages":
            yield from _messages(walk, chat)
        else:
            _note(walk, chat, name)


def _note(walk: Walk, chat: _Chat, name: str) -> None:
    if name in {"type", "id"} and walk.next_sign() not in {"{", "["}:
        setattr(chat, name, text_of({name: walk.value()}, name))
    else:
        walk.skip()


def _messages(walk: Walk, chat: _Chat) -> Iterator[_Found]:
    for number in walk.elements():
        untrusted = walk.value()
        where = f"{chat.where}, message {number}"
        if isinstance(untrusted, dict):
            yield _message(where, chat, untrusted)
        else:
            yield InputError(_NO_MESSAGE, where=where)


def _message(where: str, chat: _Chat, message: Object) -> _Found:
    if chat.channel is None:
        return _PRIVATE
    if message.get("type") == "service":
        return _SERVICE
    if "id" not in message:
        return InputError(_NO_MESSAGE, where=where)
    if not chat.id:
        return InputError("stands in a chat without a number; make the export again", where=where)
    posted = _moment(message)
    if posted is None:
        return InputError(_UNDATED, where=where)
    return Posted(
        where=where,
        channel=chat.channel,
        item=f"{chat.id}/{text_of(message, 'id')}",
        platform="telegram",
        posted_at=posted.at,
        author=_author(message),
        kind=_kind(message),
        untrusted_text=_text(message.get("text")),
        naive_times=int(posted.naive),
    )


def _moment(message: Object) -> Moment | None:
    return since_epoch(message.get("date_unixtime")) or iso(message.get("date"))


def _author(message: Object) -> Personal | None:
    """Return the account that posted; nothing where the channel itself or nobody named did."""
    number = text_of(message, "from_id")
    # 4CAT gives the bare number: one account has one pseudonym whichever tool saw it.
    return Personal(untrusted_id=number.removeprefix("user")) if number.startswith("user") else None


def _kind(message: Object) -> str:
    if any(name in message for name in ("forwarded_from", "forwarded_from_id", "saved_from")):
        return "forward"
    return "reply" if "reply_to_message_id" in message else "post"


def _text(parts: object) -> str:
    """Join a text that is written in pieces, each bare or with its marking."""
    if isinstance(parts, list):
        return "".join(text if isinstance(text := _piece(part), str) else "" for part in parts)
    return parts if isinstance(parts, str) else ""


def _piece(part: object) -> object:
    return part.get("text") if isinstance(part, dict) else part
