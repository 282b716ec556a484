"""``abate measure …`` as somebody scripts it who has the contract and nothing else: keys, codes, streams, odd files.

One invented region is written for the whole file, and every command of the contract is asked of it.
"""

import csv
import json
import re

import pyarrow.parquet as pq
import pytest

from abate.measurement.platform.region import region, write_region

COMMON = {"schema", "method", "level", "calibrated", "assumptions", "warnings"}
WEEKLY = {"rows", "nowcast", "breaks", "hidden", "seed"}
TREATED = ("--treated", "Harbourline", "--start", "2025-07-07")
EFFECT = {"effect", "interval", "relative", "relative_interval", "cumulative", "predicted", "placebo_coverage"}
EFFECT |= {"minimum_detectable", "p"}

ASKED = {
    "presence": (("--sightings", "sightings", "--checks", "checks", "--interventions", "interventions"), WEEKLY),
    "following": (("--sightings", "sightings"), WEEKLY),
    "reach": (("--sightings", "sightings", "--age", "7d"), WEEKLY),
    "survival": (
        ("--lifetimes", "lifetimes", "--by", "platform", "--cox", "language", "--given-alive-at", "1"),
        {"median", "curve", "given_alive_at", "groups", "log_rank", "cox", "log_likelihood"},
    ),
    "reappearance": (
        ("--lifetimes", "lifetimes", "--days", "30,90", "--operator-error-rate", "0.1"),
        {"incidence", "regained_audience", "identity_link_error"},
    ),
    "prevalence": (
        ("--labels", "labels", "--positive", "violating"),
        {"prevalence", "interval", "labelled", "strata", "classifier_only"},
    ),
    "displacement": (
        ("--sightings", "sightings", *TREATED),
        {"drop", "rise", "ratio", "interval", "net", "net_interval", "unobserved"},
    ),
    "overlap": (("--sightings", "sightings", "--by", "language"), {"matrix", "interval"}),
    "recruitment": (("--sightings", "sightings"), {"stages", "sight_ends"}),
    "stance": (
        ("--labels", "replies", "--positive", "supportive", "--start", "2025-07-07", "--surveys", "surveys"),
        {"before", "after", "change", "within", "composition"},
    ),
    "change": (("--series", "series", "--outcome", "Harbourline", "--time", "week"), {"points", "false_alarm"}),
    "effect": (
        (
            "--series",
            "series",
            "--outcome",
            "Harbourline",
            "--time",
            "week",
            "--start",
            "2025-07-07",
            "--method",
            "its",
        ),
        EFFECT | {"step", "slope"},
    ),
    "synthetic": (
        ("--series", "long", "--unit", "unit", "--time", "time", "--outcome", "outcome", *TREATED, "--method", "sdid"),
        {"effect", "interval", "weights", "pre_rmse", "gaps", "placebo"},
    ),
    "threat": (
        ("--sightings", "sightings", "--incidents", "incidents"),
        {"association", "lag", "coefficient", "interval", "p", "sentence"},
    ),
    "quality": ((), set()),
}
"""Command → its flags, with tables by their name; and the keys that the contract names beyond the common ones."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Name → file: the region's tables, and its series in the long form of a panel."""
    out = tmp_path_factory.mktemp("region")
    write_region(region(1, scale=0.4), out)
    weeks = pq.read_table(out / "series.parquet").to_pylist()
    with (out / "long.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("unit", "time", "outcome"))
        rows.writerows((name, row["week"], row[name]) for row in weeks for name in row if name != "week")
    return {path.stem: path for path in out.iterdir() if path.suffix != ".json"}


@pytest.fixture
def measure(abate, tables):
    """Ask ``abate measure …`` with tables by their name."""

    def ask(*arguments):
        return abate.run("measure", *(tables.get(one, one) for one in arguments))

    return ask


@pytest.fixture
def write(tmp_path):
    def put(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def strict(text):
    """Read JSON as a strict reader does: NaN and Infinity are no numbers."""

    def refuse(sign):
        raise AssertionError(sign)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("name", ASKED)
def test_every_command_prints_every_key_of_the_contract_and_nothing_else_on_stdout(measure, name):
    flags, keys = ASKED[name]
    said = measure(name, *flags, "--json", "--seed", "0")
    assert said.code == 0, said.err
    assert said.err == ""
    told = strict(said.out)
    assert told.keys() >= COMMON | keys
    assert told["schema"] == 1
    assert told["level"] == 0.95
    assert told["calibrated"] in {True, False, None}
    assert told["assumptions"]
    assert all(one.keys() == {"code", "text"} for one in told["warnings"])
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one["code"]) for one in told["warnings"])


@pytest.mark.parametrize("name", ASKED)
def test_no_output_names_a_reader_a_channel_or_an_operator(measure, tables, name):
    named = {("sightings", "audience"), ("sightings", "channel"), ("lifetimes", "operator"), ("replies", "channel")}
    secret = {
        value
        for table, column in named
        for value in pq.read_table(tables[table], columns=[column])[column].unique().to_pylist()
        if value
    }
    said = measure(name, *ASKED[name][0], "--json")
    words = set(re.findall(r"[\w-]+", said.out))
    assert not words & secret


@pytest.mark.parametrize("name", ["presence", "threat", "recruitment", "stance", "displacement", "overlap"])
def test_what_a_reader_sees_claims_no_cause(measure, name):
    said = measure(name, *ASKED[name][0])
    assert said.code == 0
    claimed = re.compile(r"\b(?<!not shown to be )(caused|because of|led to|thanks to|due to|drove)\b")
    assert not claimed.search(said.out), claimed.search(said.out)


def test_a_sentence_on_an_intervention_names_the_platform_that_was_counted(measure):
    flags, _ = ASKED["presence"]
    (found,) = measure("presence", *flags, "--json").json["breaks"]
    assert found["platform"] == "Harbourline"
    assert found["sentence"].startswith("presence on Harbourline in the weeks after was")


@pytest.mark.parametrize("name", ["survival", "recruitment"])
def test_the_common_seed_is_taken_where_nothing_is_random(measure, name):
    flags, _ = ASKED[name]
    assert measure(name, *flags, "--seed", "3", "--json").json == measure(name, *flags, "--json").json


@pytest.mark.parametrize(
    "flags",
    [
        ("displacement", "--series", "series", *TREATED),
        ("threat", "--series", "series", "--outcome", "Tidewater", "--exposure", "Harbourline"),
    ],
)
def test_a_snapshot_leaves_the_later_rows_of_a_series_out(measure, tables, write, flags):
    weeks = pq.read_table(tables["series"]).to_pylist()
    known = [row for row in weeks if row["week"] <= "2025-11-24"]
    lines = [",".join(known[0]), *(",".join(map(str, row.values())) for row in known)]
    cut = write("cut.csv", "\n".join(lines))
    until = measure(*flags, "--time", "week", "--until", "2025-11-30", "--json").json
    by_hand = measure(*(cut if one == "series" else one for one in flags), "--time", "week", "--json").json
    assert until == by_hand
    refused = measure(*flags, "--until", "2025-11-30")
    assert refused.code == 2
    assert "--until needs dates" in refused.err


def test_a_named_platform_that_nobody_saw_is_unobserved_and_one_left_out_is_named(measure):
    flags = ("displacement", "--sightings", "sightings", *TREATED, "--others", "Tidewater,Driftnet", "--json")
    told = measure(*flags).json
    assert list(told["rise"]) == ["Tidewater"]
    assert told["unobserved"] == ["Driftnet"]
    texts = " ".join(one["text"] for one in told["warnings"] if one["code"] == "unobserved-platforms")
    assert "known and not seen: Driftnet" in texts
    assert "not in the net: Saltmarsh" in texts
    refused = measure(*flags[:-2], "Driftnet", "--json")
    assert refused.code == 2
    assert "--others Driftnet: there is no such platform" in refused.err


def test_an_association_is_told_in_the_periods_of_its_table(measure):
    from_tables = measure("threat", *ASKED["threat"][0], "--lags", "0").out
    assert "for each further active channel" in from_tables
    assert "in the same week" in from_tables
    columns = ("--series", "series", "--outcome", "Tidewater", "--exposure", "Harbourline")
    assert "for each further unit of Harbourline" in measure("threat", *columns, "--lags", "1").out
    assert "one period later" in measure("threat", *columns, "--lags", "1").out
    assert "2 periods later" in measure("threat", *columns, "--lags", "2").out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--by", "operator"), "nothing is told of one operator alone"),
        (("--cox", "language,operator"), "nothing is told of one operator alone"),
        (("--by", "subject"), "no such column to divide by"),
        (("--by", "address"), "each curve would be of one channel"),
    ],
)
def test_lives_are_not_divided_down_to_one_channel_or_one_operator(measure, write, flags, words):
    head = "subject,platform,first_seen,last_seen,operator,language,address"
    rows = [f"s{n},quayside,2025-01-01,2025-03-0{n},o{n % 2},en,a{n}" for n in range(1, 7)]
    said = measure("survival", "--lifetimes", write("lives.csv", "\n".join([head, *rows])), *flags)
    assert said.code == 2
    assert words in said.err


ROWS = (
    ("observed_at", "platform", "channel"),
    ("2025-03-03T09:00Z", "quayside", "Straße 🏮"),
    ("2025-03-04T09:00Z", "quayside", "b"),
    ("2025-03-18T09:00Z", "quayside", "b"),
)


def lines(rows=ROWS, sign=",", end="\n"):
    return "".join(sign.join(row) + end for row in rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.csv", lines()),
        ("s.csv", lines(sign=";")),
        ("s.tsv", lines(sign="\t")),
        ("s.csv", lines(end="\r\n")),
        ("s.csv", b"\xef\xbb\xbf" + lines().encode()),
        ("s.csv", lines([*ROWS, *ROWS[1:]])),
        ("s.csv", lines([*ROWS, ("soon", "quayside", "c")])),
        ("s.csv", lines([*ROWS, ("2025-03-05", "quayside")])),
        ("s.csv", lines([*ROWS, ("2998-03-05", "quayside", "c")])),
        ("s.csv", lines([(*ROWS[0], "views"), *((*row, "") for row in ROWS[1:])])),
        ("s.jsonl", "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[1:])),
    ],
    ids=[
        "comma",
        "semicolon",
        "tab",
        "crlf",
        "bom",
        "doubled",
        "no-time",
        "short",
        "far-future",
        "empty-column",
        "json-lines",
    ],
)
def test_the_same_rows_count_the_same_in_every_guise_and_with_a_bad_row_beside_them(measure, write, name, content):
    told = measure("presence", "--sightings", write(name, content), "--json").json
    assert [(row["week"], row["value"]) for row in told["rows"]] == [
        ("2025-03-03", 2),
        ("2025-03-10", 0),
        ("2025-03-17", 1),
    ]


def test_a_folder_of_parts_counts_as_the_whole(measure, tables, tmp_path):
    whole = pq.read_table(tables["sightings"])
    for part in range(2):
        pq.write_table(whole.slice(part * (len(whole) // 2), len(whole) // 2 + part), tmp_path / f"{part}.parquet")
    flags = ("--by", "platform", "--json")
    of_parts = measure("presence", "--sightings", tmp_path, *flags).json
    assert of_parts["rows"] == measure("presence", "--sightings", "sightings", *flags).json["rows"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("s.csv", "", "the file is empty"),
        ("s.csv", lines(ROWS[:1]), "no row can be used"),
        ("s.csv", b"\x00\x01\x02" * 99, "NUL byte"),
        ("s.parquet", b"PAR1" * 99, "not readable as Parquet"),
        ("s.csv", lines([("seen", "platform", "channel"), *ROWS[1:]]), "add --map THEIRS=observed_at"),
    ],
    ids=["empty", "header-only", "binary", "no-parquet", "wrong-name"],
)
def test_a_file_that_cannot_be_used_gets_one_sentence_and_two(measure, write, name, content, words):
    said = measure("presence", "--sightings", write(name, content), "--json")
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_folder_without_parts_and_a_missing_panel_say_so(measure, tmp_path):
    (tmp_path / "nothing").mkdir()
    assert "holds no Parquet file" in measure("presence", "--sightings", tmp_path / "nothing").err
    said = measure("presence", "--sightings", "sightings", "--panel", tmp_path / "absent.txt")
    assert "cannot be read (No such file or directory)" in said.err


def test_views_that_are_no_whole_numbers_are_named_and_not_called_missing(measure, write):
    rows = [(*ROWS[0], "item", "posted_at", "views"), (*ROWS[1], "i", ROWS[1][0], "-5")]
    said = measure("reach", "--sightings", write("v.csv", lines(rows)))
    assert said.code == 2
    assert "no views that can be used" in said.err
    assert "v.csv:2: views: '-5'" in said.err


def test_a_map_for_several_files_reaches_each_and_a_slip_in_it_is_refused(measure, write):
    seen = write("s.csv", lines())
    checked = write("c.csv", "who,checked_at,result\nb,2025-03-04,alive\nb,2025-03-18,alive\n")
    told = measure("presence", "--sightings", seen, "--checks", checked, "--map", "who=channel", "--json").json
    assert [row["value"] for row in told["rows"]] == [2, None, 1]
    assert "1 week without a check is missing" in str(told["warnings"])
    said = measure("presence", "--sightings", seen, "--checks", checked, "--map", "who=channel", "--map", "hwo=kind")
    assert said.code == 2
    assert "no file has a column 'hwo'" in said.err


def test_a_lag_longer_than_the_table_is_refused_by_its_name(measure):
    columns = ("--series", "series", "--outcome", "Tidewater", "--exposure", "Harbourline")
    said = measure("threat", *columns, "--lags", "1,100")
    assert said.code == 2
    assert "a lag of 100 periods is longer than the 52 periods given" in said.err


def test_the_printed_weeks_have_no_column_that_is_empty(measure, write):
    plain = measure("presence", "--sightings", write("s.csv", lines())).out
    assert re.search(r"^week +value +$", plain, re.MULTILINE)
    divided = measure("presence", "--sightings", write("s.csv", lines()), "--by", "platform").out
    assert re.search(r"^week +of +value +$", divided, re.MULTILINE)


@pytest.mark.parametrize("name", ["effect", "synthetic"])
def test_interventions_beside_a_series_are_mapped_too(measure, write, name):
    done = write("done.csv", "when,platform,kind\n2025-09-10,Saltmarsh,takedown\n")
    said = measure(name, *ASKED[name][0], "--interventions", done, "--map", "when=date", "--json")
    assert said.code == 0, said.err
    assert "takedown" in str(said.json["warnings"])


def test_a_survey_row_that_cannot_be_read_is_counted(measure, write):
    asked = write("asked.csv", "date,question,share,margin\n2025-02-01,q,0.5,0.02\n2025-03-01,q,1.5,0.02\n")
    flags = ("--labels", "replies", "--positive", "supportive", "--start", "2025-07-07", "--surveys", asked, "--json")
    told = measure("stance", *flags).json
    assert len(told["surveys"]) == 1
    assert "1 of 2 rows was left out" in str(told["warnings"])


def test_a_week_in_which_no_follower_count_was_read_is_unknown_and_not_nobody(measure, write):
    rows = "observed_at,platform,channel,followers\n2025-03-03,h,a,100\n2025-03-03,h,b,50\n2025-03-10,h,a,-3\n"
    told = measure("following", "--sightings", write("f.csv", rows + "2025-03-24,h,a,0\n"), "--json").json
    assert [(row["sum"], row.get("range"), row.get("missing")) for row in told["rows"]] == [
        (150, [100, 150], None),
        (None, None, "no-followers"),
        (None, None, "no-followers"),
        (0, [0, 0], None),
    ]


def test_wrong_links_between_channels_widen_what_a_reader_sees(measure):
    flags = ("--lifetimes", "lifetimes", "--days", "90")
    stated = measure("reappearance", *flags, "--operator-error-rate", "0.1")
    low, high = (
        round(100 * end)
        for end in measure("reappearance", *flags, "--operator-error-rate", "0.1", "--json").json["incidence"][0][
            "sensitivity"
        ]
    )
    assert (
        f"with 10 % of the links wrong, and as many missed, it could be anything from {low} to {high} %" in stated.out
    )
    taken = measure("reappearance", *flags)
    assert "taken as right" in taken.err
    assert "links wrong" not in taken.out


@pytest.mark.parametrize(("day", "which"), [("2098-03-05", "last"), ("1999-03-05", "first")])
def test_a_mistyped_year_is_doubted_and_a_long_watch_is_not(measure, write, day, which):
    astray = write("s.csv", lines([*ROWS, (day, "quayside", "c")]))
    (doubt,) = [
        one["text"]
        for one in measure("presence", "--sightings", astray, "--json").json["warnings"]
        if one["code"] == "far-apart"
    ]
    assert doubt.startswith(f"the {which} sightings")
    assert "is that date right?" in doubt
    years = [(f"{year}-03-05", "quayside", "c") for year in range(2019, 2026)]
    steady = measure("presence", "--sightings", write("t.csv", lines([ROWS[0], *years])), "--json").json
    assert "far-apart" not in {one["code"] for one in steady["warnings"]}
    alone = measure("presence", "--sightings", write("u.csv", lines(ROWS[:2])), "--until", "2031-01-01", "--json").json
    assert "far-apart" not in {one["code"] for one in alone["warnings"]}


def test_check_knows_every_table_of_the_region_and_refuses_files_that_are_none(measure, tables, write):
    told = measure("check", *tables.values(), "--json").json
    assert set(told["claims"]) == set("abcdefg")
    assert all(one.keys() >= {"can", "why", "collect"} for one in told["claims"].values())
    assert {one["table"] for one in told["files"]} >= {"sightings", "checks", "lifetimes", "labels", "series"}
    assert measure("check", write("none.csv", b"\x00")).code == 2


def test_a_policy_that_hardly_acts_is_not_told_from_none_by_three_runs(abate):
    flags = ("--size", "1000", "--events", "2000", "--split", "0.05", "--seeds", "3", "--policy", "random")
    told = abate.run("simulate", "ecology", *flags, "--effort", "0.5", "--json").json
    assert told.keys() >= {"exponent", "sizes", "giant_share", "policies"}
    (low, high) = told["policies"]["random"]["ratio"]["interval"]
    assert high < 1, "chance alone makes the interval leave one out here"
    assert low > 0
    assert told["policies"]["random"]["distinguishable"] is False
    assert "not distinguishable from doing nothing with 3 seeds" in told["policies"]["random"]["sentence"]
