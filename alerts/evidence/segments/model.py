"""A sealed file of readings. Pure data."""

from datetime import date
from typing import NamedTuple

from alerts.evidence.segments.csv_text import segment_line


class Segment(NamedTuple):
    """One device's readings of one county day as they were when they were sealed."""

    reading_seal_id: int
    position: int
    device_id: int
    device_uid: str
    day: date
    version: int
    sha256: str
    byte_count: int
    row_count: int

    @property
    def line(self) -> bytes:
        """The bytes of its leaf."""
        return segment_line(
            device=self.device_uid,
            day=self.day,
            version=self.version,
            sha256=self.sha256,
            byte_count=self.byte_count,
            row_count=self.row_count,
        )
