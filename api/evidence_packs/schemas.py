"""What the export routes take."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas import BigId, Order


class EvidenceOrder(Order):
    """Whose pack, with or without names, and from which checkpoint on its ledger is proven."""

    ticket_id: BigId
    is_redacted: bool = Field(False, description="names and free texts are left out")
    known_checkpoint: Annotated[str, StringConstraints(max_length=4_000)] | None = Field(
        None, description="a checkpoint of this ledger that the reader has kept"
    )
