"""A stretch of the past as rules are replayed on it: readings, and what people did. Pure values."""

from dataclasses import dataclass, field

from alerts.papers.model import Papers
from core.reading_batch import ReadingBatch
from core.registry.model import Registry


@dataclass(frozen=True, slots=True)
class Past:
    """``readings`` are in order of arrival, of all qualities; ``to_us`` is included."""

    from_us: int
    to_us: int
    registry: Registry
    readings: ReadingBatch
    papers: Papers = field(default_factory=Papers)
