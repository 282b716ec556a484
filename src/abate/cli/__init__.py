"""The command line; ``root`` puts it together."""

from abate.cli.root import main

__all__ = ["main"]
