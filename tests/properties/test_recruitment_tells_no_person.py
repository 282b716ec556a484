"""Whatever the sightings, no pseudonym, no channel and no small number of people comes out."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.recruitment import recruitment
from abate.measurement.tables.columns import Problem, Reading, Sightings, encode
from abate.measurement.weeks import DAY
from examples import WHOLE_ANSWERS

PEOPLE = [f"zz-reader-{place:03d}" for place in range(60)]
rows = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["post", "reply", "invite", "contact", ""]),
        st.sampled_from(["a", "b", "c", ""]),
        st.integers(0, 40),
        st.sampled_from(["zz-channel-1", "zz-channel-2", "zz-channel-3"]),
        st.sampled_from(["harbourline", "quayside"]),
    ),
    min_size=1,
    max_size=300,
)


def table(seen):
    reader, kind, item, day, channel, platform = zip(*seen, strict=True)
    slipped = Problem(where="readers.csv:9", text=f"{PEOPLE[0]!r} is no time; write it as 2025-03-03")
    return Sightings(
        observed_at=20_000 * DAY + np.array(day, dtype=np.int64) * DAY,
        platform=encode(platform),
        channel=encode(channel),
        kind=encode(kind),
        item=encode(item),
        audience=encode(reader),
        reading=Reading(file="readers.csv", rows=len(seen) + 1, skipped=1, problems=(slipped,)),
    )


@WHOLE_ANSWERS
@given(seen=rows)
def test_no_pseudonym_and_no_channel_comes_out(seen):
    answer = recruitment(table(seen))
    told = json.dumps(answer.to_json(), allow_nan=False) + " ".join(answer.sentences)
    assert "zz-" not in told


@WHOLE_ANSWERS
@given(seen=rows, least=st.integers(0, 15))
def test_counts_are_distinct_people_and_small_ones_are_hidden(seen, least):
    answer = recruitment(table(seen), suppress_below=least)
    people = {(platform, reader) for reader, *_, platform in seen}
    invited = {(row[5], row[0]) for row in seen if row[1] == "invite"}
    by_name = {stage.name: stage for stage in answer.stages}
    for name, there in (("exposure", people), ("invite_link", invited)):
        stage = by_name[name]
        if not there:
            assert not stage.seen
        else:
            assert stage.count == (None if len(there) < least else len(there))
    for stage in answer.stages:
        assert stage.count is None or stage.count >= least
        if stage.rate is not None:
            assert stage.from_previous >= least
            assert 0 <= stage.interval[0] <= stage.rate <= stage.interval[1] <= 1
            assert stage.design_effect >= 1
