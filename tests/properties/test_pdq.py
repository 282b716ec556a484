"""Our PDQ against the reference: frozen answers, the shared pictures, random crops, and the laws of the operator."""

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from abate.signals import pdq_kernel
from abate.signals.pdq_kernel import pdq

VECTORS = Path(__file__).parents[1] / "data" / "pdq_vectors.json"
"""What pdqhash 0.2.8 answers for the pictures of ``draw``. ``python tests/properties/test_pdq.py`` writes it."""


def noise(height, width, seed):
    """Pixels 0–255 from whole-number arithmetic alone, so that every numpy draws the same."""
    at = np.arange(height * width, dtype=np.uint64) + np.uint64(seed * 1_000_003)
    mixed = (at * np.uint64(2654435761)) ^ (at >> np.uint64(7)) * np.uint64(40503)
    return ((mixed >> np.uint64(13)) & np.uint64(255)).astype(np.uint8).reshape(height, width)


def draw(name):
    """Benign pictures: a gradient, chequers under noise, discs, noise, stripes; at odd sizes and tiny ones."""
    shape, _, size = name.partition(" ")
    width, height = map(int, size.split("x"))
    y, x = np.mgrid[0:height, 0:width]
    if shape == "gradient":
        return ((x * 255 // max(width - 1, 1) + y * 255 // max(height - 1, 1)) // 2).astype(np.uint8)
    if shape == "chequers":
        return (((x * 7 // width + y * 5 // height) % 2) * 160 + noise(height, width, 3) // 4).astype(np.uint8)
    if shape == "discs":
        inside = sum(
            ((x - width * a // 10) ** 2 + (y - height * b // 10) ** 2 < (min(width, height) * r // 20) ** 2) * c
            for a, b, r, c in [(3, 3, 5, 90), (7, 4, 3, 60), (5, 8, 4, 50)]
        )
        return (inside + x * 40 // width).astype(np.uint8)
    if shape == "stripes":
        return (((x + 2 * y) // max(width // 9, 1) % 3) * 100 + y * 50 // height).astype(np.uint8)
    return noise(height, width, seed=width)


PICTURES = [
    "gradient 320x240",
    "chequers 640x480",
    "chequers 101x67",
    "discs 500x333",
    "discs 1280x1024",
    "stripes 129x257",
    "stripes 63x65",
    "noise 256x256",
    "noise 40x30",
    "noise 1000x20",
    "gradient 1x1",
    "noise 2x3",
    "noise 4x300",
    "noise 5x5",
]


def distance(one, other):
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize("name", PICTURES)
def test_a_drawn_picture_has_the_frozen_hash_of_the_reference(name):
    frozen = json.loads(VECTORS.read_text())[name]
    picture = draw(name)
    assert hashlib.sha256(picture.tobytes()).hexdigest() == frozen["pixels"], "the drawing itself has changed"
    value, quality = pdq(picture)
    assert distance(value, frozen["pdq"]) <= (2 if frozen["quality"] else 16)
    assert quality == frozen["quality"]


SHARED = [
    "img_imagehash/imagehash.png",
    *(
        f"img_pdq_bridge/{name}.jpg"
        for name in (
            "bridge-mods__aaa-orig",
            "bridge-mods__blur-a-lot",
            "bridge-mods__shrink-a-little",
            "bridge-mods__shrink-a-lot",
            "bridge-mods__square-128x128",
            "bridge-mods__square-256x256",
            "bridge-mods__square-512x512",
            "misc-images__small",
            "misc-images__wee",
        )
    ),
    *(f"img_skimage_a/{name}" for name in ("brick.png", "camera.png", "page.png", "rocket.jpg")),
]


def luma(path):
    if path.suffix == ".jpg":
        return simplejpeg.decode_jpeg(path.read_bytes(), colorspace="GRAY")[:, :, 0]
    return np.asarray(Image.open(path).convert("L"))


@cache
def opened(path):
    return np.asarray(Image.open(path).convert("RGB")), luma(path)


def reference(rgb):
    pdqhash = pytest.importorskip("pdqhash", reason="pip install '.[oracles]'")
    bits, quality = pdqhash.compute(np.ascontiguousarray(rgb))
    return "".join(map(str, bits)), quality


def from_bits(bits):
    return f"{int(bits, 2):064x}"


@pytest.mark.needs_data("img_pdq_bridge", "img_imagehash", "img_skimage_a")
@pytest.mark.parametrize("name", SHARED)
def test_a_shared_picture_is_within_two_bits_of_the_reference(data, name):
    bits, quality = reference(np.asarray(Image.open(data / name).convert("RGB")))
    for ours, own_quality in (pdq(luma(data / name)), pdq(np.asarray(Image.open(data / name).convert("L")))):
        assert distance(ours, from_bits(bits)) <= 2
        assert own_quality == quality


@pytest.mark.needs_data("img_pdq_bridge")
def test_every_published_vector_is_met_as_nearly_as_the_reference_meets_it(data):
    """The Python, WebAssembly and Java ports publish values of their own decoders; the reference is up to 6 off."""
    lines = (data / "img_pdq_bridge/vectors.tsv").read_text("utf-8").splitlines()[1:]
    published = [(line.split("\t")[0], value) for line in lines for value in line.split("\t")[1:] if value.strip()]
    assert len(published) == 11
    assert len({name for name, _ in published}) == 9
    for name, value in published:
        bits, _ = reference(np.asarray(Image.open(data / "img_pdq_bridge" / name).convert("RGB")))
        theirs = distance(from_bits(bits), value)
        assert theirs <= 6
        assert distance(pdq(luma(data / "img_pdq_bridge" / name))[0], value) <= theirs + 2, name


@pytest.mark.needs_data("img_pdq_bridge")
def test_the_flat_picture_is_too_poor_to_hash(data):
    _, quality = pdq(luma(data / "img_pdq_bridge/misc-images__small.jpg"))
    assert quality == 0


@pytest.mark.needs_data("img_pdq_bridge", "img_imagehash", "img_skimage_a")
def test_of_300_random_crops_94_in_100_are_within_two_bits_and_none_above_sixteen(data):
    random = np.random.default_rng(20260801)
    names = [name for name in SHARED if not name.endswith(("small.jpg", "wee.jpg"))]
    distances = []
    while len(distances) < 300:
        path = data / names[random.integers(len(names))]
        rgb, grey = opened(path)
        height, width = (int(random.integers(min(64, side), min(640, side) + 1)) for side in rgb.shape[:2])
        top, left = int(random.integers(rgb.shape[0] - height + 1)), int(random.integers(rgb.shape[1] - width + 1))
        window = np.s_[top : top + height, left : left + width]
        bits, quality = reference(rgb[window])
        if quality >= 50:
            distances.append(distance(pdq(np.ascontiguousarray(grey[window]))[0], from_bits(bits)))
    assert max(distances) <= 16
    assert sum(d <= 2 for d in distances) >= 0.94 * len(distances)


FORMS = {
    "original": lambda a: a,
    "rotate90": np.rot90,
    "rotate180": lambda a: np.rot90(a, 2),
    "rotate270": lambda a: np.rot90(a, 3),
    "flip-vertical": np.flipud,
    "flip-horizontal": np.fliplr,
    "transpose": lambda a: np.swapaxes(a, 0, 1),
    "transverse": lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
}
"""Each of the eight, as numpy turns an array."""


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in {"gradient 1x1", "noise 2x3"}])
def test_the_eight_hashes_of_a_picture_are_those_of_the_reference(name):
    picture = draw(name)
    reference_of = pytest.importorskip("pdqhash", reason="pip install '.[oracles]'").compute_dihedral
    theirs, quality = reference_of(np.ascontiguousarray(np.stack([picture] * 3, axis=2)))
    ours = pdq_kernel.dihedral(picture)
    assert [form for form, _ in ours] == [*FORMS] == [*pdq_kernel.ORIENTATIONS]
    assert ours[0][1] == pdq(picture)[0]
    for (form, value), bits in zip(ours, theirs, strict=True):
        assert distance(value, from_bits("".join(map(str, bits)))) <= (2 if quality else 16), form


@pytest.mark.needs_data("img_pdq_bridge", "img_imagehash", "img_skimage_a")
@pytest.mark.parametrize("name", SHARED)
def test_the_eight_hashes_of_a_shared_picture_are_those_of_the_reference_and_of_its_turned_copies(data, name):
    rgb = np.asarray(Image.open(data / name).convert("RGB"))
    reference_of = pytest.importorskip("pdqhash", reason="pip install '.[oracles]'").compute_dihedral
    theirs, _ = reference_of(np.ascontiguousarray(rgb))
    stored = luma(data / name)
    for (_, value), bits in zip(pdq_kernel.dihedral(stored), theirs, strict=True):
        assert distance(value, from_bits("".join(map(str, bits)))) <= 4
    for form, value in pdq_kernel.orientations(stored):
        bits, _ = reference(FORMS[form](rgb))
        assert distance(value, from_bits(bits)) <= 4, form


@pytest.mark.parametrize("name", [name for name in PICTURES if min(draw(name).shape) > 60])
def test_each_orientation_is_the_hash_of_the_picture_turned_so(name):
    """Without turning it. The reference's shortcut is up to a third of all bits away from this on even widths."""
    picture = draw(name)
    for form, value in pdq_kernel.orientations(picture):
        turned, quality = pdq(np.ascontiguousarray(FORMS[form](picture)))
        assert quality == 0 or distance(value, turned) <= 2, form


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 1000), st.booleans(), st.booleans())
def test_mirrored_windows_sample_what_windows_on_the_mirrored_picture_sample(height, width, seed, rows, columns):
    picture = noise(height, width, seed)
    bands = pdq_kernel._bands(height, mirrored=rows), pdq_kernel._bands(width, mirrored=columns)
    mirrored = np.ascontiguousarray(picture[:: -1 if rows else 1, :: -1 if columns else 1])
    plain = pdq_kernel._bands(height), pdq_kernel._bands(width)
    assert np.allclose(
        pdq_kernel.sample(picture, *bands[0], *bands[1]),
        pdq_kernel.sample(mirrored, *plain[0], *plain[1]),
        atol=1e-2,
    )


@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 10_000))
def test_a_band_averages_so_a_constant_picture_stays_constant(height, width, grey):
    level = grey % 256
    samples = pdq_kernel.sample(
        np.full((height, width), level, dtype=np.uint8), *pdq_kernel._bands(height), *pdq_kernel._bands(width)
    )
    assert np.allclose(samples, level, atol=1e-2)


def two_box_passes(luma, axis):
    """The textbook: average each window, twice, along one axis. Slow, and plainly what the article says."""
    length = luma.shape[axis]
    window = -(-length // 128)
    half = (window + 2) // 2
    smoothed = np.moveaxis(luma.astype(np.float64), axis, 0)
    for _ in range(2):
        smoothed = np.stack(
            [smoothed[max(i - (window - half), 0) : min(i + half, length)].mean(axis=0) for i in range(length)]
        )
    return np.moveaxis(smoothed, 0, axis)


@given(st.integers(1, 400), st.integers(1, 300), st.integers(0, 1000))
def test_the_banded_operator_is_two_box_passes_and_a_sampling(height, width, seed):
    picture = noise(height, width, seed)
    smoothed = two_box_passes(two_box_passes(picture, 0), 1)
    rows = [(2 * k + 1) * height // 128 for k in range(64)]
    columns = [(2 * k + 1) * width // 128 for k in range(64)]
    samples = pdq_kernel.sample(picture, *pdq_kernel._bands(height), *pdq_kernel._bands(width))
    assert np.allclose(samples, smoothed[np.ix_(rows, columns)], atol=1e-2)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 1000))
def test_the_compiled_kernel_and_its_python_agree(height, width, seed):
    picture, bands = noise(height, width, seed), (*pdq_kernel._bands(height), *pdq_kernel._bands(width))
    compiled = pdq_kernel.sample(picture, *bands)
    if height * width < 400:
        assert np.allclose(compiled, pdq_kernel.sample.py_func(picture, *bands), atol=1e-2)
    else:
        assert compiled.shape == (64, 64)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_the_compiled_description_and_its_python_agree(seed, contrast):
    samples = (noise(64, 64, seed) * contrast).astype(np.float32)
    block, quality = pdq_kernel.describe(samples, pdq_kernel._cosines())
    theirs = pdq_kernel._cosines().T @ samples.astype(np.float64) @ pdq_kernel._cosines()
    assert np.allclose(block, theirs, rtol=1e-5, atol=1e-3)
    steps = sum(np.abs(np.trunc(np.diff(samples, axis=axis) * 100 / 255)).sum() for axis in (0, 1))
    assert quality == min(100, int(steps) // 90)


@given(st.integers(0, 1000), st.integers(1, 200))
def test_the_bits_are_those_above_the_128th_smallest_and_ties_are_below_it(seed, levels):
    block = (noise(16, 16, seed) % levels).astype(np.float32)
    above = block.ravel() > np.sort(block.ravel())[127]
    expected = sum(1 << position for position in range(256) if above[position])
    for compiled in (pdq_kernel.bits, pdq_kernel.bits.py_func):
        assert int.from_bytes(compiled(block).tobytes(), "big") == expected


def test_the_description_in_plain_python_is_the_same():
    samples = noise(64, 64, 1).astype(np.float32)
    block, quality = pdq_kernel.describe(samples, pdq_kernel._cosines())
    slow, slow_quality = pdq_kernel.describe.py_func(samples, pdq_kernel._cosines())
    assert np.allclose(block, slow, atol=1e-3)
    assert quality == slow_quality == pdq_kernel._quality.py_func(samples)


def test_the_one_call_is_its_three_parts():
    picture, bands = draw("discs 500x333"), (*pdq_kernel._bands(333), *pdq_kernel._bands(500))
    written, quality = pdq_kernel.digest.py_func(picture, *bands, pdq_kernel._cosines())
    assert (written.tobytes().hex(), quality) == pdq(picture)
    block, _ = pdq_kernel.describe(pdq_kernel.sample(picture, *bands), pdq_kernel._cosines())
    assert pdq_kernel.bits(block).tobytes() == written.tobytes()


def freeze():
    import pdqhash
    import test_photo_formats

    frozen = {}
    for name in PICTURES:
        picture = draw(name)
        bits, quality = pdqhash.compute(np.ascontiguousarray(np.stack([picture] * 3, axis=2)))
        frozen[name] = {
            "pdq": from_bits("".join(map(str, bits))),
            "pixels": hashlib.sha256(picture.tobytes()).hexdigest(),
            "quality": int(quality),
        }
    frozen["formats"] = test_photo_formats.frozen()
    VECTORS.write_text(json.dumps(frozen, indent=1) + "\n")


if __name__ == "__main__":
    freeze()
