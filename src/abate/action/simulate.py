"""Simulated consequences: says what would be sent, and sends nothing. In force until an operator names a platform."""

from collections import deque
from collections.abc import Mapping

from abate.domain.action import Action
from abate.domain.item import Item

MAX_KEPT = 1000
"""Actions remembered, the newest ones, so that a long rehearsal does not eat the memory."""


class SimulatedConnector:
    """Remembers what it was asked."""

    name = "simulate"
    simulated = True

    def __init__(self) -> None:
        self.sent: deque[tuple[Action, Item]] = deque(maxlen=MAX_KEPT)
        """What would have been sent, oldest first."""

    def send(self, action: Action, item: Item) -> str:
        """Remember the action and say what would have happened."""
        self.sent.append((action, item))
        until = f" until {action.until.isoformat()}" if action.until else ""
        return f"Simulated: would {action.effect} item {item.id}{until}; nothing left this machine."


class SimulatedConnectorType:
    """Makes the simulated connector; it needs no setting."""

    name = "simulate"

    def open(self, settings: Mapping[str, str]) -> SimulatedConnector:  # noqa: ARG002 - the contract's argument
        """Return a ready connector."""
        return SimulatedConnector()
