"""The signal near_text: what is read off a text, what is too little, and where a run of letters stands in it."""

import numpy as np
import pytest

from abate.domain.item import Kind
from abate.domain.signal import MIN_QUALITY, Span
from abate.domain.winnow import HEAD_BYTES, HEAD_LETTERS, MOST_LETTERS, RECORD_BYTES
from abate.signals import winnow_kernel
from abate.signals.near_text import NearText
from abate.signals.normal import normalise
from near_texts import edited, posts, signal_of, value_of

TEXT = "The Order of the Grey Lantern calls its friends to the harbour, where the lamps are lit at noon and at dusk."
HAN = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少白日依山尽黄河入海流欲穷千里目更上一层楼"
KANA = "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえて"
THAI = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ" * 2


def records(value):
    """Return (start, length, hash) of each fingerprint, read by the page that describes the format."""
    data, at, found = bytes.fromhex(value), -1, []
    for place in range(HEAD_BYTES, len(data), RECORD_BYTES):
        at += data[place + 4] >> 3
        found.append((at, (data[place + 4] & 7) + 4, data[place : place + 4]))
    return found


def winnowed(letters, weigh):
    """Robust winnowing by its definition, a window at a time; the hash is the kernel's own."""
    ends = []
    for start in range(len(letters)):
        end = start
        while end < len(letters) and sum(map(weigh, letters[start:end])) < 60:
            end += 1
        if sum(map(weigh, letters[start:end])) < 60:
            break
        ends.append(end)
    order = [hashed(letters[start:end]) >> 32 for start, end in enumerate(ends)]
    windows = [range(start, end) for start, end in enumerate(ends) if end <= len(ends)] or [range(len(ends))]
    kept = []
    for window in windows:
        lowest = min(order[i] for i in window)
        if not (kept and kept[-1] in window and order[kept[-1]] == lowest):
            kept.append(max(i for i in window if order[i] == lowest))
    return [(i, ends[i] - i, (hashed(letters[i : ends[i]]) & 0xFFFFFFFF).to_bytes(4, "big")) for i in kept]


def hashed(shingle):
    total = 0
    for letter in shingle:
        total = (total * 0x9E3779B97F4A7C15 + ord(letter) + 1) % 2**64
    total = (total ^ total >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    total = (total ^ total >> 27) * 0x94D049BB133111EB % 2**64
    return total ^ total >> 31


def heavy(letter):
    scripts = [("ก", "๛", 9), ("ሀ", "᎟", 12), ("ぁ", "ヿ", 12), ("㐀", "鿿", 15), ("\U00020000", "\U0003ffff", 15)]
    return next((weight for first, last, weight in scripts if first <= letter <= last), 6)


@pytest.mark.parametrize(
    "text", [TEXT, HAN, KANA, THAI, TEXT + HAN + KANA + THAI, "ab" * 40, "a" * 50, "ሰላም ለዓለም ሁሉ ይሁን አሁንም ሁልጊዜም"]
)
def test_what_is_kept_is_what_the_definition_of_winnowing_keeps(text):
    letters = normalise(text).replace(" ", "")
    assert records(value_of(text)) == winnowed(letters, heavy)


@pytest.mark.parametrize("text", [TEXT, HAN + TEXT, "ab" * 20, ""])
def test_the_compiled_kernels_and_their_python_agree(text):
    codes = np.frombuffer(normalise(text).encode("utf-32-le"), dtype=np.uint32)
    with np.errstate(over="ignore"):
        slow, fast = winnow_kernel.winnow.py_func(codes), winnow_kernel.winnow(codes)
        letters = winnow_kernel.letters_of.py_func(codes)
        ends, hashes, total = winnow_kernel.shingles_of.py_func(letters)
        kept = winnow_kernel.kept_of.py_func(ends, hashes)
    assert (slow[0].tolist(), *slow[1:]) == (fast[0].tolist(), *fast[1:])
    assert letters.tolist() == winnow_kernel.letters_of(codes).tolist()
    assert total == winnow_kernel.shingles_of(letters)[2] == sum(map(winnow_kernel.weight.py_func, letters.tolist()))
    assert kept.tolist() == winnow_kernel.kept_of(ends, hashes).tolist()


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.PHOTO, Kind.VIDEO])
def test_spacing_case_marks_and_what_cannot_be_seen_change_nothing(kind):
    spoilt = "\u202e".join(TEXT.upper()).replace("A", "Á").replace(" ", "  .  ").replace("H", "H\u200b\u0301")
    assert signal_of(spoilt, kind) == signal_of(TEXT)
    assert signal_of(TEXT.replace(" ", "")) == signal_of(TEXT)


@pytest.mark.parametrize("text", ["", "   ", "!?", "lantern", "Grey Lamp", "\ud800" * 50, "\u200d" * 1000])
def test_of_less_than_a_shingle_there_is_no_signal(text):
    assert signal_of(text) is None


@pytest.mark.parametrize(
    ("text", "is_matched"),
    [
        (TEXT, True),
        (TEXT[:70], False),  # too short to be told from a turn of speech
        (HAN, True),  # forty characters say as much as a hundred letters
        ("hahaha" * 50, False),  # long, and the same all over
        ("wonderful news " * 20, False),
    ],
)
def test_a_text_is_matched_from_eighty_letters_on_that_say_something(text, is_matched):
    assert (signal_of(text).quality >= MIN_QUALITY) is is_matched


def test_half_of_a_text_has_the_fingerprints_that_the_whole_has_there():
    text = posts(7, 1, words=80)[0]
    half = text[: len(text) // 2]
    own, whole = ({one[2] for one in records(value_of(each))} for each in (half, text))
    assert len(own - whole) <= 1  # where it was cut


def test_of_a_text_that_is_too_long_the_first_letters_and_the_last_are_read():
    long = " ".join(posts(3, 700))
    letters = normalise(long).replace(" ", "")
    assert len(letters) > 2 * MOST_LETTERS
    read = letters[:HEAD_LETTERS] + letters[HEAD_LETTERS - MOST_LETTERS :]
    value = value_of(long)
    assert value == value_of(read)
    assert bytes.fromhex(value)[1:3] == b"\xff\xff"


def test_a_run_is_shown_where_it_stands_with_its_marks_and_whole_characters():
    text = "Ⓐ e\u0301 – ﷺ x"
    assert normalise(text).replace(" ", "") == "aeصلياللهعليهوسلمx"
    show = NearText().highlight
    assert show(text, [Span(start=0, end=2)]) == (Span(start=0, end=4),)
    assert show(text, [Span(start=1, end=4)]) == (Span(start=2, end=4),)  # the ligature would say more than the run
    assert show(text, [Span(start=3, end=5)]) == ()
    assert show(text, [Span(start=5, end=18)]) == (Span(start=9, end=10),)
    assert show(text, []) == ()


def test_a_run_over_the_cut_of_a_long_text_is_shown_in_its_halves():
    text = "b" * (MOST_LETTERS + 100)
    shown = NearText().highlight(text, [Span(start=HEAD_LETTERS - 2, end=HEAD_LETTERS + 3)])
    assert shown == (
        Span(start=HEAD_LETTERS - 2, end=HEAD_LETTERS),
        Span(start=HEAD_LETTERS + 100, end=HEAD_LETTERS + 103),
    )


def test_an_edit_changes_few_fingerprints():
    text = posts(5, 1)[0]
    own, other = ({one[2] for one in records(value_of(each))} for each in (text, edited(text, 0.1)))
    assert len(own & other) > len(own) / 2
