"""The seven claims, from the store's own history or from tables that somebody collected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError
from abate.flows.evidence import gather
from abate.flows.found import Drawn
from abate.flows.ground import Ground, Scope
from abate.flows.kit import Asking
from abate.flows.sources import Source
from abate.measurement.claims.seven import SevenClaims, seven_claims
from abate.measurement.footing import Json

TRUTH_FILE = "demo-truth.json"
"""Beside the store of an invented year: what its generator knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The claims with what is drawn of them."""

    claims: SevenClaims
    charts: Mapping[str, Drawn]
    invented: bool
    """Whether the data are invented, so that their truth stands beside each estimate."""

    def to_json(self) -> Json:
        """Return sentences and numbers."""
        return self.claims.to_json()


def claims_of(
    kit: Asking,
    source: Source,
    scope: Scope,
    *,
    truth: Mapping[str, Any] | None = None,
    plan: Json | None = None,
) -> Judged:
    """Judge the seven claims.

    :param truth: of an invented year; where the source names a file of it, that file's
    :param plan: hash and time of the frozen plan
    :raises InputError: when not one sighting counts, or a table cannot be read
    """
    if source.truth is not None:
        truth = read_truth(source.truth)
    found = gather(Ground(kit=kit, source=source, scope=scope), truth=truth, plan=plan)
    return Judged(claims=seven_claims(found.evidence), charts=found.charts, invented=truth is not None)


def claims_from_store(kit: Asking) -> Judged:
    """Judge the seven claims by the store's own history; kept until something is appended to it.

    :raises InputError: while not one sighting counts
    """
    return kit.tables.derived(kit.store, "claims", lambda: claims_of(kit, Source(), Scope(), truth=truth_of(kit)))


def truth_of(kit: Asking) -> Mapping[str, Any] | None:
    """Return the generator's truth as ``truth.json`` writes it; ``None`` where the store holds no invented year."""
    path = kit.settings.home / TRUTH_FILE
    return read_truth(path) if path.exists() else None


def read_truth(path: Path) -> Mapping[str, Any]:
    """Return what ``truth.json`` says.

    :raises InputError: when the file is none
    """
    try:
        untrusted = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot be read as the truth of an invented year ({type(error).__name__}); name its truth.json"
        raise InputError(msg, where=str(path)) from error
    if not isinstance(untrusted, dict) or not _has_weeks(untrusted.get("weeks")):
        msg = "is no truth of an invented year: it has no weeks; name the truth.json of `abate simulate platform`"
        raise InputError(msg, where=str(path))
    return untrusted


def _has_weeks(untrusted: object) -> bool:
    return isinstance(untrusted, list) and all(
        isinstance(row, dict)
        and isinstance(row.get("week"), str)
        and all(isinstance(row.get(name), int | float) for name in ("presence", "without_takedown"))
        for row in untrusted
    )
