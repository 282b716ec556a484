"""The evidence vault: sealed bytes that neither custodian opens alone."""

from typing import Protocol


class Vault(Protocol):
    """Keeps held evidence, sealed."""

    def seal(self, content: bytes) -> str:
        """Seal ``content`` and return its address. Sealing needs no secret key."""
        ...

    def destroy(self, address: str) -> None:
        """Delete the sealed bytes and their key. Destroying twice is no error."""
        ...

    def holds(self, address: str) -> bool:
        """Say whether something lies at ``address``."""
        ...
