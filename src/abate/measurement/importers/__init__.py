"""Exports of other tools, read as rows of measurement's tables. One file a tool; each is a plug of ``abate.tables``."""
