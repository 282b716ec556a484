"""The signal type ``invite``: the way into a group, a channel or a room, whichever link leads there."""

from collections.abc import Iterator, Mapping, Sequence

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Signal, Span
from abate.signals.links.address import canonical
from abate.signals.links.invitations import WRITTEN, invitation, room
from abate.signals.links.reading import addresses, of_text, signals


class Invite:
    """Every invitation that an item's address and its text hold; the table is in ``invitations``."""

    name = "invite"
    version = "1"
    kinds = frozenset(Kind)
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Return the first invitation; ``None`` for an item without one."""
        return next(iter(self.compute_all(material)), None)

    def compute_all(self, material: Material) -> Sequence[Signal]:
        """Return every invitation, each once, in reading order."""
        found = signals(self.name, self.version, _invitations(material.item))
        return sorted(found, key=lambda one: one.spans[:1])

    def parse(self, value: str) -> str:
        """Return the canonical form of an invitation, or of a link to one.

        :raises InputError: when ``value`` is neither
        """
        written = value.strip()[:_LONGEST]
        platform, mark, rest = written.partition(":")
        form = f"{platform.lower()}{mark}{rest.lower() if rest[:1] == '@' else rest}"
        if WRITTEN.fullmatch(form):
            return form
        found = room(written) or _linked(value)
        if found is None:
            msg = (
                f"{value[:80]!r} invites nowhere that is known; give a link such as t.me/+CODE, or its canonical form "
                "such as telegram:+CODE, telegram:@name, discord:CODE, matrix:#room:server"
            )
            raise InputError(msg)
        return found

    def examples(self) -> Mapping[str, str]:
        """Return invitations as lists and posts write them."""
        return {
            "hxxps://t[.]me/joinchat/AbCdEfGhIjKlMnOp": "telegram:+AbCdEfGhIjKlMnOp",
            "telegram.me/Lantern_News?single": "telegram:@lantern_news",
            "discord.com/invite/lantern": "discord:lantern",
            "https://matrix.to/#/#lantern:example.org?via=example.org": "matrix:#lantern:example.org",
        }


_LONGEST = 500


def _linked(value: str) -> str | None:
    try:
        return invitation(canonical(value))
    except InputError:
        return None


def _invitations(item: Item) -> Iterator[tuple[str, Span | None]]:
    for address, span in addresses(item):
        found = invitation(address)
        if found:
            yield found, span
    yield from ((one.invitation, one.span) for one in of_text(item) if one.invitation)
