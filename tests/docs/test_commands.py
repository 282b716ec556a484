"""Every command that a page shows exists, with the options that it shows."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])


def shown_on(page: Path) -> set[str]:
    """The commands in code spans and in fenced blocks: what begins with ``abate``, after a prompt or a path if any."""
    text = page.read_text("utf-8")
    fences = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"(?<!`)`(abate [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    joined = "\n".join(fences).replace("\\\n", " ")
    typed = re.findall(r"(?:^(?:\$ )?|&& |\$\()(?:\.venv/bin/)?(abate .+)$", joined, re.MULTILINE)
    return {command.strip() for command in [*spans, *typed]}


SHOWN = sorted({(page.relative_to(ROOT).as_posix(), command) for page in PAGES for command in shown_on(page)})


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_a_command_that_a_page_shows_exists(page, command):
    from abate.cli import app  # collecting the other tests must not wait for the whole product

    words = shlex.split(re.split(r"[|>;)]| && | #", command)[0])[1:]
    found: click.Command = typer.main.get_command(app)
    while words and hasattr(found, "commands") and words[0] in found.commands:
        found = found.commands[words.pop(0)]
    if hasattr(found, "commands"):
        assert not [word for word in words if re.match(r"[a-z]", word)], f"{page}: {command!r} is no command"
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= options, f"{page}: {command!r}"


def test_the_first_command_of_the_readme_is_among_them():
    assert ("README.md", "abate demo") in SHOWN
