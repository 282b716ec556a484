"""Decisions → effects: what is asked of the platform, how it is carried there, and how it is taken back."""
