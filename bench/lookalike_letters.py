"""Writes ``src/abate/signals/normal/lookalike_letters.py`` from Unicode's confusables: single letters of two scripts.

``python -m bench.lookalike_letters FOLDER/lang_confusables/confusables.tsv [--write]``

The source maps each character to those that it can be taken for. Kept are the classes in which letters of at least two
scripts meet. The small capitals of the phonetic alphabet are put with the letters they are named after, because writers
use both for a third script's: Cyrillic ve looks like one, and stands for the letter.
"""

import argparse
import csv
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

from abate.signals.normal.characters import fold, script_of

TARGET = Path(__file__).parents[1] / "src" / "abate" / "signals" / "normal" / "lookalike_letters.py"

SMALL_CAPITAL = re.compile("LATIN LETTER SMALL CAPITAL ([A-Z])")

HEADER = '''"""Letters of different scripts that look alike, one class a line. Written by a script; do not edit.

Code points. Made by ``python -m bench.lookalike_letters``. Source: Unicode Technical Standard #39, confusables, as
kept by confusable_homoglyphs (MIT); the data are under the Unicode licence, © Unicode, Inc.
"""

from typing import Final

CLASSES: Final = """\\
'''


class Classes:
    """Which characters stand for one another: union and find."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def of(self, character: str) -> str:
        while self.parents.setdefault(character, character) != character:
            character = self.parents[character]
        return character

    def join(self, one: str, other: str) -> None:
        self.parents[self.of(one)] = self.of(other)


def written(cell: str) -> str:
    """A cell as the character it stands for: spaces and controls are written as escapes there."""
    return cell.encode().decode("unicode_escape") if re.fullmatch(r"(\\[ux][0-9a-f]+)+", cell) else cell


def script(character: str) -> int:
    if unicodedata.normalize("NFKD", character) != character:
        return 0  # the normal form undoes it by itself
    if "SMALL CAPITAL" in unicodedata.name(character, "") and not SMALL_CAPITAL.fullmatch(unicodedata.name(character)):
        return 0  # turned and reversed ones are in no word of any language
    folded = fold(character)
    return script_of(folded) if len(folded) == 1 else 0


def classes(source: Path) -> list[list[str]]:
    """The letters that look alike, a list for each class, lowest code point first."""
    found = Classes()
    with source.open(encoding="utf-8", newline="") as file:
        for character, lookalikes in list(csv.reader(file, delimiter="\t"))[1:]:
            for other in map(written, lookalikes.split(" ")):
                if len(written(character)) == len(other) == 1:
                    found.join(written(character), other)
    for code in range(0x250, 0xA800):
        small = SMALL_CAPITAL.fullmatch(unicodedata.name(chr(code), ""))
        if small:
            found.join(chr(code), small[1].lower())
    members = defaultdict(list)
    for character in sorted(found.parents):
        if script(character):
            members[found.of(character)].append(character)
    return sorted(letters for letters in members.values() if len({script(letter) for letter in letters}) > 1)


def module(source: Path) -> str:
    lines = (" ".join(f"{ord(letter):x}" for letter in letters) for letters in classes(source))
    return HEADER + "\n".join(lines) + '\n"""\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if asked.write:
        TARGET.write_text(module(asked.source), "utf-8")
    else:
        sys.stdout.write(module(asked.source))


if __name__ == "__main__":
    main()
