"""What the kernels say to the processor directly: compare 32 short words at once, fetch ahead, publish in order.

Each is an LLVM instruction behind an overloaded Python function, so that a kernel's ``py_func`` keeps working. LLVM
lowers them for whatever processor runs: AVX-512, AVX2, NEON or plain words.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]  # published without types, like numba
from numba import types
from numba.extending import intrinsic, overload

from abate.matching.living.arrays import Whole

LANES: Final = 32
"""Short words compared at once; an array that is asked must go on for this many beyond its last."""

_SHORT: Final = ir.IntType(16)
_VECTOR: Final = ir.VectorType(_SHORT, LANES)


def near_lanes(words: npt.NDArray[np.uint16], start: Whole, value: Whole, limit: Whole) -> np.uint32:
    """Return a bit for each of ``words[start : start + 32]`` that differs from ``value`` in at most ``limit`` bits.

    :param words: contiguous, 32 words longer than the last ``start``; this is not checked
    """
    mask: Whole = 0
    for lane in range(LANES):
        mask |= ((int(words[start + lane]) ^ int(value)).bit_count() <= limit) << lane
    return np.uint32(mask)


def lowest(mask: Whole) -> int:
    """Return the place of the lowest set bit of a mask that is not 0."""
    return (int(mask) & -int(mask)).bit_length() - 1


def fetch_ahead(array: npt.NDArray[Any], at: Whole) -> None:
    """Ask for the cache line of ``array[at]``, which is read soon; reading nothing is right as well."""


def publish(array: npt.NDArray[np.uint32], at: Whole, value: Whole) -> None:
    """Store ``array[at] = value`` so that whoever reads it with :func:`published` sees every earlier store too."""
    array[at] = value


def published(array: npt.NDArray[np.uint32], at: Whole) -> np.uint32:
    """Load ``array[at]``, and see whatever was stored before it was published."""
    return np.uint32(array[at])


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:  # noqa: ANN401 - numba's compile-time objects have no public types
    data = context.make_array(kind)(context, builder, value=array).data
    return builder.gep(data, [at])


def _lower_near(_context: Any, words: Any, start: Any, value: Any, limit: Any) -> Any:  # noqa: ANN401 - as above
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        at = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        held = builder.load(builder.bitcast(at, _VECTOR.as_pointer()))
        held.align = 2
        count = _declared(builder, f"llvm.ctpop.v{LANES}i16", ir.FunctionType(_VECTOR, [_VECTOR]))
        distance = builder.call(count, [builder.xor(held, _spread(builder, arguments[2]))])
        near = builder.icmp_unsigned("<=", distance, _spread(builder, arguments[3]))
        return builder.bitcast(near, ir.IntType(LANES))

    return types.uint32(words, start, value, limit), lower


def _declared(builder: Any, name: str, kind: Any) -> Any:  # noqa: ANN401 - as above
    known = builder.module.globals.get(name)
    return ir.Function(builder.module, kind, name) if known is None else known


def _spread(builder: Any, word: Any) -> Any:  # noqa: ANN401 - as above
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), word, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, one, places)


def _lower_lowest(_context: Any, mask: Any) -> Any:  # noqa: ANN401 - as above
    def lower(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return mask(mask), lower


def _lower_fetch(_context: Any, array: Any, at: Any) -> Any:  # noqa: ANN401 - as above
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        where = builder.bitcast(_pointer(context, builder, signature.args[0], *arguments), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [where.type, word, word, word])
        fetch = _declared(builder, "llvm.prefetch.p0", kind)
        # For reading, to be kept in every cache, as data.
        builder.call(fetch, [where, ir.Constant(word, 0), ir.Constant(word, 3), ir.Constant(word, 1)])
        return context.get_dummy_value()

    return types.void(array, at), lower


def _lower_publish(_context: Any, array: Any, at: Any, value: Any) -> Any:  # noqa: ANN401 - as above
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        where = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store_atomic(arguments[2], where, "release", 4)
        return context.get_dummy_value()

    return types.void(array, at, value), lower


def _lower_published(_context: Any, array: Any, at: Any) -> Any:  # noqa: ANN401 - as above
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        where = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load_atomic(where, "acquire", 4)

    return types.uint32(array, at), lower


def _made(lower: Callable[..., Any]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", intrinsic(lower))


_near, _lowest, _fetch = _made(_lower_near), _made(_lower_lowest), _made(_lower_fetch)
_publish, _published = _made(_lower_publish), _made(_lower_published)


@overload(near_lanes, inline="always")
def _near_in_kernels(words: Any, start: Any, value: Any, limit: Any) -> Callable[..., Any]:  # noqa: ANN401, ARG001 - numba looks at the names and types
    def asked(words: Any, start: Any, value: Any, limit: Any) -> Any:  # noqa: ANN401 - as above
        return _near(words, np.int64(start), np.uint16(value), np.uint16(limit))

    return asked


@overload(lowest)
def _lowest_in_kernels(mask: Any) -> Callable[..., Any]:  # noqa: ANN401, ARG001 - numba looks at the names and types
    def found(mask: Any) -> Any:  # noqa: ANN401 - as above
        return _lowest(mask)

    return found


@overload(fetch_ahead)
def _fetch_in_kernels(array: Any, at: Any) -> Callable[..., Any]:  # noqa: ANN401, ARG001 - numba looks at the names and types
    def asked(array: Any, at: Any) -> Any:  # noqa: ANN401 - as above
        _fetch(array, np.int64(at))

    return asked


@overload(publish)
def _publish_in_kernels(array: Any, at: Any, value: Any) -> Callable[..., Any]:  # noqa: ANN401, ARG001 - numba looks at the names and types
    def stored(array: Any, at: Any, value: Any) -> Any:  # noqa: ANN401 - as above
        _publish(array, np.int64(at), np.uint32(value))

    return stored


@overload(published)
def _published_in_kernels(array: Any, at: Any) -> Callable[..., Any]:  # noqa: ANN401, ARG001 - numba looks at the names and types
    def loaded(array: Any, at: Any) -> Any:  # noqa: ANN401 - as above
        return _published(array, np.int64(at))

    return loaded
