"""docs/howto/context.md, done as it says: what its Python prints is what stands below it."""

import contextlib
import io
import re
from pathlib import Path

from abate.signals.context.lists import languages

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "context.md"
LANGUAGES = (
    "Arabic, English, French, German, Indonesian, Pashto, Persian (and Dari), Russian, Swahili, Turkish and Urdu"
)


def blocks(language):
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_what_the_page_shows_is_what_comes():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks("python"):
            exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102 - the page's own example
    assert printed.getvalue() == "".join(blocks("text"))


def test_the_page_names_every_language_that_is_read():
    assert " ".join(LANGUAGES.split()) in " ".join(PAGE.read_text("utf-8").split())
    assert len(languages()) == len(re.split(r",| and (?!Dari)", LANGUAGES)) == 11
