"""Measures from a sample that people labelled: drawing it, and saying what it tells of the whole."""
