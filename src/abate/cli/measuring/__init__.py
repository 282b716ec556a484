"""``abate measure NAME``: one file a measure; :mod:`abate.cli.measure` puts them together."""
