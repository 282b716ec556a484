"""A text's fingerprints as they are written: what a few of its shingles hash to, and where those stand.

A shingle is a short run of the letters that heavy normalisation leaves, without the spaces between words. Of all
shingles in each stretch of text one is kept (winnowing), so that two texts which share a long enough passage share
fingerprints, wherever it stands. The text itself cannot be read off them, but a short one can be found by trying a
dictionary.

The value is hexadecimal: the format (1 byte), the number of letters (2), and five bytes a fingerprint in the order of
the text: the hash (4), and the step from the fingerprint before with the shingle's length (5 bits and 3). All numbers
are big-endian.

Source: Schleimer, Wilkerson, Aiken, *Winnowing: Local Algorithms for Document Fingerprinting*, SIGMOD 2003.
"""

import binascii
from typing import Final

from abate.domain.errors import InputError

FORMAT: Final = 1
HEAD_BYTES: Final = 3
RECORD_BYTES: Final = 5
MOST_LETTERS: Final = 65_535
"""Letters of one text that are read."""
HEAD_LETTERS: Final = 32_768
"""Of a longer one these are its first, and the others its last: what is put in front of a copy does not hide it."""
LEAST_SHINGLE: Final = 4
"""Letters of the shortest shingle; the longest has ten. What is written is how many it has more than this."""
MOST_SHINGLE: Final = 10
STEP_SHIFT: Final = 3
"""The step stands above the three bits of the length."""


def read_fingerprints(untrusted: str) -> str:
    """Return a written text's fingerprints in canonical form: lower-case hexadecimal.

    :raises InputError: when it is none: no hexadecimal, another format, or shingles that do not fit into the text
    """
    text = untrusted.strip()
    if len(text) > 2 * (HEAD_BYTES + RECORD_BYTES * MOST_LETTERS):
        raise _refusal(text, f"it has {len(text)} digits, more than {MOST_LETTERS} letters can give")
    try:
        data = binascii.unhexlify(text)
    except ValueError as error:
        raise _refusal(text, "it is not hexadecimal") from error
    wrong = what_is_wrong(data)
    if wrong:
        raise _refusal(text, wrong)
    return data.hex()


def what_is_wrong(data: bytes) -> str:
    """Return why these bytes are no text's fingerprints, empty when they are."""
    if data[:1] != bytes([FORMAT]):
        return f"it does not begin with format {FORMAT}"
    if len(data) < HEAD_BYTES + RECORD_BYTES or (len(data) - HEAD_BYTES) % RECORD_BYTES:
        return "its records are cut off"
    letters = int.from_bytes(data[1:HEAD_BYTES], "big")
    places = data[HEAD_BYTES + RECORD_BYTES - 1 :: RECORD_BYTES]
    at = -1
    for place in places:
        step, length = place >> STEP_SHIFT, (place & (1 << STEP_SHIFT) - 1) + LEAST_SHINGLE
        at += step
        if step == 0 or length > MOST_SHINGLE or at + length > letters:
            return "a shingle of it stands outside of its text"
    return ""


def _refusal(text: str, why: str) -> InputError:
    return InputError(f"{text[:80]!r} is no text's fingerprints: {why}; give what `abate hash` prints as near_text")
