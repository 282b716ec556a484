"""Measure: from the store's own history, or from tables that somebody collected."""

from collections.abc import Sequence
from pathlib import Path

from abate.domain.history import Step
from abate.flows.kit import Kit
