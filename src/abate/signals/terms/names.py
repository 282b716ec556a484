"""How the name of a designated organisation is banked, and which names say too little by themselves.

Two kinds of name are told apart by how they are compared:

- *long* (five letters or more, or any in a script without spaces): in normal form, at word boundaries;
- *short* (fewer): exactly as listed, capitals included.

And two by how much they tell. A *weak* name is no mention unless a name of the same organisation that is not weak
stands elsewhere in the text:

- an alias that is short, or is one word out of everybody's dictionary (``ordinary``);
- a name that its list calls of low quality, or that an operator marked: written with ``~`` before it.
"""

import unicodedata
from typing import Final

from abate.domain.bank import Entry
from abate.domain.errors import InputError
from abate.signals.normal import normalise
from abate.signals.terms.ordinary import is_ordinary
from abate.signals.terms.scripts import letters_in, unspaced, without_surrogates

SIGNAL_TYPE: Final = "name"
"""The signal type of entries in designated banks. No item has such a signal, so there is no plug of that name."""

LEAST_LETTERS: Final = 3
SHORT: Final = 5
"""Names with fewer letters and digits than this are found only exactly as listed."""
WEAK: Final = "~"
"""Written before a name that shall never count by itself."""


def normalise_name(untrusted: str) -> str:
    """Return the value under which a name is banked: normal form, or exactly as listed where it is short.

    A ``~`` before it, which makes it weak, stays before it.

    :raises InputError: when fewer than three letters or digits are left of it
    """
    written = " ".join(unicodedata.normalize("NFC", without_surrogates(untrusted)).split())
    mark = WEAK if written.startswith(WEAK) else ""
    written = written.lstrip(WEAK + " ")
    normal = normalise(written)
    if letters_in(normal) < LEAST_LETTERS:
        msg = f"the name {untrusted[:80]!r} has fewer than {LEAST_LETTERS} letters and would hit anything; leave it out"
        raise InputError(msg)
    return mark + (written if is_short(normal) else normal)


def is_short(normal: str) -> bool:
    """Say whether a name in normal form has few letters, in a script in which few say little."""
    letters = normal.replace(" ", "")
    return len(letters) < SHORT and not all(map(unspaced, letters))


def looked_for(value: str) -> str:
    """Return what is looked for of a banked name: all but the mark."""
    return value.removeprefix(WEAK)


def is_weak(entry: Entry) -> bool:
    """Say whether the name counts only beside another of its organisation."""
    if entry.value.startswith(WEAK):
        return True
    normal = normalise(entry.value)
    return not _is_main(entry, normal) and (is_short(normal) or is_ordinary(normal))


def _is_main(entry: Entry, normal: str) -> bool:
    """Say whether it is the name under which its list has the organisation."""
    return not entry.label or normalise(entry.label) == normal
