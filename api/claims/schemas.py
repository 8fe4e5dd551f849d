"""What the claim routes answer and are told."""

from datetime import datetime

from pydantic import Field

from alerts.claims.model import ComparisonKind, Treated, Verdict
from api.schemas import Answer, Code, Order


class ClaimOrder(Order):
    """The question of a claim to make and freeze; spans are months such as 2025-01..2025-12."""

    baseline: Code
    period: Code
    town: Code | None = None
    category: Code | None = Field(
        None, description="one or several by comma; default: everything but fume"
    )
    treated: Treated = "monitored"
    comparison: ComparisonKind = "unmonitored"
    seasonal: bool = False


class SavedClaim(Answer):
    """An entry of the register of claims; its document stands at …/document."""

    claim_id: int
    first_claim_id: int = Field(description="the first of its revisions")
    revision: int
    is_latest: bool
    town: str | None
    baseline: str
    period: str
    verdict: Verdict
    data_sha256: str
    document_sha256: str
    created_by: str
    created_at: datetime
