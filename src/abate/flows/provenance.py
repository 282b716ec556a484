"""A match as JSON-able values: what met, how near, and all that is known of the entry. One shape for every door."""

from abate.domain.bank import Match
from abate.domain.located import Located
from abate.domain.opinion import Opinion

Json = dict[str, object]


def match_json(match: Match) -> Json:
    """Return a match. The first five keys are those that others script against; the rest say where it comes from."""
    return {
        "bank": match.bank,
        "entry": match.entry,
        "signal_type": match.signal_type,
        "distance": match.distance,
        "source": list(match.sources),
        "exact": match.distance == 0,
        "group": match.group,
        "label": match.label,
        "ref": match.ref,
        "origin": match.origin,
        "added_at": match.added_at.isoformat() if match.added_at else None,
        "added_by": match.added_by,
        "stance": match.stance.value,
        "state": match.state.value,
        "opinions": [opinion_json(one) for one in match.opinions],
        "ceiling": match.ceiling.value,
        "most": match.most.value,
        "held_back": match.held_back,
        "spans": [[span.start, span.end] for span in match.spans],
        "located": located_json(match.located) if match.located else None,
    }


def located_json(located: Located) -> Json:
    """Return where a video and an entry hold the same: spans in seconds, and percent of the frames of either."""
    return {
        "item": [located.item_from_s, located.item_to_s],
        "entry": [located.entry_from_s, located.entry_to_s],
        "item_percent": located.item_percent,
        "entry_percent": located.entry_percent,
        "frames": located.frames,
    }


def opinion_json(one: Opinion) -> Json:
    """Return what a source says of an entry, without who wrote it down."""
    return {"source": one.source, "opinion": one.word.value, "at": one.at.isoformat(), "reason": one.reason}
