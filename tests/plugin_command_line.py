"""The command line as a fixture: the real entry point, in this process, with its real exit codes."""

import io
import json
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from abate.cli.root import main


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def abate(home, capsys, monkeypatch):
    """Run ``abate …`` on an empty state folder."""

    def run(*arguments: object, stdin: bytes = b"") -> Answer:
        monkeypatch.setattr(sys, "argv", ["abate", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(code=ended.value.code, out=said.out, err=said.err)

    run.home = home
    return SimpleNamespace(run=run, home=home)
