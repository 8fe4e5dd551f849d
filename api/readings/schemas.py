"""What the readings routes answer."""

from datetime import datetime

from pydantic import Field, computed_field

from api.schemas import Answer
from core.reading import METRIC_LABEL, Quality


class _OfSeries(Answer):
    device: str = Field(description="uid")
    device_id: int = Field(exclude=True)
    metric_number: int = Field(exclude=True)

    @computed_field(description="its unit is its suffix")  # type: ignore[prop-decorator]  # pydantic's documented form; mypy knows no decorated properties
    @property
    def metric(self) -> str:
        """The label of the metric."""
        return METRIC_LABEL.get(self.metric_number, str(self.metric_number))


class RawReading(_OfSeries):
    """One reading as stored, also one that is not good."""

    value: float | None = Field(description="in the metric's unit; null: no number was sent")
    measured_at: datetime
    received_at: datetime
    quality_number: int = Field(exclude=True)

    @computed_field(description="only `good` is judged")  # type: ignore[prop-decorator]  # as above
    @property
    def quality(self) -> str:
        """The label of the quality."""
        return Quality(self.quality_number).label


class HourlyReading(_OfSeries):
    """The good readings of one series in one hour (UTC)."""

    hour: datetime
    reading_count: int
    value_mean: float
    value_min: float
    value_max: float
    first_at: datetime
    first_value: float
    last_at: datetime
    last_value: float
