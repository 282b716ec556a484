"""``abate measure check``: every file is recognised or named, and no bad one stops the others."""

import pytest

SIGHTINGS = "observed_at,platform,channel\n" + "".join(
    f"2025-{month:02}-{day:02},harbourline,ch{day}\n" for month in range(1, 7) for day in (1, 8, 15, 22)
)


@pytest.fixture
def files(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def test_each_claim_hears_what_it_can_rest_on(abate, files):
    answer = abate.run("measure", "check", files("s.csv", SIGHTINGS), "--json")
    assert (answer.code, answer.err) == (0, "")
    assert list(answer.json["claims"]) == list("abcdefg")
    assert answer.json["claims"]["a"]["can"] is True
    assert answer.json["claims"]["b"]["can"] is False
    assert "no interventions were given" in answer.json["claims"]["b"]["why"]
    assert answer.json["claims"]["b"]["collect"]
    assert [(one["table"], one["rows"], one["skipped"]) for one in answer.json["files"]] == [("sightings", 24, 0)]


def test_a_file_nobody_knows_is_one_sentence_and_the_others_go_on(abate, files):
    answer = abate.run(
        "measure", "check", files("s.csv", SIGHTINGS), files("n.csv", "a;b\nx;y\n"), "absent.csv", "--json"
    )
    assert answer.code == 0
    told = {one["file"].rsplit("/", 1)[-1]: one for one in answer.json["files"]}
    assert told["n.csv"]["table"] is None
    assert "is no table that is known, nor a series" in told["n.csv"]["problems"][0]["text"]
    assert "there is no such file" in told["absent.csv"]["problems"][0]["text"]
    assert answer.json["claims"]["a"]["can"] is True


def test_where_no_file_is_usable_all_are_named_and_the_answer_is_two(abate, files):
    answer = abate.run("measure", "check", files("n.csv", "a;b\nx;y\n"), files("e.csv", ""))
    assert (answer.code, answer.out) == (2, "")
    assert "n.csv: is no table that is known" in answer.err
    assert "e.csv: the file is empty" in answer.err


def test_a_known_table_without_a_usable_row_is_named_as_such(abate, files):
    bad = files("s.csv", "observed_at,platform,channel\nsoon,p,a\n")
    checks = files("c.csv", "channel,checked_at,result\na,2025-03-03,alive\n")
    answer = abate.run("measure", "check", bad, checks, "--json")
    assert [one["table"] for one in answer.json["files"]] == ["sightings", "checks"]
    assert "no row can be used as sightings" in answer.json["files"][0]["problems"][0]["text"]
    assert answer.json["claims"]["a"]["can"] is False


def test_a_map_serves_whichever_file_has_the_column(abate, files):
    mine = files("s.csv", SIGHTINGS.replace("observed_at", "seen"))
    events = files("i.csv", "day,platform,kind\n2025-04-01,harbourline,takedown\n")
    renamed = ["--map", "seen=observed_at", "--map", "day=date"]
    answer = abate.run("measure", "check", mine, events, *renamed, "--json")
    assert [one["table"] for one in answer.json["files"]] == ["sightings", "interventions"]
    assert answer.json["claims"]["b"]["can"] is True
    lost = abate.run("measure", "check", mine, events, *renamed, "--map", "whenever=posted_at")
    assert (lost.code, "no file has a column 'whenever'" in lost.err) == (2, True)
    twice = abate.run("measure", "check", mine, "--map", "seen=observed_at", "--map", "platform=observed_at")
    assert (twice.code, "map one of them" in twice.err) == (2, True)
    again = abate.run("measure", "check", mine, "--map", "seen=observed_at", "--map", "seen=posted_at")
    assert (again.code, "is to be 'observed_at' already" in again.err) == (2, True)


def test_bad_rows_are_listed_and_the_rest_is_counted(abate, files):
    broken = SIGHTINGS + "soon,p,a\n" * 7
    answer = abate.run("measure", "check", files("s.csv", broken))
    assert answer.code == 0
    assert "presence of 4 channels by platform (1) over 25 weeks" in " ".join(answer.out.split())
    assert "s.csv:26: observed_at: 'soon' is not a time" in answer.err
    assert "2 further problems are listed in --json" in answer.err
    told = abate.run("measure", "check", files("s.csv", broken), "--json").json
    assert (told["files"][0]["rows"], told["files"][0]["skipped"], len(told["files"][0]["problems"])) == (31, 7, 7)
    assert told["warnings"][0]["code"] == "rows-skipped"


def test_a_file_named_twice_is_counted_once(abate, files):
    mine = files("s.csv", SIGHTINGS)
    assert len(abate.run("measure", "check", mine, mine, "--json").json["files"]) == 1


def test_what_a_file_is_called_cannot_steer_the_terminal(abate, files):
    answer = abate.run("measure", "check", files("s\x1b[31m.csv", SIGHTINGS))
    assert "\x1b" not in answer.out
    assert answer.code == 0


@pytest.mark.needs_data("measure_series")
def test_the_classic_series_are_series_and_transparency_counts_are_not(abate, data):
    folder = data / "measure_series"
    answer = abate.run("measure", "check", *sorted(folder.glob("*.csv")), "--json")
    assert [one["table"] for one in answer.json["files"]] == ["series", "series", None]
    assert answer.json["claims"]["b"]["can"] is True
    assert answer.json["claims"]["c"]["can"] is False


def test_the_invented_platform_supports_every_claim(abate, tmp_path):
    assert abate.run("simulate", "platform", "--seed", "3", "--out", tmp_path / "year").code == 0
    tables = sorted((tmp_path / "year").glob("*.parquet"))
    answer = abate.run("measure", "check", *tables, "--json").json
    assert {one["table"] for one in answer["files"]} >= {"sightings", "lifetimes", "labels", "surveys", "series"}
    assert all(not one["problems"] for one in answer["files"])
    assert [letter for letter, one in answer["claims"].items() if not one["can"]] == []
