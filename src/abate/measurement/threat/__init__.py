"""Incidents beside presence: whether they move together, at which lag, and never why."""
