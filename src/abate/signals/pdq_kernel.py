"""The PDQ photo hash as one banded, separable operator over the luma plane.

Source of the algorithm: Facebook, *The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm* (2019);
the window and sampling rules were found by comparing answers with the ``pdqhash`` package.

The reference smooths the whole picture with two box passes per axis and then samples 64 × 64 points of the result. Both
steps are linear and act on each axis alone, so the samples are ``R @ luma @ C.T``, where a row of ``R`` (or ``C``) is
nonzero over about 1/64 of the axis. Each pixel is read about once, where the reference makes four passes over floats.
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

Luma = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def pdq(luma: Luma) -> tuple[str, int]:
    """Return the hash (64 hexadecimal digits) and its quality (0–100) of a picture.

    :param luma: ``(height, width)``, 8-bit luma, both sides at least 1
    """
    height, width = luma.shape
    if min(height, width) < LEAST_SIDE:
        return "0" * (BITS // 4), 0
    samples = sample(luma, *_bands(height), *_bands(width))
    coefficients = _cosines() @ samples.astype(np.float64) @ _cosines().T
    return _written(coefficients), _quality(samples)


@lru_cache(maxsize=64)
def _bands(length: int) -> tuple[Ints, Floats]:
    """Return, for each of the 64 samples of an axis, where its band starts and its weights.

    Returns ``(64,)`` starts and ``(64, widest)`` weights, zero where a band is shorter than the widest.
    """
    box = _box_pass(length)
    centres = np.array([(2 * k + 1) * length // (2 * SAMPLES) for k in range(SAMPLES)])
    rows = [_two_passes(*box, int(centre)) for centre in centres]
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


@lru_cache(maxsize=1)
def _cosines() -> npt.NDArray[np.float64]:
    """Return rows 1–16 of the 64-point cosine transform, ``(16, 64)``; row 0 says only how bright the picture is."""
    frequency = np.arange(1, 17)[:, None]
    position = np.arange(SAMPLES)[None, :]
    return np.asarray(np.sqrt(2 / SAMPLES) * np.cos(np.pi / (2 * SAMPLES) * frequency * (2 * position + 1)))


def _written(coefficients: npt.NDArray[np.float64]) -> str:
    """Return the bits above the median, bit ``16 * row + column`` counted from the least significant."""
    flat = coefficients.astype(np.float32).ravel()
    median = np.partition(flat, BITS // 2 - 1)[BITS // 2 - 1]
    return np.packbits(flat > median, bitorder="little")[::-1].tobytes().hex()


def _quality(samples: Floats) -> int:
    """Return how much edge there is, 0–100: a flat picture's bits are noise, and it resembles every other flat one."""
    steps = [np.abs(np.trunc(np.diff(samples, axis=axis) * 100 / 255)).sum() for axis in (0, 1)]
    return min(100, int(sum(steps)) // 90)
