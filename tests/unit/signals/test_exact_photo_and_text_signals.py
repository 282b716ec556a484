import hashlib

import numba
import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material, Picture
from abate.domain.signal import MIN_QUALITY
from abate.extend.signal import Turnable
from abate.numeric.kernels import njit, popcount
from abate.signals.exact import Md5, Sha256
from abate.signals.photo import Pdq
from abate.signals.text import NormalisedText, quality

PHOTO = Item(id="1", kind=Kind.PHOTO)


def text_of(words, kind=Kind.TEXT):
    return Material(item=Item(id="1", kind=kind, text=words))


def test_bytes_are_hashed_as_they_were_uploaded():
    material = Material(item=PHOTO, content=b"lantern")
    assert Sha256().compute(material).value == hashlib.sha256(b"lantern").hexdigest()
    assert Md5().compute(material).value == hashlib.md5(b"lantern", usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("plug", [Sha256(), Md5()])
@pytest.mark.parametrize("content", [None, b""])
def test_an_item_without_bytes_has_no_hash(plug, content):
    """All empty files are equal: their hash in a bank would match every failed upload."""
    assert plug.compute(Material(item=PHOTO, content=content)) is None


def test_only_the_unbroken_hash_counts_as_proof():
    assert (Sha256().verified, Md5().verified, Pdq().verified, NormalisedText().verified) == (True, False, False, False)


@pytest.mark.parametrize("plug", [Sha256(), Md5(), Pdq(), NormalisedText()])
@pytest.mark.parametrize("wrong", ["", "xyz", "0" * 31, "0" * 63, "g" * 64, "0" * 65, "é" * 64, "0x" + "0" * 62])
def test_what_is_no_hash_is_refused_with_what_one_looks_like(plug, wrong):
    with pytest.raises(InputError, match="hexadecimal digits"):
        plug.parse(wrong)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_a_picture_is_hashed_from_any_buffer(wrap):
    pixels = (np.add.outer(np.arange(60) * 3, np.arange(80) * 2) % 256).astype(np.uint8)
    picture = Picture(width=80, height=60, luma=wrap(pixels.tobytes()))
    signal = Pdq().compute(Material(item=PHOTO, picture=picture))
    assert signal.type == "pdq"
    assert Pdq().parse(signal.value) == signal.value
    assert signal.quality > 0


def shelf(width=80, height=60):
    return (np.add.outer(np.arange(height) ** 2, np.arange(width) * 7) % 251).astype(np.uint8)


def photo(pixels):
    height, width = pixels.shape
    return Material(
        item=PHOTO, picture=Picture(width=width, height=height, luma=np.ascontiguousarray(pixels).tobytes())
    )


def test_a_picture_has_a_signal_for_each_of_its_seven_other_forms():
    plug = Pdq()
    turned = plug.turned(photo(shelf()))
    others = [np.rot90(shelf()), np.fliplr(shelf()), np.flipud(shelf()), shelf().T]
    assert isinstance(plug, Turnable)
    assert len(turned) == 7
    assert {plug.compute(photo(other)).value for other in others} <= {one.value for one in turned}
    assert {(one.type, one.version) for one in turned} == {("pdq", plug.version)}


def test_the_other_forms_of_a_flat_picture_are_as_poor_as_it_is():
    flat = np.full((60, 80), 90, dtype=np.uint8)
    assert {one.quality for one in Pdq().turned(photo(flat))} == {0}


def test_without_a_picture_there_are_no_other_forms_either():
    assert Pdq().turned(Material(item=PHOTO, content=b"not decoded")) == []
    with pytest.raises(InputError, match="report the decoder"):
        Pdq().turned(Material(item=PHOTO, picture=Picture(width=9, height=9, luma=bytes(5))))


def test_no_picture_no_pdq():
    assert Pdq().compute(Material(item=PHOTO, content=b"not decoded")) is None


@pytest.mark.parametrize(("width", "height", "size"), [(4, 4, 15), (0, 0, 0), (3, 5, 16)])
def test_a_picture_whose_buffer_does_not_fit_is_an_error(width, height, size):
    picture = Picture(width=width, height=height, luma=bytes(size))
    with pytest.raises(InputError, match="report the decoder"):
        Pdq().compute(Material(item=PHOTO, picture=picture))


def test_the_same_words_in_other_dress_have_one_value():
    one = NormalisedText().compute(text_of("The lantern is lit at noon, friends!"))
    other = NormalisedText().compute(text_of("THE LANTERN — is lit\nat n\u200boon Friends", Kind.PHOTO))
    assert one == other


def test_the_value_does_not_reveal_the_text():
    value = NormalisedText().compute(text_of("The lantern is lit at noon.")).value
    assert len(value) == 64
    assert "lantern" not in value


@pytest.mark.parametrize("nothing", ["", "   ", "🔥🔥🔥", "…!?", "\u200b"])
def test_a_text_without_a_letter_has_no_value(nothing):
    assert NormalisedText().compute(text_of(nothing)) is None


@pytest.mark.parametrize(
    "common",
    [
        "hi",
        "ok thanks",
        "good morning all",
        "congratulations",
        "hahahahahahahahahahaha",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_what_thousands_write_by_themselves_is_never_matched(common):
    assert NormalisedText().compute(text_of(common)).quality < MIN_QUALITY


def test_a_sentence_is_matched():
    assert NormalisedText().compute(text_of("The lantern is lit at noon.")).quality >= MIN_QUALITY


def test_quality_rises_with_length_and_ends_at_100():
    measured = [quality("abcdefghij"[:8] * n) for n in range(1, 12)]
    assert measured == sorted(measured)
    assert (quality("abcd"), measured[0], measured[-1]) == (0, 20, 100)


def counted(word):
    return popcount(word)


@pytest.mark.parametrize("word", [0, 1, 0xFF, 2**64 - 1, 0x8000000000000001])
def test_bits_are_counted_in_python_and_in_kernels_alike(word):
    compiled = numba.njit(counted)
    assert popcount(word) == compiled(np.uint64(word)) == f"{word:b}".count("1")


def test_bits_of_a_signed_word_are_refused_at_compile_time():
    """A negative number has no bits to count before its width is said."""
    with pytest.raises(numba.TypingError, match="popcount"):
        numba.njit(counted)(np.int64(-1))


def test_a_kernel_is_compiled_without_a_cache_where_none_can_be_written(monkeypatch):
    real, asked = numba.njit, []

    def no_cache(function, **options):
        asked.append(options)
        if options.get("cache"):
            msg = "no locator available"
            raise RuntimeError(msg)
        return real(function, **options)

    monkeypatch.setattr(numba, "njit", no_cache)
    assert njit(lambda x: x + 1)(2) == 3
    assert [bool(options.get("cache")) for options in asked] == [True, False]
