"""What the attachment routes answer."""

from datetime import datetime
from typing import Literal

from api.schemas import Answer


class Attachment(Answer):
    """A file of a ticket; ``media_type`` is what its bytes say."""

    sha256: str
    media_type: Literal["image/jpeg", "image/png", "image/webp", "application/pdf"]
    byte_count: int
    uploaded_by: str
    uploaded_at: datetime
