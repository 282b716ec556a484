"""docs/howto/context.md, done as it says: what its Python prints is what stands below it."""

import re
from pathlib import Path

from abate.signals.context.lists import languages
from shown_steps import blocks, printed_by

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "context.md"
LANGUAGES = (
    "Arabic, English, French, German, Indonesian, Pashto, Persian (and Dari), Russian, Swahili, Turkish and Urdu"
)


def test_what_the_page_shows_is_what_comes():
    assert printed_by(PAGE) == "".join(blocks(PAGE, "text"))


def test_the_page_names_every_language_that_is_read():
    assert " ".join(LANGUAGES.split()) in " ".join(PAGE.read_text("utf-8").split())
    assert len(languages()) == len(re.split(r",| and (?!Dari)", LANGUAGES)) == 11
