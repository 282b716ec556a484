"""Does an interval of 95 % hold the truth 95 times in a hundred? Simulated worlds, one file a measure.

``python -m bench.calibration [--repetitions 1000] [--only PART] [--write] [--reproduce 0.02]``
"""
