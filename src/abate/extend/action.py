"""A connector: asks a platform to do something. Entry-point group ``abate.actions``."""

from collections.abc import Mapping
from typing import Protocol

from abate.domain.action import Action
from abate.domain.item import Item


class Connector(Protocol):
    """Carries an action to the platform."""

    name: str
    simulated: bool
    """True when nothing reaches a platform: dry run by construction."""

    def send(self, action: Action, item: Item) -> str:
        """Ask the platform to carry out ``action``, under the idempotency key ``action.id``.

        Returns what the platform answered, one sentence.

        :raises PartnerError: when it refused or did not answer; the job is tried again later
        """
        ...


class ConnectorType(Protocol):
    """Makes a connector from settings; what the entry point names."""

    name: str

    def open(self, settings: Mapping[str, str]) -> Connector:
        """Return a ready connector.

        :raises InputError: when a setting it needs is missing or malformed, naming it
        """
        ...
