"""ActivityStreams 2.0: an archive of Mastodon (``outbox.json``), a collection, or activities one a line.

What is a channel: the actor. Where the document itself says that the actor is a group or an organisation, it is a place
and keeps its address; any other actor may be a person, whose account gets a pseudonym as a channel too, unless whoever
imports lists it. Item addresses hold the account, so that they get pseudonyms as well.

Only what is addressed to the public counts (``to`` or ``cc`` names the public collection, ActivityPub 5.6); a post to
followers, to one person, or to nobody named is passed over. A boost (``Announce``) is a sighting of the item on the
actor that passed it on. Likes, follows, edits and deletions are passed over: an archive holds the deletions that its
owner happened to keep, so no lifetime can be had from them. A collection of followers gives its number and no name.
There are no views in the format.

The importer checks what it reads, and is no validator of the vocabulary.

Source: W3C Activity Streams 2.0 (2017); W3C ActivityPub (2018) 5.6.
"""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Audience, Channel, PassedOver, Personal, Posted
from abate.measurement.importers.json_walk import Walk
from abate.measurement.importers.moments import iso
from abate.measurement.importers.sources import (
    BOM,
    Object,
    first_object,
    language_code,
    lines,
    object_of,
    opened,
    parsed,
    refuse_names,
    text_of,
)
from abate.measurement.importers.text_rows import whole

PLATFORM: Final = "activitypub"
PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_NAMESPACE: Final = "www.w3.org/ns/activitystreams"
_LINE_ENDINGS: Final = frozenset({".jsonl", ".ndjson"})
_POSTS: Final = frozenset({"Article", "Audio", "Document", "Event", "Image", "Note", "Page", "Question", "Video"})
_PLACES: Final = frozenset({"Group", "Organization"})
_COLLECTIONS: Final = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
_PAGES: Final = frozenset({"CollectionPage", "OrderedCollectionPage", "Link"})
_SHAPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "id": str,
    "name": (str, dict),
    "nameMap": dict,
    "contentMap": dict,
    "summaryMap": dict,
    "actor": (str, dict, list),
}
_NOT_PUBLIC: Final = PassedOver(reason="a post that is not addressed to the public")
_OTHER: Final = PassedOver(reason="an activity or object in which nothing is posted")
_FOLLOWERS: Final = "/followers"
_TAG: Final = re.compile(r"<[^<>]*>")
_NO_DOCUMENT: Final = "is no ActivityStreams object; take it out, or write one object a line"
_MISSHAPEN: Final = "is no valid ActivityStreams (id, name, actor, a map, or the order of a collection); take it out"
_UNDATED: Final = "says no published time; take it out, or write it as 2026-03-29T01:30:00Z"
_NOBODY: Final = "says neither actor nor attributedTo; take it out"

_Found = Posted | Audience | PassedOver | InputError


class ActivityStreams:
    """Reads archives, collections and lines of activities."""

    name = "activitystreams"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file begins with an object in the ActivityStreams context."""
        suffix = path.suffix.lower()
        if suffix in _LINE_ENDINGS:
            return _NAMESPACE in str(first_object(head).get("@context", ""))
        begins = head.removeprefix(BOM).lstrip()[:1] == b"{"
        return suffix == ".json" and begins and _NAMESPACE.encode() in head

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[_Found]:
        """Yield posts, boosts and numbers of followers.

        :raises InputError: when the file cannot be opened
        """
        refuse_names(path, names)
        if path.suffix.lower() in _LINE_ENDINGS:
            yield from _lines(path)
            return
        with opened(path) as stream:
            try:
                yield from _archive(Walk(stream, path), path)
            except InputError as error:
                # What stands before the fault is worth having; the error says that the rest is not there.
                yield error


def _lines(path: Path) -> Iterator[_Found]:
    for line in lines(path):
        if isinstance(line, InputError):
            yield line
        elif line[1].strip():
            number, text = line
            where = f"{path}:{number}"
            found = parsed(text)
            yield from [InputError(_NO_DOCUMENT, where=where)] if found is None else _document(where, found)


def _archive(walk: Walk, path: Path) -> Iterator[_Found]:
    """Read one document of any size: its items one by one, and whatever else it says of itself."""
    rest: dict[str, object] = {}
    number = 0
    for name in walk.members():
        if name in {"orderedItems", "items"} and walk.next_sign() == "[":
            for number in walk.elements():
                yield from _element(f"{path}: item {number}", walk.value())
        else:
            rest[name] = walk.value()
    if not number:
        yield from _document(str(path), rest)
    elif not _in_shape(rest):
        yield InputError(_MISSHAPEN, where=str(path))


def _document(where: str, document: Object) -> Iterator[_Found]:
    if not _in_shape(document):
        yield InputError(_MISSHAPEN, where=where)
        return
    items = document.get("orderedItems", document.get("items"))
    if _types(document) & _COLLECTIONS and isinstance(items, list):
        for number, item in enumerate(items, start=1):
            yield from _element(f"{where}, item {number}", item)
    elif _types(document) & _COLLECTIONS and text_of(document, "id").endswith(_FOLLOWERS):
        yield _followers(where, document)
    else:
        yield _one(where, document)


def _element(where: str, untrusted: object) -> Iterator[_Found]:
    if isinstance(untrusted, str):
        # An address without its object: there is nothing to count.
        yield _OTHER
    elif isinstance(untrusted, dict):
        yield _one(where, untrusted) if _in_shape(untrusted) else InputError(_MISSHAPEN, where=where)
    else:
        yield InputError(_NO_DOCUMENT, where=where)


def _in_shape(document: Object) -> bool:
    context = document.get("@context")
    if context is not None and _NAMESPACE not in str(context):
        return False
    if any(document.get(name) is not None and not isinstance(document[name], kind) for name, kind in _SHAPES.items()):
        return False
    kinds = _types(document)
    if "Collection" in kinds and "orderedItems" in document:
        return False
    first = document.get("first")
    return not isinstance(first, dict) or not kinds & _COLLECTIONS or bool(_types(first) & _PAGES)


def _types(document: Object) -> frozenset[str]:
    kinds = document.get("type")
    return frozenset(kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str))


def _one(where: str, document: Object) -> _Found:
    kinds = _types(document)
    if "Create" in kinds:
        inner = object_of(document, "object")
        return _post(where, document, inner) if _types(inner) & _POSTS else _OTHER
    if "Announce" in kinds:
        return _boost(where, document)
    return _post(where, document, document) if kinds & _POSTS else _OTHER


def _post(where: str, activity: Object, item: Object) -> _Found:
    if not (_is_public(activity) and _is_public(item)):
        return _NOT_PUBLIC
    content = item.get("contentMap")
    languages = list(content) if isinstance(content, dict) else []
    return _posted(
        where,
        (activity, item),
        text_of(item, "id"),
        kind="reply" if item.get("inReplyTo") else "post",
        language=language_code(languages[0]) if len(languages) == 1 else "",
        text=html.unescape(_TAG.sub(" ", text_of(item, "content"))),
    )


def _boost(where: str, activity: Object) -> _Found:
    if not _is_public(activity):
        return _NOT_PUBLIC
    item = text_of(activity, "object") or text_of(object_of(activity, "object"), "id")
    return _posted(where, (activity,), item, kind="repost")


def _posted(
    where: str, told_by: tuple[Object, ...], item: str, *, kind: str, language: str = "", text: str = ""
) -> Posted | InputError:
    channel = next((actor for one in told_by if (actor := _channel(one)) is not None), None)
    published = next((moment for one in told_by if (moment := iso(one.get("published"))) is not None), None)
    if channel is None or published is None:
        return InputError(_NOBODY if channel is None else _UNDATED, where=where)
    return Posted(
        where=where,
        platform=PLATFORM,
        channel=channel,
        item=Personal(untrusted_id=item, of_item=True) if item else "",
        posted_at=published.at,
        kind=kind,
        language=language,
        untrusted_text=text,
        naive_times=int(published.naive),
    )


def _channel(document: Object) -> Channel | None:
    """Return who posted: the first actor named, with its address or as an object."""
    for name in ("actor", "attributedTo"):
        value = document.get(name)
        for actor in value if isinstance(value, list) else [value]:
            embedded = actor if isinstance(actor, dict) else {}
            address = actor if isinstance(actor, str) else text_of(embedded, "id")
            if address:
                return address if _types(embedded) & _PLACES else Personal(untrusted_id=address)
    return None


def _is_public(document: Object) -> bool:
    named = (document.get(name) for name in ("to", "cc"))
    listed = (one if isinstance(one, list) else [one] for one in named)
    return any(isinstance(address, str) and address in PUBLIC for one in listed for address in one)


def _followers(where: str, document: Object) -> Audience | PassedOver:
    count = whole(text_of(document, "totalItems"))
    account = text_of(document, "id").removesuffix(_FOLLOWERS)
    if count is None:
        return _OTHER
    return Audience(where=where, platform=PLATFORM, channel=Personal(untrusted_id=account), followers=count)
