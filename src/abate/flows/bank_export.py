"""Banks handed on: entries as a list that others, or another abate, can import."""

import json
from collections.abc import Iterable
from pathlib import Path

from abate.domain.bank import SELF, Stance, Standing
from abate.domain.errors import InputError


def write_json(path: Path, found: Iterable[Standing], *, platform: str) -> None:
    """Write entries as a JSON list that ``import`` reads; what this platform says is written by its name."""
    try:
        rows = [_row(standing, platform) for standing in found]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        msg = f"cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(path)) from error


def _row(standing: Standing, platform: str) -> dict[str, object]:
    entry = standing.entry
    row: dict[str, object] = {
        "type": entry.signal_type,
        "value": entry.value,
        "label": entry.label,
        "source": ",".join(_named(standing.backers, platform)),
        "ref": entry.ref,
    }
    if entry.stance is not Stance.KNOWN:
        row["stance"] = entry.stance.value
    if entry.expires_at is not None:
        row["expires_at"] = entry.expires_at.isoformat()
    if standing.disputers:
        row["disputed_by"] = _named(standing.disputers, platform)
    return row


def _named(sources: Iterable[str], platform: str) -> list[str]:
    return [platform if source == SELF else source for source in sources]
