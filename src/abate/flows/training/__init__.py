"""Train a classifier, hold it against its gates, promote it, calibrate it anew: `abate train` and `evaluate`."""
