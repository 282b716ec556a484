"""What a page shows: commands with the answers that stand below them, files, and Python with what it prints."""

import contextlib
import io
import os
import re
import shlex
import subprocess
from pathlib import Path


def steps(page: Path) -> list[tuple[str, list[str]]]:
    """Return the commands of every ``console`` block, in order, each with the lines shown as its answer.

    Further lines of a command stand behind ``>``.
    """
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> "):
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", found[-1][1])
            else:
                found[-1][1].append(line)
    return found


def files(page: Path) -> dict[str, str]:
    """Return the blocks that the page tells to keep in a file, by the file's name."""
    return dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def blocks(page: Path, language: str) -> list[str]:
    """Return the blocks in one language, in order."""
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def printed_by(page: Path) -> str:
    """Run each block of Python by itself, and return what all of them print."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks(page, "python"):
            exec(compile(block, str(page), "exec"), {})  # noqa: S102 - the page's own example
    return printed.getvalue()


def run_lines(abate, script: str) -> list:
    """Run each line, an ``abate`` command, in this process: thirty starts of it would take longer than all it does."""
    return [abate.run(*shlex.split(line)[1:]) for line in script.splitlines()]


def answer_to(abate, command: str, *, talk: bool = False) -> str:
    """Run one line: an ``abate`` command, what ``grep`` leaves of it, or anything else a shell knows.

    :param talk: whether what the command says beside its results counts as its answer too
    """
    if not command.startswith("abate "):
        return subprocess.run(["bash", "-ec", command], capture_output=True, text=True, check=True).stdout
    line, _, wanted = command.partition(" | grep ")
    answer = abate.run(*shlex.split(os.path.expandvars(line))[1:])
    assert answer.code == 0, answer.err
    shown = answer.out + answer.err if talk and not wanted else answer.out
    left = [row for row in shown.splitlines() if not wanted or shlex.split(wanted)[0] in row]
    assert left or not wanted, answer.out
    return "\n".join(left)
