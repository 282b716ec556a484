"""Which model is in force: the shipped one, the promoted one, a folder, or none.

Promoted models lie under ``ABATE_HOME/models``, each in a folder called by its SHA-256. ``in-force.json`` beside them
names the one that counts and those before it; it is replaced in one step, so a reader sees the old or the new.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from abate.domain.errors import InputError
from abate.settings import Settings
from abate.signals.model_folder import MANIFEST

PROXY, PROMOTED = "proxy-ranker", "promoted"
"""What the setting ``text_model`` may say besides nothing and a folder."""
_SHIPPED = Path(__file__).resolve().parents[2] / "models"
_KEPT = 10
"""Models before the one in force whose names are kept for going back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """What ``in-force.json`` says."""

    model: str = ""
    """The SHA-256 of the model that counts; empty while none was promoted."""
    before: tuple[str, ...] = ()
    """Those before it, the latest first."""


def model_folder(settings: Settings) -> Path | None:
    """Return the folder of the model that the setting ``text_model`` names; ``None`` where it names none.

    :raises InputError: when it is not there, with the remedy
    """
    name = settings.text_model
    if not name:
        return None
    if name == PROMOTED:
        return _promoted(settings)
    folder = shipped() if name == PROXY else Path(name)
    if not (folder / MANIFEST).is_file():
        msg = (
            f"setting text_model names {name!r}, and no model lies in {folder}; "
            f"name {PROXY}, {PROMOTED}, or a folder that `abate train` wrote"
        )
        raise InputError(msg)
    return folder


def big_folder(settings: Settings) -> Path:
    """Return the folder of the model that the setting ``big_model`` names.

    :raises InputError: when it is not there, with the remedy
    """
    folder = Path(settings.big_model)
    if not (folder / MANIFEST).is_file():
        msg = f"setting big_model names {settings.big_model!r}, and no sealed model lies there; seal one, or name none"
        raise InputError(msg)
    return folder


def shipped() -> Path:
    """Return where the model lies that comes with the package."""
    return _SHIPPED / PROXY


def home_of_models(settings: Settings) -> Path:
    """Return the folder of the promoted models."""
    return settings.home / "models"


def read_in_force(settings: Settings) -> InForce:
    """Return which promoted model counts.

    :raises InputError: when the file that says it cannot be read
    """
    path = home_of_models(settings) / "in-force.json"
    try:
        said = json.loads(path.read_text("utf-8"))
        return InForce(model=str(said["model"]), before=tuple(map(str, said["before"])))
    except FileNotFoundError:
        return InForce()
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = "does not say which model is in force; promote one again"
        raise InputError(msg, where=str(path)) from error


def write_in_force(settings: Settings, model: str, before: Sequence[str]) -> None:
    """Say which promoted model counts, in one step that is on the disk when this returns."""
    path = home_of_models(settings) / "in-force.json"
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as stream:
        json.dump({"model": model, "before": list(before[:_KEPT])}, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def _promoted(settings: Settings) -> Path:
    name = read_in_force(settings).model
    folder = home_of_models(settings) / name
    if not name or not (folder / MANIFEST).is_file():
        msg = (
            f"setting text_model is {PROMOTED!r}, and no promoted model lies in {folder}; "
            "promote one with `abate evaluate FOLDER FILE --promote`"
        )
        raise InputError(msg)
    return folder
