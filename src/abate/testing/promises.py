"""How a suite says what was promised and what came instead.

Without pytest, so that a stranger's own runner can call it; and without ``assert``, which ``python -O`` takes away: a
suite that passes because nothing was asked is worse than none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import ParamSpec

P = ParamSpec("P")
LONGEST_SHOWN = 500
"""Characters of a value in a failure: some checks hold megabytes."""


def promised(check: Callable[P, None]) -> Callable[P, None]:
    """Make a check's failure begin with the promise: its name, and the docstring that says it in full.

    Another error than ``AssertionError`` passes through as it is, with the promise as a note.
    """
    name = check.__name__.removeprefix("check_").replace("_", " ")
    promise = f"promised: {name}. {check.__doc__ or ''}".strip()

    @wraps(check)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            check(*args, **kwargs)
        except AssertionError as error:
            msg = f"{promise} Instead: {error}"
            raise AssertionError(msg) from error
        except Exception as error:
            error.add_note(promise)
            raise

    return told


def checks_of(module: ModuleType) -> tuple[Callable[..., None], ...]:
    """Return every check of a module in the order written, so that none can be left out of its suite."""
    return tuple(
        check
        for name, check in vars(module).items()
        if name.startswith("check_") and check.__module__ == module.__name__
    )


def equal(found: object, expected: object) -> None:
    """Expect two values to be equal.

    :raises AssertionError: showing both
    """
    if not found == expected:  # noqa: SIM201 - what is promised is equality; a type may answer != in another way
        msg = f"{_shown(found)} where {_shown(expected)} was expected"
        raise AssertionError(msg)


def holds(held: object, otherwise: str) -> None:
    """Expect something to be true.

    :raises AssertionError: with ``otherwise``, which says what is the case when it is not
    """
    if not held:
        raise AssertionError(otherwise)


@contextmanager
def raises(kind: type[Exception], *words: str) -> Iterator[None]:
    """Expect an error of this kind, with these words in its sentence.

    :raises AssertionError: when there is none, or it says something else
    """
    try:
        yield
    except kind as error:
        absent = [word for word in words if word not in str(error)]
        holds(not absent, f"a {kind.__name__} without the words {absent}: {_shown(str(error))}")
    else:
        msg = f"no {kind.__name__} was raised"
        raise AssertionError(msg)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"
