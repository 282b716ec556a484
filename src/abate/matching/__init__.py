"""Signals → matches. ``bank`` joins what is known with what was read; the indexes find neighbours."""
