"""Fusion and fission of clusters: a scenario of how groups gather, and what removal policies do to it."""
