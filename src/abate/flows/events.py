"""History events made from items: the columns that measurement counts by, and nothing that tells of a person."""

from datetime import datetime

from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item


def event_of(item: Item, step: Step, at: datetime, detail: str = "", group: str = "") -> HistoryEvent:
    """Make the history event of a step taken with an item."""
    return HistoryEvent(
        at=at,
        step=step,
        item=item.id,
        platform=item.platform,
        channel=item.channel,
        group=group,
        language=item.language,
        kind=item.kind.value,
        posted_at=item.posted_at,
        views=item.views,
        detail=detail,
    )
