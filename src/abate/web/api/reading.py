"""What is measured, and the audit chain."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter

from abate.domain.person import Permission
from abate.flows import measure
from abate.flows.claims import claims_from_store
from abate.web.api.shapes import AuditOut
from abate.web.entry import kit_of

ApiRequest = Request[Any, Any, Any]


@get("/measure/presence", permission=Permission.MEASURE_READ, sync_to_thread=True)
def presence(request: ApiRequest) -> dict[str, Any]:
    """Return how many channels were active each week."""
    return dict(measure.presence_from_store(kit_of(request)).to_json())


@get("/measure/following", permission=Permission.MEASURE_READ, sync_to_thread=True)
def following(request: ApiRequest) -> dict[str, Any]:
    """Return how many distinct accounts followed or read, within this platform."""
    return dict(measure.following_from_store(kit_of(request)).to_json())


@get("/measure/survival", permission=Permission.MEASURE_READ, sync_to_thread=True)
def survival(request: ApiRequest) -> dict[str, Any]:
    """Return how long items stayed reachable."""
    return dict(measure.survival_from_store(kit_of(request)).to_json())


@get("/measure/claims", permission=Permission.MEASURE_READ, sync_to_thread=True)
def claims(request: ApiRequest) -> dict[str, Any]:
    """Return the seven claims: each sentence with the numbers it rests on."""
    return dict(claims_from_store(kit_of(request)).to_json())


@get("/audit", permission=Permission.AUDIT_READ, sync_to_thread=True)
def audit(
    request: ApiRequest,
    after: Annotated[int, Parameter(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> AuditOut:
    """Return the audit records after a number, in order; check them with the hash each one carries."""
    with kit_of(request).store.read() as tx:
        return AuditOut(records=tx.audit.read(after=after, limit=limit))
