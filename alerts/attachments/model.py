"""A file of a ticket. Pure data."""

from datetime import datetime
from typing import NamedTuple


class Attachment(NamedTuple):
    """A file as it was received; ``media_type`` is what its bytes say."""

    sha256: str
    media_type: str
    byte_count: int
    uploaded_by: str
    uploaded_at: datetime
