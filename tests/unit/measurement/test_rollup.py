"""``abate measure rollup``: looked through once, asked in the table's place; what it cannot say, it says."""

import hashlib
import json
from unittest.mock import patch

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.counting import channels
from abate.measurement.rollup.file import read_rollup, source_of
from abate.measurement.rollup.packing import Arrays, Misfit, packed, unpacked

SIGHTINGS = "observed_at,posted_at,platform,channel,group,audience,item,views,Wann\n" + "".join(
    f"2025-{3 + day // 28:02}-{1 + day % 28:02}T09:00Z,2025-{3 + day // 28:02}-{1 + day % 28:02}T0{day % 7}:00Z,"
    f"{'harbourline' if day % 3 else 'lowtide'},lantern-{day % 5},Order of the Grey Lantern,r{day % 9},i{day},"
    f"{10 * day},x\n"
    for day in range(84)
)
CHECKS = "channel,checked_at,result\nlantern-1,2025-03-05,alive\nlantern-1,2025-04-02,alive\n"
INTERVENTIONS = "date,platform,kind\n2025-04-10,harbourline,takedown\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(SIGHTINGS, "utf-8")
    return path


@pytest.fixture
def kept(abate, table):
    out = table.with_name("s.rollup")
    done = abate.run("measure", "rollup", "--sightings", table, "--out", out)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{out}: presence, following, reach of 84 rows, by platform, group\n"
    return out


@pytest.fixture
def beside(tmp_path):
    checks, interventions = tmp_path / "c.csv", tmp_path / "i.csv"
    checks.write_text(CHECKS, "utf-8")
    interventions.write_text(INTERVENTIONS, "utf-8")
    return ("--checks", checks, "--interventions", interventions)


@pytest.mark.parametrize("measure", ["presence", "following", "reach"])
@pytest.mark.parametrize("more", [(), ("--by", "platform"), ("--by", "group", "--suppress-below", "3")])
def test_a_roll_up_prints_what_the_table_prints(abate, table, kept, beside, measure, more):
    for flags in (more, (*more, *beside)):
        told = [abate.run("measure", measure, "--sightings", path, *flags, "--json") for path in (table, kept)]
        assert told[0].code == 0
        assert told[0].out == told[1].out
    drawn = [abate.run("measure", measure, "--sightings", path, *more) for path in (table, kept)]
    assert (drawn[0].out, drawn[0].err) == (drawn[1].out, drawn[1].err)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ("presence", "--until", "2025-04-01"),
            "--until: which sightings count cannot be chosen any more in a roll-up",
        ),
        (("presence", "--by", "platform,group"), "--by platform,group: columns are kept one at a time in a roll-up"),
        (("reach", "--age", "24h"), "--age: only views within 7 days of posting are kept in a roll-up"),
        (("following", "--map", "Wann=posted_at"), "--map: the columns were named when the roll-up was made"),
        (("presence", "--by", "kind"), "--by kind: the sightings have no column 'kind'"),
        (("presence", "--by", "colour"), "--by colour: choose from platform, group, language, country, kind"),
    ],
)
def test_what_only_the_table_can_answer_is_said_with_its_name(abate, kept, flags, said):
    done = abate.run("measure", flags[0], "--sightings", kept, *flags[1:])
    assert done.code != 0
    assert said in done.err
    if "in a roll-up" in said:
        assert "name the table itself (s.csv) with --sightings" in done.err


def test_a_panel_and_checks_after_the_last_sighting_need_the_table(abate, kept, tmp_path):
    (tmp_path / "panel.txt").write_text("lantern-1\n", "utf-8")
    assert (
        "--panel: which" in abate.run("measure", "presence", "--sightings", kept, "--panel", tmp_path / "panel.txt").err
    )
    (tmp_path / "late.csv").write_text("channel,checked_at,result\nlantern-1,2026-01-01,alive\n", "utf-8")
    late = abate.run("measure", "presence", "--sightings", kept, "--checks", tmp_path / "late.csv")
    assert "--checks: checks after the last sighting" in late.err


def test_other_questions_ask_for_the_table(abate, kept):
    for flags in (("overlap", "--sightings"), ("survival", "--lifetimes")):
        done = abate.run("measure", *flags, kept)
        assert done.code != 0
        assert "a roll-up answers presence, following and reach" in done.err


def test_a_table_without_readers_or_views_says_so_from_its_roll_up_too(abate, tmp_path):
    path, out = tmp_path / "s.csv", tmp_path / "s.rollup"
    path.write_text("observed_at,platform,channel\n2025-03-03,harbourline,lantern-1\n", "utf-8")
    done = abate.run("measure", "rollup", "--sightings", path, "--out", out, "--json")
    assert done.json == {
        "out": str(out),
        "rows": 1,
        "answers": {"presence": True, "following": False, "reach": False},
        "by": ["platform"],
    }
    for measure in ("following", "reach"):
        told = [abate.run("measure", measure, "--sightings", one) for one in (path, out)]
        assert (told[0].code, told[0].err) == (told[1].code, told[1].err)
        assert told[0].code != 0


def test_a_table_that_has_changed_since_is_refused_where_it_lies_beside(abate, table, kept, tmp_path):
    table.write_text(SIGHTINGS + SIGHTINGS.splitlines()[1] + "\n", "utf-8")
    done = abate.run("measure", "presence", "--sightings", kept)
    assert done.code != 0
    assert "the sightings beside it (s.csv) have changed since; make it anew with abate measure rollup" in done.err
    elsewhere = tmp_path / "alone"
    elsewhere.mkdir()
    assert abate.run("measure", "presence", "--sightings", kept.rename(elsewhere / "s.rollup")).code == 0


def test_a_folder_of_parts_is_told_apart_part_by_part(tmp_path):
    folder = tmp_path / "parts" / "deep"
    folder.mkdir(parents=True)
    (folder / "one.parquet").write_bytes(b"1" * 100_000)
    (tmp_path / "parts" / "two.parquet").write_bytes(b"2")
    names = [name for name, *_ in source_of(tmp_path / "parts")]
    assert names == ["parts/deep/one.parquet", "parts/two.parquet"]


def test_where_a_roll_up_can_be_written(abate, table, tmp_path):
    for out, said in (("s.parquet", "a roll-up ends in .rollup"), ("no/s.rollup", "the roll-up cannot be written")):
        done = abate.run("measure", "rollup", "--sightings", table, "--out", tmp_path / out)
        assert done.code != 0
        assert said in done.err
    missing = abate.run("measure", "rollup", "--sightings", tmp_path / "x.csv", "--out", tmp_path / "x.rollup")
    assert "there is no such file" in missing.err


def test_a_file_that_is_damaged_or_of_another_version_is_refused(kept, tmp_path):
    whole = kept.read_bytes()
    strange = tmp_path / "t.rollup"
    cases = [
        (whole.replace(b"roll-up 1", b"roll-up 9"), "no roll-up of this version"),
        (whole[:-1], "its checksum does not hold"),
        (whole[:80] + b"?" + whole[81:], "its checksum does not hold"),
        (b"", "no roll-up"),
    ]
    for content, said in cases:
        strange.write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_rollup(strange)
    with pytest.raises(InputError, match="cannot be read"):
        read_rollup(tmp_path / "absent.rollup")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rows": 84', '"rows": "84"'),
        ('"|u1"', '"|O8"'),
        ('"dated": true', '"dated": 1'),
        ('"versions": []', '"versions": 0'),
    ],
)
def test_a_sound_checksum_over_strange_content_helps_nobody(kept, old, new):
    content = kept.read_bytes()
    length = int.from_bytes(content[48:56], "little")
    head = content[56 : 56 + length].decode()
    assert old in head
    head = head.replace(old, new, 1).encode()
    body = len(head).to_bytes(8, "little") + head + content[56 + length :]
    kept.write_bytes(content[:16] + hashlib.sha256(body).digest() + body)
    with pytest.raises(InputError, match="does not hold what one of this version does"):
        read_rollup(kept)


def test_arrays_come_back_as_they_were_and_no_further_than_the_file():
    arrays = Arrays()
    given = {"one": np.arange(6).reshape(2, 3), "other": np.array([], dtype=np.float64)}
    told = json.loads(json.dumps(packed(given, arrays)))
    back = Arrays.of(arrays.places, memoryview(arrays.content()))
    assert told == {"one": {"array": 0}, "other": {"array": 1}}
    assert [one.tolist() for one in back] == [[[0, 1, 2], [3, 4, 5]], []]
    for place in (["<i8", [9], 0], ["<i8", [1], -8], ["|O8", [1], 0]):
        with pytest.raises(Misfit):
            Arrays.of([place], memoryview(arrays.content()))
    with pytest.raises(Misfit):
        unpacked(np.ndarray[tuple[int], np.dtype[np.float64]], {"array": 0}, back)


def test_channels_and_weeks_too_many_to_be_kept_are_said(abate, table, tmp_path):
    with patch.object(channels, "_TABLE_LIMIT", 0):
        done = abate.run("measure", "rollup", "--sightings", table, "--out", tmp_path / "s.rollup")
    assert done.code != 0
    assert "are too many to be kept; ask the table itself" in done.err
