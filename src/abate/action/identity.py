"""An action's identifier: it follows from what the action is for, and is the key under which every try is sent."""

from uuid import UUID, uuid5

from abate.domain.action import Effect

_ACTIONS = UUID("3f0b8a52-6f0e-5f0c-9c39-8d2f6a4f5d11")
"""Our namespace; changing it would send every action that waits in an outbox a second time."""


def action_id(decision: str, effect: Effect, connector: str, *, undoes: str = "") -> str:
    """Return the identifier of what ``decision`` asks of ``connector``.

    A UUID (RFC 9562, version 5): it holds no full stop, which the signed string of a webhook is joined with.
    """
    return str(uuid5(_ACTIONS, f"{decision}\n{effect}\n{connector}\n{undoes}"))
