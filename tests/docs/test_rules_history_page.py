"""docs/howto/rules-history.md, done as it says: what comes in is recorded without its words, and counted."""

import re
from pathlib import Path

from abate.flows.fields import ITEM_COLUMNS
from abate.flows.rules import alarm, pruning
from abate.policy.rules import anomaly, fields
from abate.settings import Settings
from shown_steps import blocks, files, printed_by, run_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "rules-history.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = files(PAGE)


def test_what_the_page_shows_is_what_comes(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.jsonl").write_text(BLOCKS["posts.jsonl"], "utf-8")
    (taken,) = run_lines(abate, BLOCKS["take_in.sh"])
    assert taken.code == 0, taken.err
    assert printed_by(PAGE) == "".join(blocks(PAGE, "text"))
    (waiting,) = run_lines(abate, BLOCKS["alarms.sh"])
    assert (waiting.code, waiting.err.strip()) == (0, "0 alarms wait")


def test_the_columns_are_columns_and_the_fields_are_fields():
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([\w.]+)` \|$", TEXT, re.MULTILINE)
    assert len(rows) == 4
    assert {column for column, _ in rows} <= set(ITEM_COLUMNS)
    assert {field for _, field in rows} <= set(fields.PLAIN)


def test_the_figures_are_those_of_the_code():
    assert f"`rules_history_days` days ({Settings().rules_history_days})" in TEXT
    assert f"`rule_alarm_hits` items ({Settings().rule_alarm_hits})" in TEXT
    assert f"{pruning.MOST:,} at most" in TEXT
    assert (anomaly.TIMES_USUAL, anomaly.DAY_HOURS, alarm.DAYS) == (2.0, 24, 7)
