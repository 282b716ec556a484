"""The PDQ photo hash as one banded, separable operator over the luma plane.

Source of the algorithm: Facebook, *The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm* (2019);
the window and sampling rules were found by comparing answers with the ``pdqhash`` package.

The reference smooths the whole picture with two box passes per axis and then samples 64 × 64 points of the result. Both
steps are linear and act on each axis alone, so the samples are ``R @ luma @ C.T``, where a row of ``R`` (or ``C``) is
nonzero over about 1/64 of the axis. Each pixel is read about once, where the reference makes four passes over floats.

``pdq`` gives the hash of a picture as it is stored, ``dihedral`` those of its eight turned and mirrored forms.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.numeric.kernels import njit

SAMPLES: Final = 64
BITS: Final = 256
LEAST_SIDE: Final = 5
"""Pixels. Below this the reference hashes nothing and answers all zeros at quality 0; so must we."""
_WINDOWS: Final = 128
"""The box window is the axis length divided by this, rounded up."""

FREQUENCIES: Final = 16
"""Rows and columns of the cosine transform that are kept, from the first that is not constant."""
ORIENTATIONS: Final = (
    "original",
    "rotate90",
    "rotate180",
    "rotate270",
    "flip-vertical",
    "flip-horizontal",
    "transpose",
    "transverse",
)
"""A picture's eight forms, in the order of ``pdqhash.compute_dihedral``; turns are counter-clockwise."""
_AS_MIRRORED: Final = (
    (False, False, False),
    (False, True, True),
    (True, True, False),
    (True, False, True),
    (True, False, False),
    (False, True, False),
    (False, False, True),
    (True, True, True),
)
"""Each of ``ORIENTATIONS`` as: rows mirrored, columns mirrored, then turned over the diagonal."""

Luma = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Coefficients = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Cosines = npt.NDArray[np.float64]


def pdq(luma: Luma) -> tuple[str, int]:
    """Return the hash (64 hexadecimal digits) and its quality (0–100) of a picture.

    :param luma: ``(height, width)``, 8-bit luma, both sides at least 1
    """
    height, width = luma.shape
    if min(height, width) < LEAST_SIDE:
        return "0" * (BITS // 4), 0
    written, quality = digest(luma, *_bands(height), *_bands(width), _cosines())
    return written.tobytes().hex(), quality


def dihedral(luma: Luma) -> list[tuple[str, str]]:
    """Return the hashes of a picture's eight turned and mirrored forms as the reference writes them, with their names.

    For printing and exchange, as ``abate.signals.pdq_kernel.dihedral``: the names and their order are those of
    ``ORIENTATIONS``, the stored form first, and all eight have the quality that :func:`pdq` gives. Mirroring a picture
    changes the sign of every odd row or column of its cosine transform and turning it over its diagonal transposes it,
    so all follow from one 16 × 16 block. That is what ``pdqhash.compute_dihedral`` does, and it is not what hashing the
    mirrored picture gives: the windows of an even width lie half a pixel off, and a mirrored form is up to some thirty
    bits away. To find mirrored copies, look up :func:`orientations`.

    :param luma: ``(height, width)``, 8-bit luma, both sides at least 1
    """
    coefficients, _ = _described(luma, mirror_rows=False, mirror_columns=False)
    return [(name, _written(turned)) for name, turned in zip(ORIENTATIONS, _turned(coefficients), strict=True)]


def orientations(luma: Luma) -> list[tuple[str, str]]:
    """Return what :func:`pdq` gives for each of the eight turned and mirrored pictures, named as in ``ORIENTATIONS``.

    The picture stays where it is and the windows are mirrored instead, so the answers are those of the turned picture
    to the last rounding. Four samplings, where :func:`dihedral` makes one.

    :param luma: ``(height, width)``, 8-bit luma, both sides at least 1
    """
    blocks = {
        (rows, columns): _described(luma, mirror_rows=rows, mirror_columns=columns)[0]
        for rows in (False, True)
        for columns in (False, True)
    }
    return [
        (name, _written(blocks[rows, columns].T if over else blocks[rows, columns]))
        for name, (rows, columns, over) in zip(ORIENTATIONS, _AS_MIRRORED, strict=True)
    ]


def _turned(block: Coefficients) -> list[Coefficients]:
    """Return a block of coefficients as each of ``ORIENTATIONS`` has it, to within the sampling's asymmetry."""
    odd = np.where(np.arange(1, FREQUENCIES + 1) % 2, np.float32(-1), np.float32(1))
    turned = []
    for rows, columns, over in _AS_MIRRORED:
        mirrored = block * (odd[:, None] if rows else 1) * (odd[None, :] if columns else 1)
        turned.append(mirrored.T if over else mirrored)
    return turned


def _described(luma: Luma, *, mirror_rows: bool, mirror_columns: bool) -> tuple[Coefficients, int]:
    """Return the block of coefficients, ``(16, 16)``, and the quality; all zeros where the reference hashes nothing."""
    height, width = luma.shape
    if min(height, width) < LEAST_SIDE:
        return np.zeros((FREQUENCIES, FREQUENCIES), dtype=np.float32), 0
    samples = sample(luma, *_bands(height, mirrored=mirror_rows), *_bands(width, mirrored=mirror_columns))
    return describe(samples, _cosines())


@lru_cache(maxsize=64)
def _bands(length: int, *, mirrored: bool = False) -> tuple[Ints, Floats]:
    """Return, for each of the 64 samples of an axis, where its band starts and its weights.

    Mirrored, they read the axis from its end, and so give the samples of the mirrored picture.

    Returns ``(64,)`` starts and ``(64, widest)`` weights, zero where a band is shorter than the widest.
    """
    box = _box_pass(length)
    centres = np.array([(2 * k + 1) * length // (2 * SAMPLES) for k in range(SAMPLES)])
    rows = [_two_passes(*box, int(centre)) for centre in centres]
    if mirrored:
        rows = [(length - start - len(weights), weights[::-1]) for start, weights in rows]
    widest = max(len(weights) for _, weights in rows)
    starts = np.array([start for start, _ in rows], dtype=np.int64)
    weights = np.zeros((SAMPLES, widest), dtype=np.float32)
    for k, (_, values) in enumerate(rows):
        weights[k, : len(values)] = values
    return starts, weights


def _box_pass(length: int) -> tuple[Ints, Ints]:
    """Return the first and the one-past-last position that each output of a box pass averages, clipped to the axis."""
    window = -(-length // _WINDOWS)
    half = (window + 2) // 2
    positions = np.arange(length, dtype=np.int64)
    return np.maximum(positions - (window - half), 0), np.minimum(positions + half, length)


def _two_passes(first: Ints, end: Ints, centre: int) -> tuple[int, npt.NDArray[np.float64]]:
    """Return the start and the weights of one output of the second pass, in terms of the pixels."""
    inner = range(int(first[centre]), int(end[centre]))
    start, stop = int(first[inner[0]]), int(end[inner[-1]])
    weights = np.zeros(stop - start)
    for i in inner:
        weights[first[i] - start : end[i] - start] += 1.0 / ((end[i] - first[i]) * len(inner))
    return start, weights


@njit
def sample(luma: Luma, row_starts: Ints, row_weights: Floats, column_starts: Ints, column_weights: Floats) -> Floats:
    """Return ``R @ luma @ C.T``, ``(64, 64)``. One row buffer is filled across (vectorised), then summed along."""
    height, width = luma.shape
    samples = np.zeros((SAMPLES, SAMPLES), dtype=np.float32)
    line = np.empty(width, dtype=np.float32)
    for k in range(SAMPLES):
        line[:] = np.float32(0)
        for j in range(row_weights.shape[1]):
            weight = row_weights[k, j]
            y = row_starts[k] + j
            if weight == 0 or y >= height:
                continue
            row = luma[y]
            for x in range(width):
                line[x] += weight * np.float32(row[x])
        for m in range(SAMPLES):
            start = column_starts[m]
            total = np.float32(0)
            for j in range(min(column_weights.shape[1], width - start)):
                total += column_weights[m, j] * line[start + j]
            samples[k, m] = total
    return samples


@njit
def describe(samples: Floats, cosines: Cosines) -> tuple[Coefficients, int]:
    """Return rows and columns 1–16 of the cosine transform, ``(16, 16)``, and the quality, of ``(64, 64)`` samples.

    Loops and no matrix product: that would wake the threads of a linear algebra library for 16 × 64 × 64 numbers.

    :param cosines: ``(64, 16)``, see ``_cosines``
    """
    block = np.empty((FREQUENCIES, FREQUENCIES), dtype=np.float32)
    down, line = np.empty(SAMPLES), np.empty(FREQUENCIES)
    for u in range(FREQUENCIES):
        down[:] = 0
        for y in range(SAMPLES):
            for x in range(SAMPLES):
                down[x] += cosines[y, u] * samples[y, x]
        line[:] = 0
        for x in range(SAMPLES):
            for v in range(FREQUENCIES):
                line[v] += down[x] * cosines[x, v]
        for v in range(FREQUENCIES):
            block[u, v] = line[v]
    return block, _quality(samples)


@njit
def _quality(samples: Floats) -> int:
    """Return how much edge there is, 0–100: a flat picture's bits are noise, and it resembles every other flat one."""
    edges = 0
    for y in range(SAMPLES):
        for x in range(SAMPLES - 1):
            edges += abs(int((samples[y, x + 1] - samples[y, x]) * np.float32(100) / np.float32(255)))
    for y in range(SAMPLES - 1):
        for x in range(SAMPLES):
            edges += abs(int((samples[y + 1, x] - samples[y, x]) * np.float32(100) / np.float32(255)))
    return min(100, edges // 90)


@lru_cache(maxsize=1)
def _cosines() -> Cosines:
    """Return rows 1–16 of the 64-point cosine transform as columns, ``(64, 16)``; row 0 says only how bright it is."""
    frequency = np.arange(1, FREQUENCIES + 1)[None, :]
    position = np.arange(SAMPLES)[:, None]
    return np.asarray(np.sqrt(2 / SAMPLES) * np.cos(np.pi / (2 * SAMPLES) * frequency * (2 * position + 1)))


def _written(block: Coefficients) -> str:
    return bits(np.ascontiguousarray(block)).tobytes().hex()


@njit
def bits(block: Coefficients) -> Bytes:
    """Return which coefficients lie above the median, as 32 bytes: bit ``16 * row + column``, highest first."""
    flat = block.ravel()
    median = np.partition(flat, BITS // 2 - 1)[BITS // 2 - 1]
    written = np.zeros(BITS // 8, dtype=np.uint8)
    for position in range(BITS):
        if flat[position] > median:
            written[BITS // 8 - 1 - position // 8] |= np.uint8(1 << position % 8)
    return written


@njit
def digest(
    luma: Luma,
    row_starts: Ints,
    row_weights: Floats,
    column_starts: Ints,
    column_weights: Floats,
    cosines: Cosines,
) -> tuple[Bytes, int]:
    """Return the 32 bytes of a hash and its quality: ``sample``, ``describe`` and ``bits`` in one call.

    A picture was decoded just before, so that whatever is called now comes from main memory: calls are what costs.
    """
    block, quality = describe(sample(luma, row_starts, row_weights, column_starts, column_weights), cosines)
    return bits(block), quality
