"""Put a model in force, or the one before it again. What is refused says which gate, and with which figure.

The copy comes first, then the audit record, then the name in ``in-force.json``: a crash leaves the old model in force,
and never a new one that no record tells of.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from abate.domain.errors import ConflictError, InputError
from abate.flows.kit import Kit
from abate.flows.training.gates import Gate, against_promotion
from abate.flows.training.in_force import home_of_models, read_in_force, write_in_force
from abate.signals.model_folder import MANIFEST, version_of


def sha_of(folder: Path) -> str:
    """Return a model's SHA-256: that of its manifest, which holds those of all its files.

    :raises InputError: when there is no manifest
    """
    try:
        return version_of((folder / MANIFEST).read_bytes())
    except OSError as error:
        msg = f"holds no readable {MANIFEST} ({error.strerror}); give a folder that `abate train` wrote"
        raise InputError(msg, where=str(folder)) from error


def promote(kit: Kit, folder: Path, gates: Sequence[Gate], *, by: str) -> str:
    """Put the model in ``folder`` in force for the setting ``text_model = "promoted"``.

    :return: its SHA-256
    :raises ConflictError: when a gate speaks against it, naming each with its figure
    :raises InputError: when the model cannot be copied
    """
    against = against_promotion(gates)
    if against or not gates:
        told = "; ".join(gate.sentence for gate in against) or "no gate was judged"
        msg = f"the model in {folder} was not promoted: {told}"
        raise ConflictError(msg)
    model = sha_of(folder)
    _copy(folder, home_of_models(kit.settings) / model)
    now = read_in_force(kit.settings)
    before = (now.model, *now.before) if now.model and now.model != model else now.before
    _record(kit, "promoted", model, now.model, by, gates)
    write_in_force(kit.settings, model, before)
    return model


def roll_back(kit: Kit, *, by: str) -> str:
    """Put the model in force again that was before the present one.

    :return: its SHA-256
    :raises ConflictError: when there is none
    """
    now = read_in_force(kit.settings)
    if not now.before:
        msg = "no model was in force before the present one; promote one, or empty the setting text_model"
        raise ConflictError(msg)
    model, *rest = now.before
    if not (home_of_models(kit.settings) / model / MANIFEST).is_file():
        msg = f"the model before, {model}, is gone from {home_of_models(kit.settings)}; promote one anew"
        raise ConflictError(msg)
    _record(kit, "rolled_back", model, now.model, by, ())
    write_in_force(kit.settings, model, rest)
    return model


def _record(kit: Kit, what: str, model: str, before: str, by: str, gates: Sequence[Gate]) -> None:
    body = {"model": model, "before": before, "by": by, "gates": [gate.sentence for gate in gates]}
    with kit.store.write() as tx:
        tx.audit.append(at=kit.clock.now(), tag=f"operator:model:{what}", subject=model, body=body)


def _copy(source: Path, target: Path) -> None:
    """Copy a model whole or not at all; one that lies there already is the same, since its name is its hash."""
    if target.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            shutil.copytree(source, new, dirs_exist_ok=True)
            for path in new.rglob("*"):
                if path.is_file():
                    _to_disk(path)
            new.replace(target)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    except OSError as error:
        msg = f"cannot be copied to {target} ({error.strerror}); make room or mend its permissions"
        raise InputError(msg, where=str(source)) from error


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
