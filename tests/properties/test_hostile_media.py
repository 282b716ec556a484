"""Whatever bytes come: a picture of a true size or one of the known sentences, and the decoder lives on."""

import io
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from bench import fuzz_media, media_mutations
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from abate.domain.item import Picture
from abate.domain.signal import NotScanned
from abate.sandbox import pixels, wire
from abate.sandbox.pool import DecoderPool
from abate.sandbox.wire import Code
from hostile_bytes import hostile

ROOM = 40_000
SIDES = (64, 48)
PICTURES = {".jpg", ".png"}
FORMATS = st.sampled_from([*media_mutations.PHOTOS])
MANY = settings(max_examples=5 * settings().max_examples)
"""A file costs a millisecond, so there is room for more of them."""
SENTENCES = [re.compile(re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(text))) for text in wire.SENTENCES.values()]
ATTACKS = {wire.SENTENCES[code] for code in (Code.FORBIDDEN_CALL, Code.LIED, Code.CRASHED)}


def drawn(kind, mode, **options):
    slope = Image.linear_gradient("L").resize(SIDES)
    ring = Image.radial_gradient("L").resize(SIDES)
    sink = io.BytesIO()
    Image.merge("RGB", (slope, ring, slope.rotate(180))).convert(mode).save(sink, kind, **options)
    return sink.getvalue()


SEEDS = [
    drawn("JPEG", "RGB"),
    drawn("JPEG", "L", progressive=True),
    drawn("JPEG", "CMYK"),
    drawn("PNG", "RGBA"),
    drawn("PNG", "P"),
    drawn("WEBP", "RGB", lossless=True),
    drawn("WEBP", "RGBA", quality=40),
    drawn("GIF", "P"),
]


hostile_files = hostile(SEEDS, head=48)


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(workers=1, max_pixels=ROOM, required=True) as made:
        assert isinstance(made.decode(SEEDS[0]), Picture)
        yield made


def is_true(found):
    if isinstance(found, NotScanned):
        return found.step == "decode" and any(sentence.fullmatch(found.reason) for sentence in SENTENCES)
    return 1 <= found.width * found.height == len(found.luma) <= ROOM


@MANY
@given(untrusted=hostile_files)
def test_in_the_sandbox_any_bytes_give_a_picture_or_a_known_sentence(pool, untrusted):
    found = pool.decode(untrusted)
    assert is_true(found)
    assert getattr(found, "reason", "") not in ATTACKS, "a codec that needs a refused call, or died"


@MANY
@given(untrusted=hostile_files)
def test_the_decoding_itself_never_raises_and_never_writes_past_the_picture(untrusted):
    canvas = memoryview(bytearray(b"\xa5" * ROOM))
    answer = pixels.decode(memoryview(untrusted), canvas)
    assert answer.code <= wire.LAST_SENT
    if answer.code is Code.DECODED:
        assert 1 <= answer.width * answer.height <= ROOM
        assert canvas[answer.width * answer.height :].tobytes().strip(b"\xa5") == b""


@MANY
@given(untrusted=hostile_files, workers=st.integers(1, 2))
def test_the_sandbox_changes_no_answer(pool, untrusted, workers):
    canvas = memoryview(bytearray(ROOM))
    inside = pixels.decode(memoryview(untrusted), canvas)
    for found in pool.decode_many([untrusted] * workers):
        if inside.code is Code.DECODED:
            assert (found.width, found.height) == (inside.width, inside.height)
            assert bytes(found.luma) == bytes(canvas[: inside.width * inside.height])
        else:
            assert isinstance(found, NotScanned)


@given(name=FORMATS, number=st.integers(0, 10**9))
def test_a_file_spoilt_by_someone_who_knows_its_format_costs_one_answer(pool, name, number):
    """Chunks doubled, lengths that lie, other dimensions, checksums made right again: ``bench.fuzz_media``, drawn."""
    found = pool.decode(media_mutations.spoilt(name, number))
    assert is_true(found)
    assert getattr(found, "reason", "") not in ATTACKS, "a codec that needs a refused call, or died"


@pytest.mark.parametrize("name", media_mutations.PHOTOS)
def test_every_good_file_that_is_spoilt_is_decoded_before(name):
    for content in media_mutations.files(name):
        assert pixels.decode(memoryview(content), memoryview(bytearray(ROOM))).code is Code.DECODED


@pytest.mark.parametrize("name", media_mutations.PHOTOS)
def test_the_mutators_find_the_parts_of_every_format_and_leave_few_files_as_they_were(name):
    files = media_mutations.files(name)
    assert all(len(media_mutations.parts(content)) >= 2 for content in files)
    unchanged = sum(media_mutations.spoilt(name, number) in files for number in range(100))
    assert unchanged <= 10


def test_a_case_is_the_same_file_every_time():
    assert media_mutations.spoilt("gif moving", 7) == media_mutations.spoilt("gif moving", 7)
    assert media_mutations.spoilt("gif moving", 7) != media_mutations.spoilt("gif moving", 8)


def test_the_good_files_are_the_same_in_every_process():
    """Some containers bear the hour of writing or a number drawn for them; then no case could be made again."""
    names = [*media_mutations.PHOTOS, *media_mutations.VIDEOS]
    program = (
        "import hashlib; from bench.media_mutations import files, PHOTOS, VIDEOS\n"
        "for name in (*PHOTOS, *VIDEOS): print(hashlib.sha256(b''.join(files(name))).hexdigest())"
    )
    root = Path(media_mutations.__file__).parents[1]
    other = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True)
    assert other.stdout.split() == [sha256(b"".join(media_mutations.files(name))).hexdigest() for name in names]


def test_a_fuzz_run_counts_every_file_and_names_what_a_decoder_did_not_outlive(pool):
    made = fuzz_media.run(pool, "bmp", range(3, 43), 1, lambda: None)
    assert sum(made.counts.values()) == 40
    assert made.bad == []
    assert len(made.blocks) == 1
    again = fuzz_media.run(pool, "bmp", range(3, 43), 1, lambda: None)
    assert again.blocks == made.blocks


def test_every_sentence_of_a_decoder_is_told_from_every_other():
    for code, sentence in wire.SENTENCES.items():
        values = {"width": 5, "height": 6, "max_pixels": 7, "timeout_s": 8, "max_content": 9}
        found = NotScanned(step="decode", reason=sentence.format(**values))
        assert fuzz_media.outcome_of(found) == code.name
        assert found.reason[-1] == "."
        assert ":" in found.reason, "what happened, and then what to do"
    with pytest.raises(AssertionError):
        fuzz_media.outcome_of(NotScanned(step="decode", reason="it did not work"))


@given(
    width=st.integers(1, 400), height=st.integers(1, 400), kind=st.sampled_from(["PNG", "GIF", "WEBP", "JPEG", "BMP"])
)
def test_the_limit_is_exact(width, height, kind):
    sink = io.BytesIO()
    Image.new("L", (width, height)).save(sink, kind)
    answer = pixels.decode(memoryview(sink.getvalue()), memoryview(bytearray(ROOM)))
    assert (answer.code is Code.DECODED) == (width * height <= ROOM)
    assert answer.code in {Code.DECODED, Code.TOO_MANY_PIXELS}
    assert (answer.width, answer.height) == (width, height)


@pytest.mark.needs_data("img_pdq_bridge")
@pytest.mark.needs_data("img_skimage_a")
@pytest.mark.needs_data("img_imagehash")
def test_the_reference_hash_of_our_luma_is_within_two_bits_of_its_own(data: Path):
    pdqhash = pytest.importorskip("pdqhash", reason="needs the oracles extra")
    folders = ("img_pdq_bridge", "img_skimage_a", "img_imagehash")
    paths = [
        path for folder in folders for path in sorted((data / folder).iterdir()) if path.suffix in {".jpg", ".png"}
    ]
    assert len(paths) == 14
    with DecoderPool(workers=2, max_pixels=10_000_000, required=True) as pool:
        found = pool.decode_many([path.read_bytes() for path in paths])
    for path, picture in zip(paths, found, strict=True):
        luma = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
        ours, _ = pdqhash.compute(np.dstack([luma] * 3))
        with Image.open(path) as original:
            theirs, _ = pdqhash.compute(np.asarray(original.convert("RGB")))
        assert int(np.sum(ours != theirs)) <= 2, path.name
