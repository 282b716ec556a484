"""Which table a file is, by its columns."""

import pytest

from abate.measurement.tables.recognise import nearest, recognise


@pytest.mark.parametrize(
    ("columns", "tables"),
    [
        ("observed_at platform channel", ("sightings",)),
        ("observed_at platform channel item label", ("sightings",)),
        ("channel checked_at result", ("checks",)),
        ("subject platform first_seen last_seen operator", ("lifetimes",)),
        ("date platform kind", ("interventions",)),
        ("date platform kind count", ("interventions",)),
        ("date country", ("incidents",)),
        ("date count", ("incidents",)),
        ("item label", ("labels",)),
        ("item stratum views", ("labels",)),
        ("date question share margin country", ("surveys",)),
        ("observed_at platform channel checked_at result", ("sightings", "checks")),
        ("date harbourline tidewater", ()),
        ("item price", ()),
        ("", ()),
    ],
)
def test_a_file_is_what_its_columns_say(columns, tables):
    assert recognise(columns.split()) == tables


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("channel checked_at", "closest are checks, which lack result; rename columns with --map THEIRS=OURS"),
        ("observed_at platform", "closest are sightings, which lack channel;"),
        ("item price", "closest are labels, which lack inclusion_probability or label or score or stratum;"),
        ("a b", "none of them is a column of any table"),
    ],
)
def test_a_file_that_is_nothing_hears_what_it_comes_closest_to(columns, said):
    assert nearest(columns.split()).startswith(said)
