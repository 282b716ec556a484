"""Hostile media, decoded in a child that can do nothing else.

Read ``pool`` for the door, ``child`` for what runs behind the walls, ``walls`` for what the walls are, and ``wire`` for
the only words that cross them. ``docs/threat-model.md`` says what all this holds against, and what not.
"""
