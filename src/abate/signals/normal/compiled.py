"""Whether the compiled normaliser is at hand: importing numba takes most of a second, too much for a single text."""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from abate.signals.normal.kernel import Kernel

_MODULE: Final = "abate.signals.normal.kernel"


def ready(worth_loading: bool) -> bool:  # noqa: FBT001 - the one question, asked at each text
    """Say whether the kernel is loaded, or may be for this much work."""
    return worth_loading or _MODULE in sys.modules


@lru_cache(maxsize=1)
def kernel() -> "Kernel":
    """Return the kernel with its tables, loading it at the first call."""
    # Numba takes most of a second to import: paid at the first batch, not at each `abate --help`.
    from abate.signals.normal.kernel import Kernel

    return Kernel()
