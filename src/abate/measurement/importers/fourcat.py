"""Exports of 4CAT (Peeters and Hagen 2022): CSV with one column a field, and NDJSON.

4CAT names its columns alike for all its sources: ``id``, ``thread_id``, ``author``, ``body`` and ``timestamp`` are
always there, ``unix_timestamp``, ``views``, ``chat``, ``subreddit`` or ``board`` where the source has them. NDJSON is
read where its lines have these fields, or are Telegram's messages as 4CAT keeps them; what a browser extension captured
is in each platform's own form, and 4CAT turns it into CSV.

What is a channel: the chat, subreddit or board, where there is one, because it is a place and not a person; its name is
kept. Elsewhere (microblogs, short videos) the account is the channel, and gets a pseudonym. Whoever posts in a chat is
one of its audience. In NDJSON a chat without a public name is a closed room, and a chat with one person is passed over;
CSV does not tell them apart, so leave such chats out of the collection.

A repost or forward is a sighting on the channel that passed it on. Neither format says when it was collected, unless a
column ``timestamp_collected`` does.

Source: Peeters, Hagen: The 4CAT Capture and Analysis Toolkit, Computational Communication Research 4(2), 2022; column
names as the ``map_item`` methods of digitalmethodsinitiative/4cat give them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Channel, Closed, PassedOver, Personal, Posted
from abate.measurement.importers import text_rows
from abate.measurement.importers.moments import Moment, iso, since_epoch
from abate.measurement.importers.sources import (
    Object,
    first_object,
    language_code,
    object_of,
    objects,
    refuse_names,
    text_of,
)
from abate.measurement.importers.text_rows import TextRow, whole

MARKS: Final = frozenset({"id", "thread_id", "body", "timestamp"})
"""What the columns of every export have among them."""
PLACES: Final = ("chat", "subreddit", "board", "channel")
"""Columns that name a place where many post."""
_LINE_ENDINGS: Final = frozenset({".ndjson", ".jsonl"})
_NOBODY: Final = frozenset({"", "0", "none", "null", "unknown", "anonymous", "[deleted]", "[removed]"})
_SERVICE: Final = PassedOver(reason="a service message: somebody joined, a title changed")
_PRIVATE: Final = PassedOver(reason="a chat with one person, which is no channel")
_UNDATED: Final = "says no time that can be read; give unix_timestamp, or timestamp as 2026-03-29 01:30:00"
_NAMELESS: Final = "names neither a place nor an author; map the column that does, with --map THEIRS=channel"
_OTHER_FORM: Final = "is in a platform's own form; let 4CAT convert the data set to CSV and import that"


class FourCat:
    """Reads 4CAT's CSV and NDJSON."""

    name = "4cat"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the columns, or the first line's fields, are 4CAT's."""
        if path.suffix.lower() in _LINE_ENDINGS:
            first = first_object(head)
            return first.keys() >= MARKS or _is_telegram(first)
        return path.suffix.lower() in {".csv", ".tsv"} and text_rows.columns_of(head) >= MARKS

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[Posted | PassedOver | InputError]:
        """Yield the posts.

        :raises InputError: when the file cannot be opened, or lacks the columns for a time and an author or place
        """
        if path.suffix.lower() in _LINE_ENDINGS:
            refuse_names(path, names)
            for line in objects(path):
                yield line if isinstance(line, InputError) else _from_object(*line)
            return
        needed = (frozenset({"timestamp", "unix_timestamp"}), frozenset({"author", *PLACES}))
        for row in text_rows.rows(path, names, needed):
            yield row if isinstance(row, InputError) else _from_row(row)


def _is_telegram(row: Object) -> bool:
    return "_chat" in row and "date" in row


def _from_object(where: str, row: Object) -> Posted | PassedOver | InputError:
    if _is_telegram(row):
        return _from_telegram(where, row)
    if not row.keys() >= MARKS:
        return InputError(_OTHER_FORM, where=where)
    return _from_row(TextRow(where=where, cells={name: text_of(row, name) for name in row}))


def _from_row(row: TextRow) -> Posted | InputError:
    posted = _moment(row.cell("unix_timestamp")) or _moment(row.cell("timestamp"))
    if posted is None:
        return InputError(_UNDATED, where=row.where)
    collected = _moment(row.cell("timestamp_collected"))
    author = _somebody(row.cell("author"))
    place = row.cell(*PLACES)
    channel: Channel | None = place or author
    if channel is None:
        return InputError(_NAMELESS, where=row.where)
    return Posted(
        where=row.where,
        channel=channel,
        item=_item(channel, row.cell("id")),
        posted_at=posted.at,
        observed_at=collected.at if collected else None,
        author=author if place else None,
        kind=_kind(row),
        language=language_code(row.cell("language", "lang")),
        views=whole(row.cell("views", "view_count")),
        untrusted_text="\n".join(filter(None, (row.cell("subject"), row.cell("body")))),
        naive_times=int(posted.naive) + (collected is not None and collected.naive),
    )


def _moment(text: str) -> Moment | None:
    return since_epoch(text) or iso(text)


def _somebody(author: str) -> Personal | None:
    return None if author.lower() in _NOBODY else Personal(untrusted_id=author)


def _item(channel: Channel, number: str) -> str | Personal:
    """Return an item's name; only a number in a public place is kept."""
    if not number:
        return ""
    if not isinstance(channel, str):
        return Personal(untrusted_id=number, of_item=True)
    # What is more than a number may be an address with the author's name in it.
    name = f"{channel}/{number}"
    return name if number.isdecimal() else Personal(untrusted_id=name, of_item=True)


def _kind(row: TextRow) -> str:
    if row.cell("is_retweet", "is_repost").lower() in {"yes", "true", "1"}:
        return "repost"
    if any(value for name, value in row.cells.items() if "forwarded_from" in name):
        return "forward"
    answers = row.cell("is_reply").lower() in {"yes", "true", "1"} or bool(row.cell("reply_to"))
    thread = row.cell("thread_id")
    in_thread = not row.cell("chat") and bool(thread) and thread != row.cell("id")
    return "reply" if answers or in_thread else "post"


def _from_telegram(where: str, row: Object) -> Posted | PassedOver | InputError:
    chat = object_of(row, "_chat")
    if row.get("_type") == "MessageService":
        return _SERVICE
    if chat.get("_type") == "User":
        return _PRIVATE
    posted = since_epoch(row.get("date"))
    if posted is None:
        return InputError(_UNDATED, where=where)
    public, number = text_of(chat, "username"), text_of(chat, "id")
    if not public and not number:
        return InputError(_NAMELESS, where=where)
    channel: Channel = public or Closed(id=number)
    return Posted(
        where=where,
        channel=channel,
        item=f"{public or number}/{text_of(row, 'id')}",
        platform="telegram",
        posted_at=posted.at,
        author=_sender(row),
        kind="forward" if row.get("fwd_from") else "reply" if row.get("reply_to") else "post",
        views=whole(text_of(row, "views")),
        untrusted_text=text_of(row, "message"),
    )


def _sender(row: Object) -> Personal | None:
    """Return the account that posted; nothing where the channel itself did."""
    by = row.get("from_id")
    number = text_of(by, "user_id") if isinstance(by, dict) else text_of(row, "from_id")
    return _somebody(number)
