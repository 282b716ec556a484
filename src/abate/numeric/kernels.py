"""The one typed door to numba: ``njit`` for kernels and ``popcount`` inside them.

Kernels release the interpreter lock, so that plain threads scale them; they never start threads of their own, because
``parallel=True`` kills forked children (omp layer) or aborts on concurrent calls (workqueue layer). Importing this
module imports numba, which takes most of a second: import it where a kernel is first needed.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import numba
from numba import types
from numba.extending import intrinsic, overload

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Kernel(Protocol[P, R_co]):
    """A compiled function that still knows the Python it was made from."""

    @property
    def py_func(self) -> Callable[P, R_co]:
        """The Python function: the same answer, slowly. Tests hold the compiled one against it."""
        ...

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run the compiled function, compiling it for these argument types at the first call."""
        ...


def njit(function: Callable[P, R_co]) -> Kernel[P, R_co]:
    """Compile ``function`` without Python objects, without the interpreter lock, and with a cache on disk.

    Where neither the source folder nor the user's cache folder can be written (a read-only container without a home),
    numba refuses to cache; the kernel is then compiled anew in each process instead of failing.
    """
    try:
        compiled = numba.njit(function, nogil=True, cache=True)
    except RuntimeError:
        compiled = numba.njit(function, nogil=True)
    return cast("Kernel[P, R_co]", compiled)


def popcount(word: int) -> int:
    """Return how many bits of an unsigned ``word`` are set; in a kernel, one machine instruction."""
    return int(word).bit_count()


def _lower_ctpop(_context: Any, word: Any) -> Any:  # noqa: ANN401 - numba's compile-time objects have no public types
    def lower(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        return builder.ctpop(arguments[0])

    return word(word), lower


_ctpop = cast("Callable[[Any], Any]", intrinsic(_lower_ctpop))


@overload(popcount)
def _popcount_in_kernels(word: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - as above
    if not isinstance(word, types.Integer) or getattr(word, "signed", True):
        return None  # numba then reports that the argument does not fit, at compile time

    def counted(word: Any) -> Any:  # noqa: ANN401 - numba compares this signature with the outer one's
        return _ctpop(word)

    return counted
