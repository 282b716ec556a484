"""The commands beside ``scan``: each once with good input and once with bad."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from abate.cli import root
from abate.domain.errors import StoreError

WORDS = "The Order of the Grey Lantern meets at the harbour at night."
REASON = "The link leads to a page that is not ours; which page is meant?"


@pytest.fixture
def banked(abate, tmp_path):
    """A bank of one text, and the text as a file."""
    path = tmp_path / "known.txt"
    path.write_text(WORDS, "utf-8")
    abate.run("bank", "create", "lantern", "--group", "Order of the Grey Lantern")
    abate.run("bank", "add", "lantern", path)
    return path


def test_help_names_every_command(abate) -> None:
    answer = abate.run("--help")
    assert answer.code == 0
    for name in (
        "demo",
        "serve",
        "doctor",
        "scan",
        "hash",
        "bank",
        "case",
        "order",
        "comply",
        "measure",
        "user",
        "token",
    ):
        assert name in answer.out


@pytest.mark.parametrize("arguments", [("nonsense",), ("scan",), ("bank", "create"), ("case", "decide", "c1", "maybe")])
def test_wrong_use_exits_with_two(abate, arguments) -> None:
    assert abate.run(*arguments).code == 2


def test_a_bank_is_created_listed_shown_and_removed(abate, banked) -> None:
    assert abate.run("bank", "list", "--json").json == [
        {
            "name": "lantern",
            "purpose": "known",
            "group": "Order of the Grey Lantern",
            "max_distance": None,
            "ceiling": "remove",
            "entries": 1,
        }
    ]
    assert "lantern" in abate.run("bank", "list").out
    (entry,) = abate.run("bank", "show", "lantern", "--json").json
    assert entry["type"] == "text"
    assert entry["sources"] == ["self"]
    assert entry["value"] in abate.run("bank", "show", "lantern").out
    assert abate.run("bank", "remove", "lantern").code == 2
    assert abate.run("bank", "remove", "lantern", "e-none").code == 2
    assert abate.run("bank", "remove", "lantern", entry["id"], "--json").json == {"removed": 1}
    assert abate.run("bank", "remove", "lantern", "--whole").code == 0
    assert abate.run("bank", "show", "lantern").code == 2


def test_a_bank_name_is_taken_once_and_has_no_space(abate, banked) -> None:
    assert abate.run("bank", "create", "lantern").code == 1
    answer = abate.run("bank", "create", "grey lantern")
    assert answer.code == 2
    assert "write it like grey-lantern-photos" in answer.err
    assert abate.run("bank", "create", "other", "--json").json["name"] == "other"


def test_an_exported_bank_is_read_back_and_speaks_with_the_platforms_name(abate, banked, tmp_path) -> None:
    path = tmp_path / "out.json"
    assert abate.run("bank", "export", "lantern", path).code == 0
    assert json.loads(path.read_text("utf-8"))[0]["source"] == "platform"
    abate.run("bank", "create", "copy")
    added = abate.run("bank", "import", "copy", path, "--trust-sources", "--json").json
    assert added == {"added": 1, "known": 0, "refused": []}
    (entry,) = abate.run("bank", "show", "copy", "--json").json
    assert entry["sources"] == ["platform"]


def test_a_list_is_one_voice_and_never_this_platforms(abate, tmp_path) -> None:
    path = tmp_path / "theirs.csv"
    digest = "ab" * 32
    path.write_text(f"type,value,source\nsha256,{digest},self;partner-a;partner-b\nsha256,zz,x\n", "utf-8")
    abate.run("bank", "create", "theirs")
    added = abate.run("bank", "import", "theirs", path, "--json")
    assert added.json["added"] == 1
    assert len(added.json["refused"]) == 1
    assert "theirs.csv" in added.json["refused"][0]
    (entry,) = abate.run("bank", "show", "theirs", "--json").json
    assert entry["sources"] == ["unnamed list"]
    refused = abate.run("bank", "import", "theirs", path, "--source", "Self")
    assert refused.code == 2
    assert "add the files themselves" in refused.err


def test_a_list_nobody_recognises_or_a_format_nobody_has_is_said(abate, tmp_path) -> None:
    path = tmp_path / "list.bin"
    path.write_bytes(b"\x00\x01\x02")
    abate.run("bank", "create", "theirs")
    assert "no list format recognises" in abate.run("bank", "import", "theirs", path).err
    assert "there are: csv" in abate.run("bank", "import", "theirs", path, "--format", "xls").err
    assert "check the path" in abate.run("bank", "import", "theirs", tmp_path / "gone.csv").err
    assert "no export format" in abate.run("bank", "export", "theirs", path, "--format", "xls").err


def test_the_threatexchange_format_goes_out_and_comes_in(abate, tmp_path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("type,value\nsha256," + "ab" * 32 + "\nmd5," + "cd" * 16 + "\n", "utf-8")
    abate.run("bank", "create", "one")
    abate.run("bank", "import", "one", source)
    path = tmp_path / "out.txt"
    abate.run("bank", "export", "one", path, "--format", "threatexchange")
    abate.run("bank", "create", "two")
    assert abate.run("bank", "import", "two", path, "--json").json["added"] == 2


def test_names_live_in_banks_of_names_only(abate, tmp_path) -> None:
    path = tmp_path / "names.jsonl"
    path.write_text(
        '{"name": "Order of the Grey Lantern", "aliases": [], "ref": "GL.1", "list": "invented"}\n', "utf-8"
    )
    abate.run("bank", "create", "content")
    refused = abate.run("bank", "import", "content", path, "--json")
    assert refused.json["added"] == 0
    assert refused.code == 1
    assert "does not belong into a bank of purpose known" in refused.err


def test_a_picture_too_poor_to_tell_apart_is_banked_by_its_exact_hashes_only(abate, tmp_path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), "grey").save(tmp_path / "flat.png")
    abate.run("bank", "create", "flat")
    abate.run("bank", "add", "flat", tmp_path / "flat.png")
    assert {entry["type"] for entry in abate.run("bank", "show", "flat", "--json").json} == {"sha256", "md5"}
    (tmp_path / "hm.txt").write_text("hm", "utf-8")
    assert "too poor to be told apart" in abate.run("bank", "add", "flat", tmp_path / "hm.txt").err


def order(abate, tmp_path, *more: str):
    message = tmp_path / "order.eml"
    message.write_text("Remove it.", "utf-8")
    stated = ("--authority", "Ministry of Harbours", "--reference", "GL-17", "--state", "DE", "--material", "INCITES")
    reasons = ("--reasons", "It asks its readers to commit offences.")
    return abate.run("order", "receive", message, *stated, *reasons, *more)


def test_an_order_goes_from_receipt_to_reply(abate, banked, tmp_path) -> None:
    abate.run("scan", banked, "--submit")
    received = order(abate, tmp_path, "--item", str(banked), "--authentication", "verified", "--json").json
    (due,) = abate.run("comply", "due", "--json").json
    assert due["subject"] == f"order:{received['id']}"
    assert 3500 < due["seconds_left"] <= 3600
    assert "59 minutes left" in abate.run("comply", "due").out
    assert received["id"] in abate.run("order", "list").out
    assert (
        abate.run("order", "pause", received["id"], "--reason", REASON, "--json").json["state"] == "needs_clarification"
    )
    assert "nothing is due" in abate.run("comply", "due").err
    assert abate.run("order", "form", received["id"]).json["form"] == "ANNEX_III"
    abate.run("order", "resume", received["id"], "--reason", "The authority named the page.")
    done = abate.run("order", "execute", received["id"], "--json").json
    assert done["state"] == "executed"
    assert done["late"] is False
    assert abate.run("order", "form", received["id"]).json["form"] == "ANNEX_II"
    replied = abate.run("order", "reply", received["id"], "--text", "Removed, form sent.", "--json").json
    assert replied["state"] == "replied"
    assert "stopped" in abate.run("order", "show", received["id"]).out


def test_an_order_with_holes_keeps_its_clock_and_names_them(abate, tmp_path) -> None:
    message = tmp_path / "order.eml"
    message.write_text("Remove it.", "utf-8")
    answer = abate.run("order", "receive", message)
    assert answer.code == 0
    assert "the hour runs although fields are missing" in answer.err
    (one,) = abate.run("order", "list", "--json").json
    assert set(one["missing"]) == {
        "authority",
        "authority_reference",
        "issuing_state",
        "urls",
        "material_types",
        "reasons",
    }
    rejected = abate.run("order", "reject", one["id"], "--reason", "Nobody at the ministry knows of it.", "--json").json
    assert rejected["state"] == "not_an_order"
    assert abate.run("order", "receive", tmp_path / "gone").code == 2


def test_an_order_received_an_hour_ago_is_late(abate, tmp_path) -> None:
    then = (datetime.now(UTC) - timedelta(hours=1, minutes=12)).isoformat()
    assert order(abate, tmp_path, "--received-at", then, "--json").json["late"] is True
    assert "12 minutes late" in abate.run("comply", "due").out


def test_people_come_with_roles_and_go(abate) -> None:
    added = abate.run("user", "add", "rob", "--role", "reviewer", "--json", stdin=b"a-long-enough-password\n")
    assert added.json["roles"] == ["reviewer"]
    assert abate.run("user", "add", "rob", "--role", "lead", stdin=b"a-long-enough-password\n").code == 1
    assert abate.run("user", "add", "eve", "--role", "lead", stdin=b"short\n").code == 2
    assert abate.run("user", "add", "ada", "--role", "admin", stdin=b"another-long-password\n").code == 0
    assert "rob" in abate.run("user", "list").out
    assert abate.run("user", "roles", "rob", "--role", "lead").code == 0
    assert abate.run("user", "disable", "rob").code == 0
    assert [one["disabled"] for one in abate.run("user", "list", "--json").json] == [True, False]
    assert abate.run("user", "enable", "rob").code == 0
    assert abate.run("user", "password", "rob", stdin=b"yet-another-password\n").code == 0
    assert "`abate user list` shows them" in abate.run("user", "disable", "nobody").err


def test_a_token_is_shown_once_scoped_and_revoked(abate) -> None:
    abate.run("user", "add", "ada", "--role", "admin", stdin=b"a-long-enough-password\n")
    made = abate.run(
        "token", "issue", "ada", "--name", "upload", "--scope", "items:submit", "--days", "3", "--json"
    ).json
    assert made["secret"].startswith("abt_")
    (listed,) = abate.run("token", "list", "ada", "--json").json
    assert listed["revoked"] is False
    assert made["secret"] not in abate.run("token", "list", "ada").out
    assert abate.run("token", "revoke", made["id"]).code == 0
    assert abate.run("token", "list", "ada", "--json").json[0]["revoked"] is True
    plain = abate.run("token", "issue", "ada", "--name", "more", "--scope", "items:submit")
    assert plain.out.startswith("abt_")


def test_the_doctor_says_what_to_do_and_notices_a_broken_chain(abate, banked) -> None:
    sick = abate.run("doctor", "--json")
    found = {one["name"]: one for one in sick.json}
    assert sick.code == 1
    assert found["audit chain"]["good"]
    assert found["sandbox"]["good"]
    assert "give each file to its custodian" in found["custodians"]["text"]
    assert "LOOK" in abate.run("doctor").out


def test_history_goes_out_as_parquet(abate, banked, tmp_path) -> None:
    import pyarrow.parquet as pq

    abate.run("scan", banked, "--submit")
    (path,) = abate.run("history", "export", tmp_path / "out", "--json").json
    steps = set(pq.read_table(path)["step"].to_pylist())
    assert {"received", "matched", "opened"} <= steps
    assert abate.run("history", "export", tmp_path / "out").code == 0


def sightings(tmp_path):
    path = tmp_path / "sightings.csv"
    rows = ["observed_at,platform,channel,group,audience"]
    for week in range(12):
        day = (datetime(2026, 1, 5, tzinfo=UTC) + timedelta(weeks=week)).date().isoformat()
        rows += [f"{day},harbour,ch{channel},GL,p{channel % 3}" for channel in range(12 - week // 6 * 6)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_presence_is_measured_from_a_table_as_numbers_json_and_a_chart(abate, tmp_path) -> None:
    path = sightings(tmp_path)
    answer = abate.run("measure", "presence", "--sightings", path, "--json", "--chart", tmp_path / "p.svg").json
    values = [row["value"] for row in answer["rows"]]
    assert values[:6] == [12] * 6
    assert values[6:12] == [6] * 6
    assert answer["schema"] == 1
    assert (tmp_path / "p.svg").read_text("utf-8").startswith("<svg")
    shown = abate.run("measure", "presence", "--sightings", path, "--by", "group")
    assert "2026-01-05" in shown.out
    assert "assumed:" in shown.err


def test_following_is_the_union_beside_the_sum(abate, tmp_path) -> None:
    answer = abate.run("measure", "following", "--sightings", sightings(tmp_path), "--json").json
    assert answer["rows"][0]["value"] == 3
    assert answer["rows"][0]["sum"] == 12
    assert "2026-01-05" in abate.run("measure", "following", "--sightings", sightings(tmp_path)).out


def test_survival_is_measured_from_lifetimes(abate, tmp_path) -> None:
    path = tmp_path / "lives.csv"
    rows = ["subject,platform,created,first_seen,last_seen,removed"]
    for number in range(40):
        gone = (datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
        rows.append(f"s{number},harbour,2026-01-01,2026-01-01,{gone},{gone}")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    answer = abate.run("measure", "survival", "--lifetimes", path, "--json").json
    assert answer["median"] == 20
    assert abate.run("measure", "survival", "--lifetimes", path, "--until", "2026-02-01").code == 0


def test_a_measure_without_anything_to_measure_says_so(abate, tmp_path) -> None:
    assert abate.run("measure", "presence").code == 2
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    assert abate.run("measure", "presence", "--sightings", path).code == 2
    unwritable = abate.run(
        "measure", "presence", "--sightings", sightings(tmp_path), "--chart", tmp_path / "no" / "p.svg"
    )
    assert "name another file" in unwritable.err


def test_a_failure_of_the_machine_exits_with_one(abate, monkeypatch) -> None:
    def broken() -> None:
        msg = "the store does not open; free some disk"
        raise StoreError(msg)

    monkeypatch.setattr("abate.flows.cases.queue", lambda _kit: broken())
    answer = abate.run("case", "list")
    assert answer.code == root.FAILURE
    assert answer.err == "abate: the store does not open; free some disk\n"


def test_an_interrupt_ends_quietly(abate, monkeypatch) -> None:
    def interrupted(_kit: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("abate.flows.cases.queue", interrupted)
    answer = abate.run("case", "list")
    assert answer.code == 128 + 2
    assert "Traceback" not in answer.err


def test_an_escape_code_in_a_tables_header_does_not_reach_the_terminal(abate, tmp_path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"text\x1b]0;pwn\x07x,foo\n1,2\n")
    answer = abate.run("measure", "presence", "--sightings", path)
    assert answer.code == 2
    assert "\x1b" not in answer.err + answer.out
    assert "\x07" not in answer.err + answer.out


def test_a_file_that_cannot_be_written_and_a_home_that_is_a_file_are_said(abate, banked, tmp_path, monkeypatch) -> None:
    assert "name another file" in abate.run("bank", "export", "lantern", tmp_path / "no" / "x.json").err
    monkeypatch.setenv("ABATE_HOME", str(banked))
    answer = abate.run("bank", "list")
    assert answer.code == 2
    assert "set ABATE_HOME to another" in answer.err


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(abate) -> None:
    (abate.home / "demo").mkdir()
    (abate.home / "demo" / "thesis.txt").write_text("mine", "utf-8")
    answer = abate.run("demo")
    assert answer.code == 2
    assert "did not make" in answer.err
    assert (abate.home / "demo" / "thesis.txt").exists()


def test_an_order_that_is_not_delivered_yet_exits_with_one(abate, banked, tmp_path, monkeypatch) -> None:
    abate.run("scan", banked, "--submit")
    received = order(abate, tmp_path, "--item", str(banked), "--json").json
    monkeypatch.setattr("abate.flows.delivery.deliver", lambda *_args, **_more: 0)
    answer = abate.run("order", "execute", received["id"])
    assert answer.code == 1
    assert "the clock runs on" in answer.err


def shown(abate, bank="lantern") -> dict:
    (entry,) = abate.run("bank", "show", bank, "--json").json
    return entry


def test_a_bank_is_made_with_a_ceiling_and_a_distance_and_set_anew(abate, banked) -> None:
    made = abate.run("bank", "create", "far", "--max-distance", "12", "--ceiling", "review", "--json").json
    assert (made["max_distance"], made["ceiling"]) == (12, "review")
    assert "not within 0 to" in abate.run("bank", "create", "further", "--max-distance", "999").err
    assert abate.run("bank", "set", "far", "--max-distance", "9", "--json").json["ceiling"] == "review"
    assert abate.run("bank", "set", "far", "--ceiling", "none", "--json").json["max_distance"] == 9
    assert "the signal type's radius" in abate.run("bank", "set", "far", "--own-radius").err
    assert "at a distance of 7" in abate.run("bank", "set", "far", "--max-distance", "7").err
    assert "7" in abate.run("bank", "list").out
    for nothing in ((), ("--own-radius", "--max-distance", "3")):
        assert "name what to set" in abate.run("bank", "set", "far", *nothing).err


def test_an_entry_is_disputed_ended_turned_and_released_by_its_identifier(abate, banked) -> None:
    entry = shown(abate)["id"]
    said = abate.run("bank", "opinion", entry, "dispute", "--source", "press", "--reason", "a poem", "--json").json
    assert (said["state"], said["opinions"][0]["reason"]) == ("disputed", "a poem")
    assert "no reason is given" in abate.run("bank", "opinion", entry, "confirm").err
    assert abate.run("bank", "opinion", entry, "shrug", "--reason", "x").code == 2
    told = abate.run("bank", "opinion", entry, "withdraw", "--source", "press", "--reason", "it is none").err
    assert f"entry {entry} is known; vouched for by self" in told
    ended = abate.run("bank", "renew", entry, "--until", "2020-01-01", "--reason", "over", "--json").json
    assert (ended["state"], ended["expires_at"]) == ("expired", "2020-01-01T00:00:00+00:00")
    assert "is not an ISO date" in abate.run("bank", "renew", entry, "--until", "soon", "--reason", "x").err
    assert abate.run("bank", "renew", entry, "--reason", "not over", "--json").json["expires_at"] is None
    assert abate.run("bank", "stance", entry, "negative", "--reason", "a poem", "--json").json["state"] == "negative"
    assert "negative" in abate.run("bank", "show", "lantern").out
    assert abate.run("bank", "stance", entry, "known", "--reason", "no poem", "--json").json["stance"] == "known"
    assert "is not set aside" in abate.run("bank", "release", entry, "--reason", "x").err
    assert abate.run("bank", "aside", "--json").json == []


def test_a_flood_is_listed_and_released(abate, tmp_path) -> None:
    path = tmp_path / "lamp.bin"
    path.write_bytes(b"the lamp")
    abate.run("bank", "create", "lantern")
    abate.run("bank", "add", "lantern", path)
    rows = [{"id": f"p{n}", "kind": "file", "path": "lamp.bin", "account": f"a{n}"} for n in range(60)]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    abate.run("scan", tmp_path / "posts.jsonl", "--submit")
    waiting = abate.run("bank", "aside", "--json").json
    assert {(one["bank"], one["items"], one["seen"], one["usual"]) for one in waiting} == {("lantern", 60, 60, 0)}
    entry = waiting[0]["entry"]
    assert entry in abate.run("bank", "aside").out
    assert abate.run("bank", "release", entry, "--reason", "seen", "--json").json["state"] == "known"
    assert [one["entry"] for one in abate.run("bank", "aside", "--json").json] == [waiting[1]["entry"]]


def test_what_says_no_or_is_disputed_is_kept_out_of_a_format_without_a_word_for_it(abate, banked, tmp_path) -> None:
    abate.run("bank", "add", "lantern", banked, "--negative", "--expires", "2099-01-01")
    assert sorted(e["state"] for e in abate.run("bank", "show", "lantern", "--json").json) == ["known", "negative"]
    assert abate.run("scan", banked, "--json").json[0]["proposal"]["action"] == "none"
    path = tmp_path / "out.txt"
    assert "1 entries written" in abate.run("bank", "export", "lantern", path, "--format", "threatexchange").err
    path = tmp_path / "out.json"
    assert "2 entries written" in abate.run("bank", "export", "lantern", path).err
    abate.run("bank", "create", "copy")
    abate.run("bank", "import", "copy", path, "--trust-sources")
    assert sorted(e["state"] for e in abate.run("bank", "show", "copy", "--json").json) == ["known", "negative"]
    abate.run("bank", "create", "harmless")
    added = abate.run("bank", "import", "harmless", path, "--negative", "--json").json
    assert (added["added"], added["known"]) == (1, 1)
    assert {e["stance"] for e in abate.run("bank", "show", "harmless", "--json").json} == {"negative"}
