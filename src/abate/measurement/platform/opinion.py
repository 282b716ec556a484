"""What is labelled, said and suffered in the invented region: a labelled sample, replies, surveys, incidents.

Each with its truth: the share of violating views, supportive replies before and after the takedown with what is due to
channels that left, and incidents whose rate follows the group's presence two weeks earlier by a known coefficient. The
world was made so; that is the only reason why the coefficient may be read as more than an association.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abate.measurement.footing import Json
from abate.measurement.platform.lives import TAKEDOWN_DAY, WEEKS, YEAR, Year
from abate.measurement.platform.seeing import Row

ITEMS, LABELLED = 20_000, 1_500
VIOLATING = 0.012
SENSITIVITY, FALSE_ALARM = 0.85, 0.02
"""Of the invented classifier behind the scores."""
SUPPORT_BEFORE, SUPPORT_AFTER = 0.42, 0.36
"""Share of supportive replies in channels that stay."""
SUPPORT_OF_LEAVERS = 0.62
INCIDENT_BASE, INCIDENT_SLOPE, INCIDENT_LAG = -0.4, 0.03, 2
"""Log rate a week, its change a channel, and the lag in weeks."""
_LABEL_STREAM, _REPLY_STREAM, _SURVEY_STREAM, _INCIDENT_STREAM = 16, 17, 18, 19
_REPLY_CHANNELS, _REPLIES_EACH = 40, 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Rows of a table with what is true of them."""

    rows: tuple[Row, ...]
    truth: Json


def labels(year: Year) -> Told:
    """Sample items by score, and label the sample; a reviewer here makes no mistake."""
    draw = year.stream(_LABEL_STREAM)
    size, wanted = year.scaled(ITEMS), year.scaled(LABELLED)
    violating = draw.uniform(size=size) < VIOLATING
    seen = np.round(draw.lognormal(3.5, 1.2, size)).astype(np.int64) + 1
    flagged = draw.uniform(size=size) < np.where(violating, SENSITIVITY, FALSE_ALARM)
    score = np.round(np.where(flagged, draw.beta(8, 2, size), draw.beta(1, 12, size)), 4)
    chance = np.where(flagged, min(wanted / 2 / max(flagged.sum(), 1), 1), min(wanted / 2 / (~flagged).sum(), 1))
    drawn = draw.uniform(size=size) < chance
    rows: tuple[Row, ...] = tuple(
        {
            "item": f"item-{number + 1:06d}",
            "stratum": "flagged" if flagged[number] else "quiet",
            "views": int(seen[number]),
            "inclusion_probability": float(chance[number]),
            "label": ("violating" if violating[number] else "fine") if drawn[number] else "",
            "score": float(score[number]),
        }
        for number in range(size)
    )
    by_views = float(seen[violating].sum() / seen.sum())
    return Told(
        rows=rows, truth={"by_views": by_views, "by_items": float(violating.mean()), "labelled": int(drawn.sum())}
    )


def replies(year: Year) -> Told:
    """Let channels be replied to: a third of them is gone after the takedown, and the rest softens a little."""
    draw = year.stream(_REPLY_STREAM)
    rows: list[Row] = []
    leavers = _REPLY_CHANNELS // 3
    for place in range(_REPLY_CHANNELS):
        leaves = place < leavers
        for number in range(_REPLIES_EACH):
            day = float(draw.uniform(0, TAKEDOWN_DAY if leaves else YEAR))
            before = day < TAKEDOWN_DAY
            share = SUPPORT_OF_LEAVERS if leaves else SUPPORT_BEFORE if before else SUPPORT_AFTER
            supportive = draw.uniform() < share
            rest = "opposed" if draw.uniform() < 0.6 else "neutral"  # noqa: PLR2004 - as invented as the rest
            rows.append(
                {
                    "item": f"reply-{place:03d}-{number:04d}",
                    "channel": f"talk-{place + 1:03d}",
                    "posted_at": year.moment(day),
                    "label": "supportive" if supportive else rest,
                    "score": float(np.round(draw.beta(6, 3) if supportive else draw.beta(3, 6), 4)),
                }
            )
    within = SUPPORT_AFTER - SUPPORT_BEFORE
    return Told(rows=tuple(rows), truth={"within": within, "leavers_support": SUPPORT_OF_LEAVERS})


def surveys(year: Year) -> Told:
    """Ask a thousand people each quarter whether they reject the group; slowly more of them do."""
    draw = year.stream(_SURVEY_STREAM)
    rows = []
    shares = [0.81, 0.82, 0.84, 0.85]
    for quarter, share in enumerate(shares):
        found = float(draw.binomial(1000, share)) / 1000
        margin = float(np.round(1.96 * np.sqrt(found * (1 - found) / 1000), 4))
        rows.append(
            {
                "date": year.moment(quarter * 91 + 30),
                "question": "Do you reject what the Order of the Grey Lantern does?",
                "share": found,
                "margin": margin,
                "n": 1000,
                "source": "Harbour Institute (invented)",
            }
        )
    return Told(rows=tuple(rows), truth={"shares": shares})


def incidents(year: Year, presence: Sequence[int]) -> Told:
    """Let incidents happen at a rate that follows the presence of two weeks earlier.

    :param presence: the group's active channels on all platforms, each week
    """
    draw = year.stream(_INCIDENT_STREAM)
    per_channel = INCIDENT_SLOPE / year.scale
    rows: list[Row] = []
    for week in range(WEEKS):
        online = presence[max(week - INCIDENT_LAG, 0)]
        happened = int(draw.poisson(np.exp(INCIDENT_BASE + per_channel * online)))
        rows.extend(
            {"date": year.moment(week * 7 + float(day)), "country": "Harbourland", "kind": "vandalism", "count": 1}
            for day in np.sort(draw.uniform(0, 7, happened))
        )
    truth: Json = {"coefficient": per_channel, "lag_weeks": INCIDENT_LAG, "count": len(rows)}
    return Told(rows=tuple(rows), truth=truth)
