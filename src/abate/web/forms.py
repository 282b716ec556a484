"""Forms as they come in: untrusted text, taken out field by field with a limit on each."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from abate.domain.errors import InputError

SHORT = 300
LONG = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form."""

    untrusted: FormMultiDict

    def text(self, name: str, *, most: int = SHORT, needed: bool = False) -> str:
        """Return a field, without blanks around it.

        :raises InputError: when it is too long, holds a NUL, or is needed and empty
        """
        value = _held(self._sent(name).strip(), name, most)
        if needed and not value:
            msg = "is empty; fill it in"
            raise InputError(msg, where=name)
        return value

    def written(self, name: str, *, most: int) -> str:
        """Return a field as it was written, blanks and all: places in it are those that its author sees.

        :raises InputError: when it is too long, or holds a NUL
        """
        return _held(self._sent(name), name, most)

    def _sent(self, name: str) -> str:
        value = self.untrusted.get(name, "")
        if not isinstance(value, str):
            msg = "send text, not a file"
            raise InputError(msg, where=name)
        return value.replace("\r\n", "\n")

    def secret(self, name: str) -> str:
        """Return a password as typed: blanks belong to it."""
        value = self.untrusted.get(name, "")
        return value if isinstance(value, str) else ""

    def many(self, name: str) -> list[str]:
        """Return every value of a repeated field, such as a group of tick boxes."""
        return [value for value in self.untrusted.getall(name, []) if isinstance(value, str)]

    def lines(self, name: str) -> tuple[str, ...]:
        """Return the lines of a field that are not blank."""
        return tuple(line.strip() for line in self.text(name, most=LONG).splitlines() if line.strip())


def _held(value: str, name: str, most: int) -> str:
    if len(value) > most:
        msg = f"has {len(value)} characters, the limit is {most}; shorten it"
        raise InputError(msg, where=name)
    if "\0" in value:
        msg = "holds a NUL character; remove it"
        raise InputError(msg, where=name)
    return value


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """Read the form of this request; the body limit of its route bounds it."""
    return Form(await request.form())


FormIn = NamedDependency[SkipValidation[Form]]
