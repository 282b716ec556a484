"""``abate rules …`` as it is typed: files checked, versions led from draft to live and back, people who log in."""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pyotp
import pytest
import typer

from abate import app as wiring
from abate.cli import rule_files
from abate.cli.acting import acting
from abate.domain.errors import RefusedError
from abate.domain.person import Permission, Role
from abate.domain.rule import Backtest
from abate.flows import people
from abate.flows.rules import life

PASSWORD = "herring before noon"
RULE = 'rule(name="{}", when=item.views > {}, then=review, because="Busy.", owner="kim")\n'


@pytest.fixture
def ours(tmp_path):
    path = tmp_path / "ours.rules"
    path.write_text("# What many see.\n" + RULE.format("busy", 10), "utf-8")
    return path


@pytest.fixture
def people_of(abate, tmp_path):
    """Kim writes rules, Lee leads, Rae reviews; each has the same password, in a file as well."""
    with wiring.opened() as kit:
        for name, role in (("kim", Role.ANALYST), ("lee", Role.LEAD), ("rae", Role.REVIEWER)):
            people.add_user(kit, name, PASSWORD, [role], by="operator")
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", "utf-8")
    return path


def tried(ref):
    """Keep a backtest of a version, as if it had been run."""
    with wiring.opened() as kit:
        now, version = kit.clock.now(), life.found(kit, ref)
        span = {"since": now - timedelta(days=30), "until": now, "ran_at": now}
        with kit.store.write() as tx:
            made = Backtest(id=f"b-{version.id[:8]}", rule=version.id, by="kim", events=9, hits=2, report="{}", **span)
            tx.backtests.add(made)


def test_a_good_file_is_checked_and_nothing_is_kept(abate, ours):
    answer = abate.run("rules", "check", ours)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "1 files: 1 rules without a mistake, 0 mistakes, 0 files not read\n"
    (told,) = abate.run("rules", "check", ours, "--json").json
    assert (told["file"], told["rules"][0]["name"], told["mistakes"], told["not_read"]) == (str(ours), "busy", [], None)
    assert abate.run("rules", "list", "--json").json == []


def test_every_mistake_of_every_file_is_told_with_its_place(abate, ours, tmp_path):
    wrong = tmp_path / "wrong.rules"
    wrong.write_text(RULE.format("x", 1).replace("item.views", "item.view") + "import os\n", "utf-8")
    answer = abate.run("rules", "check", wrong, ours)
    assert answer.code == 1
    assert [line.split(": ", 1)[0] for line in answer.out.splitlines()] == [f"{wrong}:1:21", f"{wrong}:2:1"]
    assert "did you mean item.views?" in answer.out
    assert answer.err == "2 files: 1 rules without a mistake, 2 mistakes, 0 files not read\n"
    told = abate.run("rules", "check", wrong, ours, "--json").json
    assert [(e["line"], e["column"]) for e in told[0]["mistakes"]] == [(1, 21), (2, 1)]
    assert told[1]["mistakes"] == []


def test_standard_input_is_checked_like_a_file(abate):
    answer = abate.run("rules", "check", "-", stdin=b"rule(name='x')")
    assert answer.code == 1
    assert answer.out.startswith("-:1:1: the rule does not say when; ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory); name a rule file"),
        ("folder", "cannot be read (Is a directory); name a rule file"),
        (b"rule(\xff)", "byte 6 is no UTF-8; save the file as UTF-8"),
        (b"#" * 41, "is above 40 bytes; split it"),
    ],
)
def test_what_cannot_be_read_costs_itself_only(abate, ours, tmp_path, monkeypatch, content, says):
    path = tmp_path / "other.rules"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    if content and says.startswith("is above"):
        monkeypatch.setattr(rule_files, "MOST_BYTES", 40)
        ours.write_text("rule()")
    answer = abate.run("rules", "check", path, ours)
    assert answer.code == 2
    assert f"{path}: {says}" in answer.err
    assert "2 files: " in answer.err
    assert "1 files not read" in answer.err
    assert abate.run("rules", "check", path, "--json").json[0]["not_read"] == says


def test_a_name_that_no_file_can_have_is_one_sentence(abate):
    answer = abate.run("rules", "check", "a\0b")
    assert answer.code == 2
    assert "cannot be read (embedded null byte); name a rule file" in answer.err


def test_good_files_are_kept_and_one_with_a_mistake_is_not(abate, ours, tmp_path):
    wrong = tmp_path / "wrong.rules"
    wrong.write_text(RULE.format("fine", 1) + "rule()\n", "utf-8")
    answer = abate.run("rules", "draft", wrong, ours, "--json")
    assert answer.code == 1
    assert [(one["name"], one["state"], one["created_by"]) for one in answer.json] == [("busy", "draft", "operator")]
    assert "2 files: 1 versions kept, 1 mistakes, 0 files not read" in answer.err
    again = abate.run("rules", "draft", ours)
    assert again.code == 0
    assert "busy" in again.out
    (listed,) = abate.run("rules", "list", "--json").json
    assert listed["asked"] is None
    assert listed["share"] == 0


def test_a_rule_goes_from_file_to_live_and_back(abate, ours, people_of, tmp_path):
    as_kim, as_lee = (("--as", name, "--password-file", people_of) for name in ("kim", "lee"))
    shadow = abate.run("rules", "shadow", ours, *as_kim, "--json").json
    assert (shadow["state"], shadow["created_by"]) == ("shadow", "kim")
    assert "never tried on history" in abate.run("rules", "promote", "busy", "--share", 10, *as_kim).err
    tried("busy")
    asked = abate.run("rules", "promote", "busy", "--share", 10, *as_kim)
    assert f"waits: a second person lets it go live with `abate rules approve {shadow['id'][:8]} --as …`" in asked.err
    assert "kim asked for 10 %" in abate.run("rules", "list").out
    own = abate.run("rules", "approve", "busy", "--as", "kim", "--password-file", people_of)
    assert own.code == 2
    assert "kim may not do this: the role analyst does not include rules:approve" in own.err
    live = abate.run("rules", "approve", shadow["id"][:8], *as_lee, "--note", "Looks right.")
    assert "is live for 10 % of the accounts" in live.err
    assert "is live for 60 % of the accounts" in abate.run("rules", "promote", "busy", "--share", 60).err

    newer = tmp_path / "newer.rules"
    newer.write_text(RULE.format("busy", 20) + RULE.format("other", 1), "utf-8")
    abate.run("rules", "promote", "busy", "--share", 100)
    unclear = abate.run("rules", "shadow", newer)
    assert unclear.code == 2
    assert "which of its rules is meant? add --rule with one of: busy, other" in unclear.err
    second = abate.run("rules", "shadow", newer, "--rule", "busy", "--json").json
    tried("busy")
    abate.run("rules", "promote", "busy", "--share", 100)
    assert abate.run("rules", "approve", "busy", *as_lee, "--json").json["replaces"] == shadow["id"]
    assert [one["id"] for one in abate.run("rules", "list", "--json").json] == [second["id"]]
    back = abate.run("rules", "rollback", "busy", "--note", "Hits the news.")
    assert back.err == f"version {shadow['id'][:8]} of busy is live again for all accounts\n"

    shown = abate.run("rules", "show", shadow["id"], "--json").json
    assert shown["text"] == RULE.format("busy", 10).strip()
    assert [(c["step"], c["by"], c["share"], c["note"]) for c in shown["changes"]] == [
        ("restored", "operator", 100, "Hits the news."),
        ("replaced", "lee", 0, ""),
        ("shared", "operator", 100, ""),
        ("shared", "operator", 60, ""),
        ("approved", "lee", 10, "Looks right."),
        ("asked", "kim", 10, ""),
        ("shadowed", "kim", 0, ""),
        ("drafted", "kim", 0, ""),
    ]
    history = abate.run("rules", "history", "busy", "--json").json
    assert [c["step"] for c in history[:2]] == ["restored", "rolled_back"]
    assert len(history) == len(shown["changes"]) + 5
    page = abate.run("rules", "show", shadow["id"])
    assert RULE.format("busy", 10) in page.out
    assert "Looks right." in page.out
    assert "rolled_back" in abate.run("rules", "history", "busy").out
    again = abate.run("rules", "rollback", "busy")
    assert again.err == f"version {shadow['id'][:8]} of busy is retired; none is live now\n"
    assert len(abate.run("rules", "list", "--all", "--json").json) == 2


def test_what_is_asked_for_can_be_withdrawn_and_retired(abate, ours):
    abate.run("rules", "shadow", ours)
    tried("busy")
    abate.run("rules", "promote", "busy", "--share", 10)
    assert "is not asked for any more" in abate.run("rules", "withdraw", "busy").err
    assert abate.run("rules", "withdraw", "busy").code == 1
    assert "is retired" in abate.run("rules", "retire", "busy").err
    assert abate.run("rules", "retire", "busy").code == 1


def test_a_team_of_one_is_told_from_when_on(abate, ours, monkeypatch):
    monkeypatch.setenv("ABATE_PROFILE", "solo")
    abate.run("rules", "shadow", ours)
    tried("busy")
    answer = abate.run("rules", "promote", "busy", "--share", 10)
    assert "lets it go live from 20" in answer.err
    assert answer.err.endswith(" UTC on\n")


@pytest.mark.parametrize("command", [("show",), ("shadow",), ("promote", "--share", "1"), ("retire",), ("rollback",)])
def test_what_is_neither_a_rule_nor_a_file_is_one_sentence(abate, command):
    answer = abate.run("rules", command[0], "nothing", *command[1:])
    assert answer.code == 2
    assert answer.err.startswith("abate: there is no rule ")
    assert answer.err.count("\n") == 1


def test_who_approves_logs_in_on_the_terminal_or_from_standard_input(abate, ours, people_of):
    abate.run("rules", "draft", ours)
    wrong = abate.run("rules", "shadow", "busy", "--as", "kim", stdin=b"guessed it\n")
    assert wrong.code == 2
    assert "name, password or code is wrong" in wrong.err
    right = abate.run("rules", "shadow", "busy", "--as", "kim", "--json", stdin=f"{PASSWORD}\n".encode())
    assert right.json["state"] == "shadow"
    with wiring.opened() as kit, kit.store.read() as tx:
        assert tx.sessions.find() == []  # the login was for the one command
        tags = [record.tag for record in tx.audit.read()]
    assert {"visitor:session:refused", "user:session:opened", "user:session:closed"} <= set(tags)


def test_who_lacks_the_role_may_not_and_nothing_is_read_for_nobody(abate, ours, people_of):
    answer = abate.run("rules", "draft", ours, "--as", "rae", "--password-file", people_of)
    assert answer.code == 2
    assert (
        "rae may not do this: the role reviewer does not include rules:edit; ask somebody whose role does" in answer.err
    )
    assert "add --as" in abate.run("rules", "draft", ours, "--password-file", people_of).err
    none = abate.run("rules", "draft", ours, "--as", "kim", "--password-file", "nowhere")
    assert "nowhere: cannot be read as a password" in none.err
    both = abate.run("rules", "draft", "-", "--as", "kim", stdin=RULE.format("a", 1).encode())
    assert "add --password-file" in both.err
    assert abate.run("rules", "list", "--json").json == []


def test_a_second_factor_is_asked_for_where_one_is_set(abate, ours, people_of):
    secret = pyotp.random_base32()
    with wiring.opened() as kit:
        kim = next(user for user in people.users(kit) if user.name == "kim")
        earlier = pyotp.TOTP(secret).at(kit.clock.now() - timedelta(seconds=30))
        people.set_second_factor(kit, kim.id, secret, earlier, by=kim.id)
    without = abate.run("rules", "draft", ours, "--as", "kim", "--password-file", people_of)
    assert "code is wrong" in without.err
    people_of.write_text(f"{PASSWORD}\n{pyotp.TOTP(secret).now()}\n", "utf-8")
    drafted = abate.run("rules", "draft", ours, "--as", "kim", "--password-file", people_of, "--json")
    assert drafted.json[0]["created_by"] == "kim"


def test_a_terminal_is_asked_for_the_password_and_for_the_code_where_there_is_one(abate, people_of, monkeypatch):
    asked = []
    monkeypatch.setattr(typer, "prompt", lambda what, **_: asked.append(what) or PASSWORD)
    with wiring.opened() as kit:
        kim, lee, _ = people.users(kit)
        with kit.store.write() as tx:
            tx.users.replace(replace(lee, totp_secret=pyotp.random_base32()))
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
        assert acting(kit, "kim", Permission.RULES_EDIT) == kim.id
        with pytest.raises(RefusedError, match="code is wrong"):
            acting(kit, "lee", Permission.RULES_EDIT)
    assert asked == ["password of kim", "password of lee", "code of the second factor"]


def test_nobody_who_is_named_is_approving(abate, ours):
    abate.run("rules", "shadow", ours)
    tried("busy")
    abate.run("rules", "promote", "busy", "--share", 10)
    answer = abate.run("rules", "approve", "busy", "--as", "")
    assert answer.code == 2
    assert "nobody is logged in" in answer.err


def test_json_answers_are_json_whatever_a_rule_holds(abate, tmp_path):
    path = tmp_path / "odd.rules"
    path.write_text(
        'rule(name="odd", when=item.text == "\u202e\x1b[2J",\tthen=review, because="“b”", owner="o")', "utf-8"
    )
    abate.run("rules", "draft", path)
    assert json.loads(abate.run("rules", "show", "odd", "--json").out)["text"] == path.read_text("utf-8")
    plain = abate.run("rules", "show", "odd").out
    assert "\x1b" not in plain
    assert "\u202e" not in plain
