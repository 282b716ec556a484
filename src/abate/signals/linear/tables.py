"""The shapes of numbers that the rooms of the classifier hand to one another."""

from typing import Final

import numpy as np
import numpy.typing as npt

BMP: Final = 1 << 16
"""The code points that tables of characters reach to."""
PICTURES: Final = 0x1F000
"""From here on stand pictures and what nobody writes."""
SPACE, BETWEEN, WORD = 0, 1, 2
"""Kinds of characters: parts words and is not read; stands between words; makes them."""

Points = npt.NDArray[np.uint32]
"""Code points of texts, one text behind the other."""
Ends = npt.NDArray[np.int64]
"""Where each text ends."""
Buckets = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Tables = tuple[Bytes, Points, Bytes]
"""What the kernels know of characters: lengths and forms of the folding, and kinds."""

Table = npt.NDArray[np.int16]
"""A row a bucket: the weight of each class times the bucket's frequency, and last its squared frequency."""
Sums = npt.NDArray[np.int64]
"""A row a text: the columns of a table, added up over the text's buckets."""
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
"""The column of each text's label."""
