"""Memory for long columns."""

import mmap

import numpy as np
import pytest

from abate.numeric import pages


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64, np.uint64])
def test_a_column_is_zeros_that_can_be_written_to(kind):
    column = pages.column(1000, kind)
    assert (column.dtype, column.shape, int(column.sum())) == (kind, (1000,), 0)
    column[:] = np.arange(1000)
    assert int(column[-1]) == 999
    assert column[10:].base is not None, "a view holds the memory for as long as it lasts"


def test_a_column_without_rows_needs_no_memory():
    assert pages.column(0, np.int64).tolist() == []


def test_where_the_system_has_no_private_mappings_there_is_memory_too(monkeypatch):
    monkeypatch.delattr(mmap, "MAP_PRIVATE", raising=False)
    assert pages.column(3, np.int32).tolist() == [0, 0, 0]
