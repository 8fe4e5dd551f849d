"""Many readings as numpy columns: what the ingest path stores and the rules look at in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadingBatch:
    """n readings, one row an index; every column has shape (n,).

    Values are in the metric's unit, instants in microseconds since the epoch (UTC). Devices are
    registry numbers, so a batch only exists after its devices have been looked up.
    """

    device_id: NDArray[np.int32]
    metric: NDArray[np.int16]
    measured_at_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]
    received_at_us: NDArray[np.int64]

    def __len__(self) -> int:
        """Return n."""
        return len(self.device_id)

    def take(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the rows of a boolean mask or an index array, in that order."""
        return type(self)(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, int, int, float, int, int]]) -> Self:
        """Build a batch from n row tuples whose items stand in the order of the columns."""
        columns = tuple(zip(*rows, strict=True)) if rows else ((),) * len(_DTYPES)
        return cls(*(np.asarray(c, dtype=d) for c, d in zip(columns, _DTYPES, strict=True)))


_DTYPES = (np.int32, np.int16, np.int64, np.float64, np.int16, np.int64)
