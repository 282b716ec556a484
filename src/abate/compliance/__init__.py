"""The law as pure transitions on domain values: one file an instrument, no clock and no store of its own."""
