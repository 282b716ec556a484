"""What a page shows at a prompt: each command with the answers that stand below it."""

import re
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
