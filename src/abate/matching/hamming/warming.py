"""What must have happened once before a search is fast: kernels compiled or loaded, pages in memory."""

from typing import Any

import numpy as np
import numpy.typing as npt

from abate.matching.hamming.brute import search
from abate.matching.hamming.chains import probe_chains
from abate.matching.hamming.codes import WIDTH, shuffled
from abate.matching.hamming.parts import Sealed, growing, question
from abate.matching.hamming.postings import post_all
from abate.matching.living.file import PAGE
from abate.matching.living.rows import Ids


def warm_kernels() -> None:
    """Run every kernel once on one code; what is not in numba's cache is compiled now, in some seconds."""
    words = shuffled(np.zeros((1, WIDTH), dtype=np.uint8))
    asked = question(words, 1)
    grown, _ = growing(0).grown(words)
    found = np.empty((4, 3), dtype=np.int64)
    probe_chains(grown.chains, grown.size, grown.dead, asked, found)
    search(words, grown.dead, words, 1, found)
    Sealed(codes=words, size=1, capacity=1, ids=Ids(first=0), postings=post_all(words)).search(asked)


def touch(array: npt.NDArray[Any]) -> None:
    """Read one byte of each page."""
    array.reshape(-1).view(np.uint8)[::PAGE].max(initial=0)
