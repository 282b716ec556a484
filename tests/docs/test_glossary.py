"""One word per thing: the glossary and the contract between the rooms name the same things."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def public_names(room: str) -> set[str]:
    """The classes, functions and constants that a room offers; type variables are spelling, not words."""
    names: set[str] = set()
    for path in (ROOT / "src" / "abate" / room).rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
            if isinstance(node, ast.Assign | ast.AnnAssign) and "TypeVar(" not in ast.unparse(node):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def glossary_rows() -> list[tuple[str, str]]:
    return re.findall(r"^\| `(\w+)` \| (.+) \|$", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)


def test_every_public_name_of_the_contract_is_explained():
    missing = (public_names("domain") | public_names("extend")) - {name for name, _ in glossary_rows()}
    assert not missing, "add them to docs/glossary.md"


def test_the_glossary_explains_nothing_that_is_gone():
    gone = {name for name, _ in glossary_rows()} - public_names("domain") - public_names("extend")
    assert not gone, "take them out of docs/glossary.md"


def test_a_word_is_explained_once_and_in_a_sentence():
    counted = Counter(name for name, _ in glossary_rows())
    assert not [name for name, count in counted.items() if count > 1]
    assert not [name for name, meaning in glossary_rows() if not meaning.endswith(".")]
