"""Stage rates of recruitment: people who are independent, and people who are alike around one channel."""

import numpy as np

from abate.measurement.recruitment import recruitment
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weeks import DAY
from bench.calibration.scenario import Replicate, Scenario

COVERS = ("measurement/recruitment.py", "numeric/confidence.py")
MONDAY = 20_000 * DAY


def stage_rate(
    draw: np.random.Generator, *, channels: int, rate: float = 0.08, alike: float = 0.0, people: float = 40.0
) -> Replicate:
    """The share of those who came back that followed an invite link, as of channels like these."""
    sizes = np.maximum(draw.poisson(people * draw.lognormal(0, 0.8, channels)), 2)
    spread = 1 / alike - 1 if alike else 0.0
    rates = draw.beta(rate * spread, (1 - rate) * spread, channels) if alike else np.full(channels, rate)
    channel = np.repeat(np.arange(channels), sizes)
    person = np.arange(len(channel))
    followed = draw.random(len(channel)) < rates[channel]
    # Everybody is seen on two items; some once more, on an invite.
    rows = [(person, channel, "post"), (person, channel, "reply"), (person[followed], channel[followed], "invite")]
    told = [(who, where, kind) for people_, places, kind in rows for who, where in zip(people_, places, strict=True)]
    table = Sightings(
        observed_at=MONDAY + np.arange(len(told), dtype=np.int64),
        platform=encode(["harbourline"] * len(told)),
        channel=encode(f"c{where}" for _, where, _ in told),
        kind=encode(kind for _, _, kind in told),
        item=encode(f"{where}-{kind}" for _, where, kind in told),
        audience=encode(f"p{who}" for who, _, _ in told),
    )
    answer = recruitment(table, suppress_below=1)
    stage = next(one for one in answer.stages if one.name == "invite_link")
    assert stage.rate is not None
    assert stage.interval is not None
    return Replicate(
        truth=rate,
        value=stage.rate,
        low=stage.interval[0],
        high=stage.interval[1],
        labelled=answer.footing.calibrated is not True,
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="recruitment-independent", covers=COVERS, replicate=lambda draw: stage_rate(draw, channels=60), exact=True
    ),
    Scenario(
        name="recruitment-alike",
        covers=COVERS,
        replicate=lambda draw: stage_rate(draw, channels=60, alike=0.03),
    ),
    Scenario(
        name="recruitment-very-alike",
        covers=COVERS,
        replicate=lambda draw: stage_rate(draw, channels=40, alike=0.1),
    ),
    Scenario(
        name="recruitment-few-channels",
        covers=COVERS,
        replicate=lambda draw: stage_rate(draw, channels=8, alike=0.05),
    ),
    Scenario(
        name="recruitment-rare",
        covers=COVERS,
        replicate=lambda draw: stage_rate(draw, channels=60, rate=0.01),
        exact=True,
    ),
)
