"""The hashed linear classifier: trained, calibrated, watched for drift, and kept as a folder."""

from abate.signals.linear.calibration import calibration_error
from abate.signals.linear.classifier import LinearClassifier, LinearClassifierType
from abate.signals.linear.features import Hashed, hashed
from abate.signals.linear.folder import open_model, save
from abate.signals.linear.learning import fit, fit_hashed, partial_fit
from abate.signals.linear.model import Calibration, Model, Options, calibrate, calibrate_decisions

__all__ = [
    "Calibration",
    "Hashed",
    "LinearClassifier",
    "LinearClassifierType",
    "Model",
    "Options",
    "calibrate",
    "calibrate_decisions",
    "calibration_error",
    "fit",
    "fit_hashed",
    "hashed",
    "open_model",
    "partial_fit",
    "save",
]
