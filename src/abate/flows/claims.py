"""The seven claims, from the store's own history or from tables that somebody collected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from abate.flows.evidence import gather
from abate.flows.found import Drawn
from abate.flows.ground import Ground, Scope
from abate.flows.kit import Kit
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
    kit: Kit,
    source: Source,
    scope: Scope,
    *,
    truth: Mapping[str, Any] | None = None,
    plan: Json | None = None,
) -> Judged:
    """Judge the seven claims.

    :param truth: of an invented year
    :param plan: hash and time of the frozen plan
    :raises InputError: when not one sighting counts, or a table cannot be read
    """
    found = gather(Ground(kit=kit, source=source, scope=scope), truth=truth, plan=plan)
    return Judged(claims=seven_claims(found.evidence), charts=found.charts, invented=truth is not None)


def claims_from_store(kit: Kit) -> Judged:
    """Judge the seven claims by the store's own history; kept until something is appended to it.

    :raises InputError: while not one sighting counts
    """
    return kit.tables.derived(kit.store, "claims", lambda: claims_of(kit, Source(), Scope(), truth=truth_of(kit)))


def truth_of(kit: Kit) -> Mapping[str, Any] | None:
    """Return the generator's truth as ``truth.json`` writes it; ``None`` where the store holds no invented year."""
    path = kit.settings.home / TRUTH_FILE
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else None
