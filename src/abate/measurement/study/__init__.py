"""A study: a plan frozen before the outcome is read, and a bundle that somebody else can rerun."""
