"""Every command that a page shows exists, with the options that it shows."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])


def shown_on(page: Path) -> set[str]:
    """The commands in code spans and in fenced blocks: what begins with ``abate``, after a prompt or a path if any."""
    text = page.read_text("utf-8")
    # A fence may name a file too. One that is passed over would make its end the beginning of the prose behind it.
    fences = re.findall(r"^```[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"(?<!`)`(abate [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    joined = "\n".join(fences).replace("\\\n", " ")
    typed = re.findall(r"(?:^(?:\$ )?|&& |\$\()(?:\.venv/bin/)?(abate .+)$", joined, re.MULTILINE)
    return {command.strip() for command in [*spans, *typed]}


ENDS = {"|", ">", ">>", "<", ";", ")", "&&"}


def _words(command: str) -> Iterator[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return iter(lexer)


def problems(command: str, root) -> str:
    """Return what is wrong with a command line, or nothing."""
    words, found = list(takewhile(lambda word: word not in ENDS, _words(command)))[1:], root
    while words and words[0] in getattr(found, "commands", {}):
        found = found.commands[words.pop(0)]
    if hasattr(found, "commands") and [word for word in words if not word.startswith("-")]:
        return f"{command!r} is no command"
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = {word.split("=")[0] for word in words if word.startswith("--")} - options
    return f"{command!r} has no {sorted(unknown)}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page):
    from abate.cli.root import app  # collecting the other tests must not wait for the whole product

    root = typer.main.get_command(app)
    assert not [wrong for command in sorted(shown_on(page)) if (wrong := problems(command, root))]


def test_the_pages_are_read_as_they_are_written():
    assert shown_on(ROOT / "README.md") >= {"abate demo", "abate scan"}
    assert "abate comply due" in shown_on(ROOT / "docs" / "tutorial.md")


def test_a_wrong_command_is_seen():
    from abate.cli.root import app  # as above

    root = typer.main.get_command(app)
    assert problems("abate scam uploads", root)
    assert problems("abate bank crate x", root)
    assert problems("abate scan uploads --jsnl", root)
