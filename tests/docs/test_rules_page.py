"""docs/howto/rules.md, done as it says: what its Python prints stands below it; its tables are those of the code."""

import re
from pathlib import Path

from abate.policy.rules import fields, functions
from shown_steps import blocks, printed_by

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "rules.md"


def test_what_the_page_shows_is_what_comes():
    assert printed_by(PAGE) == "".join(blocks(PAGE, "text"))


def rows(heading):
    """The rows of the table under ``| heading |``."""
    found = re.search(rf"^\| {heading} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE)
    return found[1].splitlines()


def field_rows():
    for info in fields.TABLE:
        name = f'{info.name}("{info.key}")' if info.key else info.name
        yield f"| `{name}` | {info.type.value} | {info.most.value} | {info.help} |"


def function_rows():
    for one in functions.TABLE:
        takes = [" or ".join(sorted(kinds)) if len(kinds) < 4 else "anything" for kinds in one.takes]
        takes[-1] += " …" if one.many else ", written out" if one.literal else ""
        yield f"| `{one.name}` | {', '.join(takes)} | {one.gives.value} | {one.help} |"


def window_rows():
    for line in functions.WINDOWS.values():
        form, _, says = line.partition(": ")
        yield f"| `{form}` | {says} |"


def test_the_page_has_every_field_function_and_window_as_the_code_has_them():
    assert rows("field") == list(field_rows())
    assert rows("function") == list(function_rows())
    assert rows("window") == list(window_rows())
