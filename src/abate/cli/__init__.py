"""The command line; ``root`` puts it together."""

from abate.cli.root import app, main

__all__ = ["app", "main"]
