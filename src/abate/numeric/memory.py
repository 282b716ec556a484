"""Read a word from any address inside kernels, aligned or not. Importing it imports numba.

Addresses, not arrays, because numba counts references whenever a kernel hands an array to another function: 15 ns a
call, which is more than hashing a name takes. Whoever passes an address answers for what lies there.
"""

import ctypes
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

_WORD = 64


def load_word(address: np.uint64) -> np.uint64:
    """Return the eight bytes at an address as an unsigned word, the first byte lowest. Nothing is checked."""
    return np.uint64(ctypes.c_uint64.from_address(int(address)).value)


def load_byte(address: np.uint64) -> np.uint64:
    """Return the byte at an address. Nothing is checked."""
    return np.uint64(ctypes.c_uint8.from_address(int(address)).value)


def _loader(bits: int) -> Callable[[Any], Any]:
    def lower_load(_context: Any, address: Any) -> Any:  # noqa: ANN401 - numba's compile-time objects have no types
        from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, without types

        def lower(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
            loaded = builder.load(builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer()))
            loaded.align = 1
            return builder.zext(loaded, ir.IntType(64)) if bits < _WORD else loaded

        return types.uint64(address), lower

    return cast("Callable[[Any], Any]", intrinsic(lower_load))


_word, _byte = _loader(_WORD), _loader(8)


@overload(load_word)
def _load_word_in_kernels(address: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - as above
    if address is not types.uint64:
        return None  # numba then reports that the argument does not fit, at compile time

    def loaded(address: Any) -> Any:  # noqa: ANN401 - numba compares this signature with the outer one's
        return _word(address)

    return loaded


@overload(load_byte)
def _load_byte_in_kernels(address: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - as above
    if address is not types.uint64:
        return None

    def loaded(address: Any) -> Any:  # noqa: ANN401 - as above
        return _byte(address)

    return loaded
