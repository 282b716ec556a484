"""docs/howto/rules-go-live.md, done as it says: from a file to live, replaced, and taken back."""

import re
import shlex
from pathlib import Path

from abate.access.roles import ROLES
from abate.domain.person import Permission
from shown_steps import files, steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "rules-go-live.md"
PASSWORD = b"herring before noon\n"


def test_the_page_happens_as_it_is_written(abate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in files(PAGE).items():
        (tmp_path / name).write_text(text, "utf-8")
    told = steps(PAGE)
    assert len(told) >= 15
    for command, expected in told:
        answer = abate.run(*shlex.split(command)[1:], stdin=PASSWORD)
        assert answer.code == 0, (command, answer.err)
        for line in expected:
            pattern = re.escape(line).replace("…", ".*")
            assert re.search(pattern, answer.out + answer.err), f"{command}\nshould answer: {line}\nanswered:\n{answer}"


def test_the_page_says_which_roles_may():
    (table,) = re.findall(r"^\| step \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE)
    told = dict(re.findall(r"`(rules:\w+)`: ([^;|]+?)(?:;[^|]*)? \|", table))
    for permission in (Permission.RULES_READ, Permission.RULES_EDIT, Permission.RULES_APPROVE):
        having = [role.value for role in ROLES if permission in ROLES[role]]
        assert told[permission] == ("every role" if len(having) == len(ROLES) else ", ".join(having))
