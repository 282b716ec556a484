"""The map of the house leads to where it says."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
TABLE = PAGE.split("## Where is …?", 1)[1].split("\n## ", 1)[0]
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \| (?:`(.+?)`)? *\|$", TABLE, re.MULTILINE)


def test_the_first_row_is_the_one_that_cannot_wait():
    assert ROWS[0] == ("a removal order's one-hour timer", "src/abate/compliance/removal_order.py", "TIME_TO_REMOVE")


def test_every_row_of_the_table_is_read_by_the_test_below():
    assert len(ROWS) == TABLE.count("\n|") - 2  # the head and its rule


@pytest.mark.parametrize(("question", "path", "symbol"), ROWS, ids=[row[0] for row in ROWS])
def test_where_is(question, path, symbol):
    target = ROOT / path
    assert target.exists(), f"{question}: {path} is not there"
    if symbol:
        body = ast.parse(target.read_text("utf-8")).body
        for name in symbol.split("."):
            found = [node for node in body if name in _defined(node)]
            assert found, f"{question}: {path} defines no {symbol}"
            body = getattr(found[0], "body", [])


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_room_of_the_house_is_on_the_map():
    rooms = {path.name for path in (ROOT / "src" / "abate").iterdir() if path.suffix == ".py" or path.is_dir()}
    drawn = set(re.findall(r"^[├└]── (\S+?)/?\s", PAGE, re.MULTILINE))
    assert drawn == rooms - {"__init__.py", "__pycache__"}
