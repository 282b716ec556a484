"""Rules to begin with: shipped as text, in force nowhere until people try one and let it go live."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from abate.domain.errors import NotFoundError

_FOLDER = Path(__file__).resolve().parents[2] / "models" / "starter-rules"


class Starter(NamedTuple):
    """One rule to begin with."""

    name: str
    """The rule's name, and its file's."""
    title: str
    """The first line of its comment."""
    text: str
    """The whole file: what it is for, what it costs and misses, whom it may hit wrongly, and the rule."""


@lru_cache(maxsize=1)
def _read() -> tuple[Starter, ...]:
    return tuple(_starter(path) for path in sorted(_FOLDER.glob("*.rules")))


def _starter(path: Path) -> Starter:
    text = path.read_text("utf-8")
    return Starter(name=path.stem, title=text.partition("\n")[0].removeprefix("# "), text=text)


def starters() -> list[Starter]:
    """Return the rules to begin with, by name."""
    return list(_read())


def starter(name: str) -> Starter:
    """Return one of them.

    :raises NotFoundError: when there is none of that name
    """
    found = next((one for one in _read() if one.name == name), None)
    if found is None:
        msg = f"there is no starter rule {name!r}; `abate rules starter` lists them"
        raise NotFoundError(msg)
    return found
