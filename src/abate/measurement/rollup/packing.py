"""Frozen values and their arrays as JSON and bytes, and back by their types."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

_ARRAY = "array"
_STEP = 64
_KINDS = ("<i8", "<i4", "<f8", "|u1")


class Misfit(Exception):  # noqa: N818 - what does not fit is no error of the program
    """What was read does not fit the type that it should be of."""


class Arrays:
    """Arrays one after the other, and where each of them lies."""

    def __init__(self) -> None:
        self.places: list[list[Any]] = []
        """Of each its type, shape, and first byte."""
        self._parts: list[bytes] = []
        self._end = 0

    def add(self, array: np.ndarray[Any, Any]) -> int:
        """Append an array; return its number."""
        content = np.ascontiguousarray(array).tobytes()
        self.places.append([array.dtype.str, list(array.shape), self._end])
        self._parts.append(content + b"\0" * (-len(content) % _STEP))
        self._end += len(self._parts[-1])
        return len(self.places) - 1

    def content(self) -> bytes:
        """Return all of them."""
        return b"".join(self._parts)

    @staticmethod
    def of(places: Sequence[Sequence[Any]], content: memoryview) -> list[np.ndarray[Any, Any]]:
        """Return the arrays that lie in a piece of memory, which they go on to lie in.

        :raises Misfit: for one that reaches beyond it, or of a type that no roll-up has
        """
        return [_array(kind, shape, begin, content) for kind, shape, begin in places]


def _array(kind: str, shape: list[int], begin: int, content: memoryview) -> np.ndarray[Any, Any]:
    count = int(np.prod(shape, dtype=np.int64))
    if kind not in _KINDS or begin < 0 or begin + count * np.dtype(kind).itemsize > len(content):
        msg = f"an array of {kind} at {begin}"
        raise Misfit(msg)
    return np.frombuffer(content, np.dtype(kind), count, begin).reshape(shape)


def packed(value: object, arrays: Arrays) -> Any:  # noqa: ANN401 - JSON
    """Return a value as JSON; arrays are numbers into ``arrays``."""
    if isinstance(value, np.ndarray):
        return {_ARRAY: arrays.add(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: packed(getattr(value, field.name), arrays) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: packed(one, arrays) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [packed(one, arrays) for one in value]
    return value


def unpacked(kind: Any, data: Any, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:  # noqa: ANN401 - types and JSON
    """Return the value of a type that JSON tells of.

    :raises Misfit: where it does not
    """
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return unpacked(_chosen(get_args(kind), data), data, arrays)
    if is_dataclass(kind):
        return _dataclass(kind, data, arrays)
    if origin is np.ndarray:
        array = arrays[data[_ARRAY]]
        if array.dtype != np.dtype(get_args(get_args(kind)[1])[0]):
            msg = f"an array of {array.dtype} for {kind}"
            raise Misfit(msg)
        return array
    if origin is tuple:
        return _tuple(get_args(kind), data, arrays)
    if origin is not None and issubclass(origin, Mapping):
        to = get_args(kind)[1]
        return {name: unpacked(to, one, arrays) if to is not object else one for name, one in data.items()}
    if type(data) is not kind and not (kind is float and type(data) is int):
        msg = f"{type(data).__name__} for {kind}"
        raise Misfit(msg)
    return data


def _dataclass(kind: Any, data: Any, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:  # noqa: ANN401 - as above
    hints = get_type_hints(kind)
    return kind(**{name: unpacked(hints[name], one, arrays) for name, one in data.items()})


def _tuple(kinds: tuple[Any, ...], data: Any, arrays: Sequence[np.ndarray[Any, Any]]) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    if not isinstance(data, list):
        msg = f"{type(data).__name__} for several"
        raise Misfit(msg)
    if kinds[-1] is not Ellipsis:
        return tuple(unpacked(kind, one, arrays) for kind, one in zip(kinds, data, strict=True))
    if kinds[0] is str and all(type(one) is str for one in data):
        return tuple(data)
    return tuple(unpacked(kinds[0], one, arrays) for one in data)


def _chosen(kinds: tuple[Any, ...], data: object) -> Any:  # noqa: ANN401 - as above
    """Return which of several types JSON tells of: nothing, text, or the other one."""
    for plain in (NoneType, str):
        if isinstance(data, plain) and plain in kinds:
            return plain
    return next(kind for kind in kinds if kind not in {NoneType, str})
