"""What a text is turned into: buckets of letter groups, words and pairs, the same under every Python."""

import hashlib
import itertools

import numpy as np
import pytest

from abate.signals.linear import hashed
from abate.signals.linear.features import KINDS, chunks, first_word, tables
from abate.signals.linear.folder import FORMAT
from abate.signals.linear.folding import BY_NEIGHBOURS, folding
from abate.signals.linear.kernel import spaced
from abate.signals.normal import light

BITS = 16
FACTOR, GROUPS, WORDS = 0x9E3779B97F4A7C15, 0x51ED270B, 0x2545F491
MASK = (1 << 64) - 1


def lines(texts):
    """The lines that the kernel reads."""
    found = []
    for points, ends in chunks(texts):
        line = np.zeros(4 * len(points) + 2, dtype=np.uint32)
        for start, end in itertools.pairwise([0, *ends.tolist()]):
            found.append("".join(map(chr, line[: spaced(points, start, end, tables(), line)].tolist())))
    return found


def expected(text):
    """The same by way of ``light``, with spaces where the table of kinds has them."""
    blanked = "".join(" " if ord(one) < 1 << 16 and KINDS[ord(one)] == 0 else one for one in light(text))
    words = [word for word in blanked.split(" ") if word]
    return f" {' '.join(words)} " if words else " "


def by_hand(text):
    """The buckets as the docstring describes them, from strings."""
    found = set()
    (line,) = lines([text])

    def run(state, characters):
        for character in characters:
            state = ((state ^ ord(character)) * FACTOR) & MASK
        return state

    for at, length in itertools.product(range(len(line)), range(2, 6)):
        group = line[at : at + length]
        if len(group) == length and " " not in group[1:-1]:
            state = ((ord(group[0]) ^ GROUPS) * FACTOR) & MASK
            found.add(((run(state, group[1:]) >> 32) * first_word(BITS)) >> 32)
    words = "".join(one if ord(one) < 1 << 16 and KINDS[ord(one)] == 2 else " " for one in line).split()
    before = 0
    for word in (one for one in words if len(one) > 1):
        state = ((run(0, word) ^ WORDS) * FACTOR) & MASK
        found.add(first_word(BITS) + (state >> (66 - BITS)))
        if before:
            found.add(first_word(BITS) + ((((state ^ (before >> 7)) * FACTOR) & MASK) >> (66 - BITS)))
        before = state
    return found


@pytest.mark.parametrize(
    "text",
    [
        "The lantern is lit, at noon!",
        "a",
        "  ",
        "",
        "фонарь горит в полдень",
        "چراغ روشن است",
        "x" * 40,
        "ab ab ab",
        "🏮🏮 lit",
    ],
)
def test_buckets_are_those_that_a_reader_would_work_out_from_the_description(text):
    rows = hashed([text], bits=BITS)
    assert set(rows.buckets.tolist()) == by_hand(text)
    assert len(set(rows.buckets.tolist())) == len(rows.buckets)


def test_a_text_gives_the_same_buckets_alone_and_among_others():
    texts = ["The harbour is calm", "", "Lanterns everywhere", "ı̇stanbul ﷺ …", "x" * 100]
    together = hashed(texts, bits=BITS)
    starts = [0, *together.ends[:-1].tolist()]
    for text, start, end in zip(texts, starts, together.ends.tolist(), strict=True):
        assert together.buckets[start:end].tolist() == hashed([text], bits=BITS).buckets.tolist()


def test_the_table_of_light_forms_agrees_with_light_on_every_character_of_unicode():
    every = [chr(code) for code in (*range(1 << 16), *range(1 << 16, 0x110000, 37))]
    wrong = [hex(ord(one)) for one, line in zip(every, lines(every), strict=True) if line != expected(one)]
    assert not wrong


def test_a_text_whose_marks_depend_on_neighbours_takes_the_long_way_to_the_same_form():
    assert folding().lengths[0x301] == BY_NEIGHBOURS
    texts = [
        "سَلامٌ",
        "\u0651\u200d\u064e",
        "سَّ",
        "\u0650\u0651",
        "\u037a\ufe23",
        "e\u0301te\u0301",
        "\u0651\u064e\u0627\u0653",
        "\u1100\u1161\u11a8",
        "\u0915\u093c",
        "ẞ𝐀\u0301",
    ]
    assert lines(texts) == [expected(text) for text in texts]


def test_case_width_and_invisible_characters_change_nothing():
    plain = hashed(["the lantern"], bits=BITS).buckets
    for other in ("THE LANTERN", "ｔｈｅ lan\u200btern", "\u202ethe\u00a0\u3000lantern\ufeff "):
        assert sorted(hashed([other], bits=BITS).buckets.tolist()) == sorted(plain.tolist())


def test_rows_are_taken_in_the_order_asked_for():
    texts = ["one lantern", "", "two harbours", "three"]
    rows = hashed(texts, bits=BITS)
    taken = rows.take(np.array([3, 0, 0, 1]))
    again = hashed(["three", "one lantern", "one lantern", ""], bits=BITS)
    assert taken.buckets.tolist() == again.buckets.tolist()
    assert taken.ends.tolist() == again.ends.tolist()
    assert len(rows.take(np.zeros(0, dtype=np.int64))) == 0
    assert len(hashed([], bits=BITS).take(np.zeros(0, dtype=np.int64))) == 0


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000_000,
        "\u200d" * 100_000,
        "e" + "\u0301" * 100_000,
        "\ud800" * 1000,
        "\x00" * 1000,
        "ﷺ" * 1000,
        "… " * 500_000,
    ],
    ids=["ten million of one letter", "joiners", "marks", "surrogates", "zeros", "expanding", "dots"],
)
def test_hostile_texts_are_read_like_any_other(text):
    rows = hashed([text, "the lantern"], bits=BITS)
    assert len(rows) == 2
    alone = hashed(["the lantern"], bits=BITS).buckets
    assert rows.buckets[rows.ends[0] :].tolist() == alone.tolist()


def test_many_long_texts_are_read_in_stretches_and_come_out_in_order(monkeypatch):
    monkeypatch.setattr("abate.signals.linear.features.CHUNK", 30)
    texts = [f"lantern number {n}" for n in range(20)]
    few = hashed(texts, bits=BITS)
    monkeypatch.undo()
    assert few.buckets.tolist() == hashed(texts, bits=BITS).buckets.tolist()
    assert few.ends.tolist() == hashed(texts, bits=BITS).ends.tolist()


def test_stored_models_still_read_texts_as_they_were_trained_to():
    """If this must change, raise ``folder.FORMAT`` with it and train the shipped model anew: old weights are noise."""
    texts = ["The Lantern is lit, at noon! 🏮", "фонарь горит", "چراغ روشن است", "ab1 e\u0301 …"]
    rows = hashed(texts, bits=20)
    each = [sorted(part.tolist()) for part in np.split(rows.buckets, rows.ends[:-1])]
    digest = hashlib.sha256(repr(each).encode()).hexdigest()[:16]
    assert (FORMAT, digest) == (1, "c390cd2276c808c5")
