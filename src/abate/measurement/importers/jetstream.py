"""Bluesky's Jetstream: the network's public events, one JSON object a line.

What is a channel: the account. On this network a person's account is where posts appear, so it gets a pseudonym as a
channel too, unless whoever imports lists it as a public one (a newspaper, an organisation). Item addresses hold the
account, so that they get pseudonyms as well.

A repost is a sighting of the item on the account that passed it on: it is there that others meet it. A like is passed
over: it says something of a reader and nothing of what was posted. A follow is a row for ``following`` and none for
``presence``. An edit changes no sighting. A deletion ends the item's lifetime, an account that is taken down,
suspended, deactivated or deleted ends the channel's: the stream tells every ending while it is listened to, so that
silence until its last event means alive.

The post's ``createdAt`` is its author's word, and may lie in the past; ``time_us`` is when the stream saw it.

Source: the event format of bluesky-social/jetstream, and the lexicons ``app.bsky.feed`` and ``app.bsky.graph``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Audience, Ended, PassedOver, Personal, Posted
from abate.measurement.importers.moments import iso, since_epoch
from abate.measurement.importers.sources import (
    Object,
    first_object,
    language_code,
    object_of,
    objects,
    refuse_names,
    text_of,
)

PLATFORM: Final = "bluesky"
POST, REPOST, FOLLOW = "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.graph.follow"
_KINDS: Final = frozenset({"commit", "identity", "account"})
_ENDINGS: Final = frozenset({"takendown", "suspended", "deleted", "deactivated"})
_EDIT: Final = PassedOver(reason="an edit, which makes no new sighting")
_UNDONE: Final = PassedOver(reason="the end of a repost, follow or other record that is not measured")
_LIKE: Final = PassedOver(reason="a like, which says something of a reader and nothing of what was posted")
_OTHER: Final = PassedOver(reason="a record of another kind than post, repost and follow")
_IDENTITY: Final = PassedOver(reason="an account's change of name, or its return")
_BROKEN: Final = "is no event of Jetstream (time_us, did, kind and what belongs to it); take it out"

_Found = Posted | Audience | Ended | PassedOver | InputError


class Jetstream:
    """Reads a capture of the stream."""

    name = "jetstream"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the first line is an event."""
        first = first_object(head)
        return path.suffix.lower() in {".jsonl", ".ndjson", ".json"} and {"did", "time_us", "kind"} <= first.keys()

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[_Found]:
        """Yield posts, followers and endings.

        :raises InputError: when the file cannot be opened
        """
        refuse_names(path, names)
        for line in objects(path):
            yield line if isinstance(line, InputError) else _event(*line)


def _event(where: str, event: Object) -> _Found:
    seen = since_epoch(event.get("time_us"), unit=timedelta(microseconds=1))
    account, kind = text_of(event, "did"), event.get("kind")
    if seen is None or not account or kind not in _KINDS:
        return InputError(_BROKEN, where=where)
    if kind == "identity":
        return _IDENTITY
    if kind == "account":
        return _account(where, object_of(event, "account"), account, seen.at)
    return _commit(where, object_of(event, "commit"), account, seen.at)


def _account(where: str, told: Object, account: str, at: datetime) -> _Found:
    if told.get("active") is not False:
        return _IDENTITY
    status = text_of(told, "status")
    reason = status if status in _ENDINGS else "inactive"
    return Ended(where=where, platform=PLATFORM, subject=Personal(untrusted_id=account), at=at, reason=reason)


def _commit(where: str, commit: Object, account: str, at: datetime) -> _Found:
    collection, operation = text_of(commit, "collection"), commit.get("operation")
    address = f"at://{account}/{collection}/{text_of(commit, 'rkey')}"
    if not collection or operation not in {"create", "update", "delete"}:
        return InputError(_BROKEN, where=where)
    if operation == "delete":
        item = Personal(untrusted_id=address, of_item=True)
        gone = Ended(where=where, platform=PLATFORM, subject=item, at=at, reason="deleted by its author")
        return gone if collection == POST else _UNDONE
    return _EDIT if operation == "update" else _created(where, commit, account, at, address)


def _created(where: str, commit: Object, account: str, at: datetime, address: str) -> _Found:
    collection, record = text_of(commit, "collection"), object_of(commit, "record")
    if collection == POST:
        return _post(where, record, account, at, address)
    read = {REPOST: _repost, FOLLOW: _follow}.get(collection)
    if read:
        return read(where, record, account, at)
    return _LIKE if collection == "app.bsky.feed.like" else _OTHER


def _post(where: str, record: Object, account: str, at: datetime, address: str) -> Posted:
    created = iso(record.get("createdAt"))
    return Posted(
        where=where,
        platform=PLATFORM,
        channel=Personal(untrusted_id=account),
        item=Personal(untrusted_id=address, of_item=True),
        observed_at=at,
        posted_at=created.at if created else None,
        kind="reply" if "reply" in record else "post",
        language=_language(record.get("langs")),
        untrusted_text=text_of(record, "text"),
        naive_times=int(created is not None and created.naive),
        watched=True,
    )


def _repost(where: str, record: Object, account: str, at: datetime) -> Posted | InputError:
    address = text_of(object_of(record, "subject"), "uri")
    if not address:
        return InputError(_BROKEN, where=where)
    created = iso(record.get("createdAt"))
    return Posted(
        where=where,
        platform=PLATFORM,
        channel=Personal(untrusted_id=account),
        item=Personal(untrusted_id=address, of_item=True),
        observed_at=at,
        posted_at=created.at if created else None,
        kind="repost",
        naive_times=int(created is not None and created.naive),
    )


def _follow(where: str, record: Object, account: str, at: datetime) -> Audience | InputError:
    followed = text_of(record, "subject")
    if not followed:
        return InputError(_BROKEN, where=where)
    return Audience(
        where=where,
        platform=PLATFORM,
        channel=Personal(untrusted_id=followed),
        observed_at=at,
        reader=Personal(untrusted_id=account),
    )


def _language(languages: object) -> str:
    """Return the language, where the author named exactly one."""
    named = languages if isinstance(languages, list) else []
    codes = {language_code(one) for one in named if isinstance(one, str)}
    return codes.pop() if len(codes) == 1 else ""
