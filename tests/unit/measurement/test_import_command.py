"""``abate measure import``: from the exports of other tools to tables, with nobody's name in any byte written."""

import json
import os
import stat
from datetime import UTC, datetime

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError, StoreError
from abate.extend.table import Posted
from abate.flows import import_tables, imported_tables
from abate.flows.import_tables import Order

SECONDS = int(datetime(2025, 3, 3, 9, tzinfo=UTC).timestamp())
DAY = 86_400
TEXT = "the lantern is lit at noon on the old pier"
FOURCAT = "id,thread_id,chat,author,body,timestamp,unix_timestamp\n"
NAMES = ("Xqann", "Xqbob", "xqhost", "xqsecret")


@pytest.fixture
def files(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


@pytest.fixture
def run(abate, tmp_path):
    def imported(*arguments, study="lantern-2025", out="tables"):
        return abate.run("measure", "import", *arguments, "--study", study, "--out", tmp_path / out, "--json")

    return imported


def rows(tmp_path, table, out="tables"):
    return pq.read_table(tmp_path / out / f"{table}.parquet").to_pylist()


def fourcat(*rows, days=1):
    return FOURCAT + "".join(
        f"{place},{channel},{channel},{who},{text},,{SECONDS + place * days * DAY}\n"
        for place, (channel, who, text) in enumerate(rows)
    )


def event(collection, account, day=0, operation="create", rkey="1", **record):
    commit = {"operation": operation, "collection": collection, "rkey": rkey, "record": record}
    return {"did": account, "time_us": (SECONDS + day * DAY) * 1_000_000, "kind": "commit", "commit": commit}


def stream(*events):
    return "".join(json.dumps(one) + "\n" for one in events)


POST, FOLLOW = "app.bsky.feed.post", "app.bsky.graph.follow"


def test_an_export_becomes_tables_that_presence_reads(abate, run, files, tmp_path):
    export = files(
        "e.csv",
        fourcat(("lantern-1", "Xqann", TEXT), ("lantern-2", "Xqbob", TEXT), ("lantern-1", "Xqbob", ""), days=21),
    )
    answer = run(export, "--platform", "Harbourline", "--collected", "2025-05-01")
    assert (answer.code, answer.err) == (0, "")
    assert [(one["file"], one["table"], one["rows"]) for one in answer.json["tables"]] == [
        ("sightings.parquet", "sightings", 3)
    ]
    assert answer.json == json.loads((tmp_path / "tables" / "manifest.json").read_text("utf-8"))
    measured = abate.run("measure", "presence", "--sightings", tmp_path / "tables" / "sightings.parquet", "--json")
    assert [(row["week"], row["value"]) for row in measured.json["rows"]] == [
        ("2025-03-03", 1),
        ("2025-03-10", 0),
        ("2025-03-17", 0),
        ("2025-03-24", 1),
        ("2025-03-31", 0),
        ("2025-04-07", 0),
        ("2025-04-14", 1),
    ]
    assert "retrospective-capture" in {one["code"] for one in measured.json["warnings"]}
    found = rows(tmp_path, "sightings")
    assert {row["platform"] for row in found} == {"harbourline"}
    assert len({row["audience"] for row in found}) == 2
    assert found[0]["signal"] == found[1]["signal"] is not None
    assert found[2]["signal"] is None


def test_no_name_text_or_handle_is_in_any_byte_that_is_written_or_printed(abate, files, tmp_path):
    public = {"to": "as:Public", "published": "2025-03-03T09:00:00Z"}
    exports = [
        files("e.csv", fourcat(("lantern", "Xqann", "xqsecret " + TEXT)) + "broken,Xqbob xqsecret\n"),
        files("e.ndjson", stream({"_chat": {"id": 7, "title": "Xqann"}, "date": 1, "message": "xqsecret"})),
        files(
            "result.json",
            {
                "name": "Xqann",
                "type": "public_supergroup",
                "id": 5,
                "messages": [
                    {
                        "id": 1,
                        "date_unixtime": "1741000000",
                        "from": "Xqann",
                        "from_id": "userXqbob",
                        "text": "xqsecret",
                    },
                    "xqsecret",
                    {"id": 2, "type": "service", "actor": "Xqann", "date_unixtime": "1741000000"},
                    {"id": 3, "date_unixtime": "xqsecret"},
                ],
            },
        ),
        files(
            "outbox.jsonl",
            stream(
                {
                    "@context": "https://www.w3.org/ns/activitystreams",
                    "type": "Create",
                    "actor": {"id": "https://xqhost/Xqann", "type": "Person", "name": "Xqann", "summary": "xqsecret"},
                    "object": {"type": "Note", "id": "https://xqhost/Xqann/1", "content": "xqsecret " + TEXT} | public,
                }
                | public,
                {"@context": "xqsecret", "type": "Xqann"},
                {"id": "https://xqhost/Xqann/followers", "type": "Collection", "totalItems": 4},
            ),
        ),
        files(
            "jet.jsonl",
            stream(
                event(POST, "did:plc:Xqann", text="xqsecret " + TEXT, langs=["xqsecret"], rkey="Xqbob"),
                event(FOLLOW, "did:plc:Xqbob", subject="did:plc:Xqann"),
                {"did": "Xqann", "time_us": 1, "kind": "account", "account": {"active": False, "status": "xqsecret"}},
                event("xqsecret", "did:plc:Xqbob", operation="xqsecret"),
            ),
        ),
        files("ged.tsv", "date_start\tcountry\ttype_of_violence\tside_a\n2025-03-03\tHarbourland\t1\tXqann\n"),
        files("h1_2025.csv", "service,table,category,count,note\nHarbourline,t4,TOTAL,3,Xqann\nS,t4,T,xqsecret,\n"),
    ]
    out = tmp_path / "tables"
    answer = abate.run(
        "measure", "import", *exports, "--study", "s", "--out", out, "--platform", "h", "--collected", "2025-04-01"
    )
    assert answer.code == 0
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    # Each format was really read: nothing of the canaries is missing because their file was refused.
    assert all(one["rows"] or "closed" in str(one["passed_over"]) for one in manifest["files"])
    assert manifest["left_out"] == 6
    cells = "".join(str(rows(tmp_path, one["file"].removesuffix(".parquet"))) for one in manifest["tables"])
    kept = [path.read_bytes() for folder in (out, abate.home) for path in folder.rglob("*") if path.is_file()]
    said = (answer.out + answer.err + cells).encode() + b"".join(kept)
    assert [name for name in NAMES if name.lower().encode() in said.lower()] == []


def test_keys_are_made_once_for_the_study_and_open_to_their_owner_alone(run, files, tmp_path, abate):
    export = files("e.csv", fourcat(("lantern", "Xqann", TEXT)))
    for out in ("one", "two"):
        assert run(export, "--platform", "harbourline", out=out).code == 0
    assert rows(tmp_path, "sightings", "one")[0]["audience"] == rows(tmp_path, "sightings", "two")[0]["audience"]
    keys = sorted((abate.home / "study-keys" / "lantern-2025").iterdir())
    assert [path.name for path in keys] == ["platform%20harbourline.key"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in [*keys, *keys[0].parents[:2]]] == [0o600, 0o700, 0o700]


def test_a_lost_key_is_another_study_and_a_cut_one_is_said(run, files, tmp_path, abate):
    export = files("e.csv", fourcat(("lantern", "Xqann", TEXT)))
    run(export, "--platform", "harbourline", out="one")
    (key,) = (abate.home / "study-keys" / "lantern-2025").iterdir()
    key.unlink()
    run(export, "--platform", "harbourline", out="two")
    assert rows(tmp_path, "sightings", "one")[0]["audience"] != rows(tmp_path, "sightings", "two")[0]["audience"]
    for broken, said in (("00", "is cut short"), ("no digits", "cannot be read or made")):
        key.write_text(broken, "ascii")
        answer = run(export, "--platform", "harbourline", out="three")
        assert (answer.code, said in answer.err) == (1, True)
        assert not (tmp_path / "three").exists()


def test_accounts_listed_as_channels_keep_their_names_and_closed_rooms_are_counted(run, files, tmp_path):
    listed = files("channels.txt", "did:plc:paper\n78\n")
    jet = files("j.jsonl", stream(event(POST, "did:plc:paper"), event(POST, "did:plc:ann")))
    message = {"id": 1, "date_unixtime": str(SECONDS)}
    chats = [{"type": "private_channel", "id": number, "messages": [message]} for number in (78, 79)]
    telegram = files("result.json", {"chats": {"list": chats}})
    answer = run(jet, telegram, "--channels", listed)
    names = {row["channel"] for row in rows(tmp_path, "sightings")}
    assert names > {"did:plc:paper", "78"}
    assert len(names) == 3
    assert answer.json["files"][1]["passed_over"] == {"a closed room that --channels does not list": 1}
    named = {row["subject"] for row in rows(tmp_path, "channel_lifetimes")}
    assert "did:plc:paper" in named


def test_lifetimes_come_from_a_stream_that_tells_endings(abate, run, files, tmp_path):
    gone = {"did": "did:plc:b", "kind": "account", "account": {"active": False, "status": "takendown"}}
    jet = files(
        "j.jsonl",
        stream(
            event(POST, "did:plc:a", 0),
            event(POST, "did:plc:a", 1, rkey="2"),
            event(POST, "did:plc:b", 1),
            event(POST, "did:plc:a", 3, operation="delete"),
            event(POST, "did:plc:a", 3, operation="delete"),
            event(POST, "did:plc:c", 4, operation="delete"),
            gone | {"time_us": (SECONDS + 5 * DAY) * 1_000_000},
        ),
    )
    answer = run(jet)
    assert "the end of something that was not seen to begin" in answer.json["files"][0]["passed_over"]
    days = {((row["last_seen"] - row["first_seen"]).days, row["reason"]) for row in rows(tmp_path, "item_lifetimes")}
    assert days == {(3, "deleted by its author"), (4, None)}
    assert sum(row["removed"] is not None for row in rows(tmp_path, "channel_lifetimes")) == 1
    measured = abate.run("measure", "survival", "--lifetimes", tmp_path / "tables" / "item_lifetimes.parquet", "--json")
    assert measured.code == 0


def test_followers_make_no_presence(abate, run, files, tmp_path):
    jet = files("j.jsonl", stream(event(POST, "did:plc:a"), event(FOLLOW, "did:plc:b", 30, subject="did:plc:c")))
    run(jet)
    out = tmp_path / "tables"
    presence = abate.run("measure", "presence", "--sightings", out / "sightings.parquet", "--json")
    assert [row["value"] for row in presence.json["rows"]] == [1]
    following = abate.run("measure", "following", "--sightings", out / "audience.parquet", "--json")
    assert [row["value"] for row in following.json["rows"]] == [1]


def test_enforcement_is_a_series_and_refused_as_sightings(abate, run, files, tmp_path):
    run(files("h2_2025.csv", "service,table,category,count\nHarbourline,t6,TOTAL,9\nLanternshore,t6,TOTAL,4\n"))
    made = tmp_path / "tables" / "enforcement.parquet"
    schema = pq.read_schema(made)
    assert (schema.metadata[b"abate.table"], schema.metadata[b"abate.kind"]) == (b"series", b"enforcement")
    assert {row["kind"] for row in rows(tmp_path, "enforcement")} == {"enforcement"}
    text = tmp_path / "enforcement.csv"
    pyarrow.csv.write_csv(pq.read_table(made), text)
    forced = ["--map", "time=observed_at", "--map", "unit=channel", "--map", "service=platform"]
    for path in (made, text):
        answer = abate.run("measure", "presence", "--sightings", path, *forced)
        assert answer.code == 2
        assert "what a platform says it did, never what was there" in answer.err
    manifest = json.loads((tmp_path / "tables" / "manifest.json").read_text("utf-8"))
    assert manifest["tables"][0]["kind"] == "enforcement"


def test_no_claim_can_rest_on_counts_of_enforcement(run, files):
    reports = [
        files(f"h{half}_{year}.csv", f"service,table,category,count\nS,t6,T,{year + half}\nL,t6,T,{half}\n")
        for year in range(2015, 2026)
        for half in (1, 2)
    ]
    answer = run(*reports)
    assert answer.json["rows"] == 44
    assert not any(one["can"] for one in answer.json["supports"].values())
    assert "say what a platform did and never what was there" in answer.json["supports"]["a"]["why"]


def test_a_broken_line_costs_one_sentence_and_the_summary_counts_it(abate, files, tmp_path):
    export = files("e.csv", fourcat(("lantern", "ann", TEXT)) + "1,2\n" * 7)
    answer = abate.run("measure", "import", export, "--study", "s", "--out", tmp_path / "t", "--platform", "h")
    assert answer.code == 0
    assert f"{export}:3: has 2 cells where the first line names 7 columns; quote or complete it" in answer.err
    assert "2 further rows were left out; see" in answer.err
    assert "warning (collected-unknown)" in answer.err


def test_naive_times_are_warned_of_once(run, files):
    export = files("e.csv", FOURCAT + "1,c,c,ann,,2025-03-03 09:00:00,\n2,c,c,ann,,2025-03-03 09:00:00,\n")
    answer = run(export, "--platform", "h", "--collected", "2025-04-01")
    assert answer.json["warnings"] == [{"code": "naive-time", "text": "2 times have no offset and were read as UTC"}]


def test_one_unreadable_file_of_two_is_a_failure_that_stops_no_other(run, files, tmp_path):
    good = files("e.csv", fourcat(("lantern", "ann", TEXT)))
    answer = run(good, tmp_path / "absent.csv", files("n.txt", "plain"), "--platform", "h")
    assert answer.code == 1
    assert [one["unreadable"] for one in answer.json["files"]] == [False, True, True]
    assert "cannot be read (No such file or directory)" in answer.json["files"][1]["sentences"][0]
    assert "no format recognises this file; name one with --from: 4cat" in answer.json["files"][2]["sentences"][0]


def test_a_platform_that_nobody_says_is_asked_for(run, files):
    answer = run(files("e.csv", fourcat(("lantern", "ann", TEXT))))
    assert answer.code == 2
    assert "e.csv: the file does not say which platform it is from; add --platform NAME" in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "myspace"], "there is no such format; there are: 4cat"),
        (["--study", "../x"], "is no name"),
        (["--map", "a=author"], "--map a=…: the file has no such column"),
        (["--collected", "soon"], "is not an ISO date"),
        (["--channels", "absent.txt"], "the panel cannot be read"),
    ],
)
def test_wrong_use_is_two_and_nothing_is_written(abate, files, tmp_path, arguments, said):
    export = files("e.csv", fourcat(("lantern", "ann", TEXT)))
    before = ["measure", "import", export, "--out", tmp_path / "t", "--platform", "h"]
    answer = abate.run(*before, *([] if "--study" in arguments else ["--study", "s"]), *arguments)
    assert (answer.code, said in answer.err) == (2, True), answer.err
    assert not [path for path in tmp_path.iterdir() if path.name.endswith("t") or path.name.startswith(".t")]


def test_a_folder_that_holds_something_is_left_alone(run, files, tmp_path):
    export = files("e.csv", fourcat(("lantern", "ann", TEXT)))
    (tmp_path / "tables").mkdir()
    assert run(export, "--platform", "h").code == 0
    answer = run(export, "--platform", "h")
    assert answer.code == 2
    assert "is there already, and not empty" in answer.err


def test_a_file_with_nothing_to_count_says_what_was_in_it(run, files):
    chat = {"type": "personal_chat", "id": 1, "messages": [{"id": 1}, {"id": 2}]}
    answer = run(files("result.json", chat))
    assert answer.code == 2
    assert "no row was made" in answer.err
    assert "2 × a chat with one person, which is no channel" in answer.err
    empty = run(files("result.json", {"type": "public_channel", "id": 1, "messages": []}))
    assert "the file holds nothing" in empty.err


def test_a_format_that_is_named_is_used_unasked(run, files):
    answer = run(files("mine.csv", "event_date\n2025-03-03\n"), "--from", "events", "--map", "event_date=date_start")
    assert answer.json["tables"][0]["file"] == "incidents.parquet"


def test_a_place_that_cannot_be_written_to_is_said(run, files, tmp_path):
    export = files("e.csv", fourcat(("lantern", "ann", TEXT)))
    files("file", "")
    answer = run(export, "--platform", "h", out="file/tables")
    assert answer.code == 2
    assert "cannot be made" in answer.err


def test_a_disk_that_is_full_ends_the_import_without_tables(files, tmp_path, monkeypatch):
    class Lantern:
        name = "lantern"

        def recognises(self, path, head):
            return True

        def read(self, path, names):
            yield Posted(where="", channel="c", platform="h")
            # The folder is taken away while the import runs.
            (draft,) = tmp_path.glob(".t.*")
            draft.rmdir()
            yield Posted(where="", channel="c", platform="h")

    monkeypatch.setattr(imported_tables, "_PIECE", 2)
    order = Order(files=[files("any", "x")], study="s", out=tmp_path / "t")
    with pytest.raises(StoreError, match=r"sightings.parquet cannot be written"):
        import_tables.import_tables(order, {"lantern": Lantern()}, home=tmp_path, now=datetime.now(UTC))
    assert not (tmp_path / "t").exists()


def test_many_rows_are_written_piece_by_piece(run, files, tmp_path, monkeypatch):
    monkeypatch.setattr(imported_tables, "_PIECE", 2)
    run(files("e.csv", fourcat(*[("lantern", "ann", TEXT)] * 5)), "--platform", "h")
    assert pq.ParquetFile(tmp_path / "tables" / "sightings.parquet").num_row_groups == 3
    assert len(rows(tmp_path, "sightings")) == 5


def test_the_last_change_of_a_file_stands_for_its_export(run, files, tmp_path):
    export = files("e.csv", fourcat(("lantern", "ann", TEXT)))
    os.utime(export, (SECONDS + 9 * DAY, SECONDS + 9 * DAY))
    run(export, "--platform", "h")
    assert rows(tmp_path, "sightings")[0]["observed_at"] == datetime(2025, 3, 12, 9, tzinfo=UTC)


def test_a_place_that_is_taken_while_the_import_runs_is_said(files, tmp_path):
    out = tmp_path / "t"

    class Lantern:
        name = "lantern"

        def recognises(self, path, head):
            return True

        def read(self, path, names):
            (out / "taken").mkdir(parents=True)
            yield Posted(where="", channel="c", platform="h")

    order = Order(files=[files("any", "x")], study="s", out=out)
    with pytest.raises(InputError, match="cannot be put in place"):
        import_tables.import_tables(order, {"lantern": Lantern()}, home=tmp_path, now=datetime.now(UTC))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".t")] == []
    assert [path.name for path in out.iterdir()] == ["taken"]
