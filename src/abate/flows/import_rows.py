"""One imported row to its table: pseudonyms in, names out. Nothing that a plug calls personal gets past this file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from abate.domain.errors import InputError
from abate.extend.table import (
    Audience,
    Channel,
    Closed,
    Ended,
    Enforced,
    Incident,
    PassedOver,
    Personal,
    Posted,
    TableRow,
)
from abate.flows.imported_tables import OUTCOMES
from abate.flows.pseudonyms import Pseudonyms
from abate.measurement.tables.enforcement import KIND, MARK

_CLOSED = "a closed room that --channels does not list"
_UNSEEN = "the end of something that was not seen to begin"
_NO_PLATFORM = "the file does not say which platform it is from; add --platform NAME"

Cells = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the file leaves open, and whoever imports says."""

    platform: str
    """For rows without one; empty when nobody said."""
    collected: datetime
    """When the export was made, for rows that do not say when they were observed."""
    collector: str
    """The format's name."""
    public: frozenset[str]
    """Channels that are no person's and may keep their names; closed rooms that may be counted."""


@dataclass(slots=True)
class _Life:
    first: datetime
    removed: datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class Lives:
    """When watched items and their channels were first seen and ended. One entry each is held until the end."""

    of: dict[tuple[str, str, str], _Life] = field(default_factory=dict)
    """(file, platform, pseudonym) → life."""
    until: datetime | None = None
    """The source's last event: silence until then means alive."""

    def seen(self, file: str, platform: str, subject: str, at: datetime) -> None:
        """Note that a subject was there."""
        self.until = max(at, self.until or at)
        life = self.of.setdefault((file, platform, subject), _Life(first=at))
        life.first = min(life.first, at)

    def ended(self, file: str, platform: str, subject: str, at: datetime, reason: str) -> bool:
        """Note that a subject is gone; return whether it was seen before."""
        self.until = max(at, self.until or at)
        life = self.of.get((file, platform, subject))
        if life is None:
            return False
        if life.removed is None:
            life.removed, life.reason = at, reason
        return True

    def rows(self) -> Iterator[tuple[str, Cells]]:
        """Yield the lifetimes."""
        for (file, platform, subject), life in self.of.items():
            cells = {"subject": subject, "platform": platform, "first_seen": life.first, "removed": life.removed}
            yield file, cells | {"last_seen": life.removed or self.until, "reason": life.reason or None}


class RowMaker:
    """Turns what importers yield into cells."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self.lives = Lives()

    def cells(self, row: TableRow, said: Said) -> tuple[str, Cells] | PassedOver | None:
        """Return the file and the cells of a row; why it is none; or nothing where it only ends a lifetime.

        :raises InputError: when nobody says which platform a row is from
        """
        if isinstance(row, Incident):
            return "incidents", {"date": row.date, "country": row.country, "kind": row.kind, "count": row.count}
        if isinstance(row, Enforced):
            return KIND, _enforced(row)
        platform = row.platform or said.platform
        if not platform:
            raise InputError(_NO_PLATFORM)
        if isinstance(row, Ended):
            return self._ended(row, platform, said)
        channel = self._channel(row.channel, platform, said)
        if channel is None:
            return PassedOver(reason=_CLOSED)
        base: dict[str, object] = {"platform": platform, "channel": channel, "collector": said.collector}
        base["observed_at"] = row.observed_at or said.collected
        if isinstance(row, Audience):
            reader = row.reader and self._pseudonyms.of(platform, row.reader)
            return "audience", base | {"audience": reader, "followers": row.followers}
        return "sightings", base | self._posted(row, platform, channel, said)

    def _posted(self, row: Posted, platform: str, channel: str, said: Said) -> dict[str, object]:
        observed = row.observed_at or said.collected
        item = self._pseudonyms.of(platform, row.item) if isinstance(row.item, Personal) else row.item
        if row.watched:
            self.lives.seen("channel_lifetimes", platform, channel, observed)
            self.lives.seen("item_lifetimes", platform, item, observed)
        about_account = row.author is not None or isinstance(row.channel, Personal)
        text = self._pseudonyms.fingerprint(platform, row.untrusted_text, of_account=about_account)
        return {
            "posted_at": row.posted_at,
            "language": row.language or None,
            "kind": row.kind,
            "item": item or None,
            "audience": row.author and self._pseudonyms.of(platform, row.author),
            "views": row.views,
            "views_at": None if row.views is None else observed,
            "signal": text or None,
        }

    def _channel(self, channel: Channel, platform: str, said: Said) -> str | None:
        if isinstance(channel, Personal):
            return self._account(channel, platform, said)
        if isinstance(channel, Closed):
            return channel.id if channel.id in said.public else None
        return channel

    def _ended(self, row: Ended, platform: str, said: Said) -> PassedOver | None:
        if row.subject.of_item:
            file, subject = "item_lifetimes", self._pseudonyms.of(platform, row.subject)
        else:
            file, subject = "channel_lifetimes", self._account(row.subject, platform, said)
        return None if self.lives.ended(file, platform, subject, row.at, row.reason) else PassedOver(reason=_UNSEEN)

    def _account(self, account: Personal, platform: str, said: Said) -> str:
        named = account.untrusted_id in said.public
        return account.untrusted_id if named else self._pseudonyms.of(platform, account)


def _enforced(row: Enforced) -> Cells:
    parts = (row.service, row.section, row.category, row.surface)
    cells: dict[str, object] = {
        "unit": " / ".join(filter(None, parts)),
        "time": row.start.date(),
        "kind": KIND,
        "service": row.service,
        "section": row.section,
        "category": row.category,
        "surface": row.surface or None,
    }
    return cells | {f"{MARK}{name}": getattr(row, name) for name in OUTCOMES}
