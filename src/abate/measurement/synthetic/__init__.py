"""Synthetic control, synthetic difference-in-differences and DiD, each with placebos in space and in time."""
