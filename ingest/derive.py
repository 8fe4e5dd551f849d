"""Level from distance: an ultrasonic head looks down, rules look up from the floor. Pure numpy.

The raw distance is kept beside the derived level, because evidence rests on what was measured.
"""

import numpy as np
from numpy.typing import NDArray

from core.reading import Metric
from core.reading_batch import ReadingBatch
from core.registry.model import Registry


def derive_levels(batch: ReadingBatch, registry: Registry) -> tuple[ReadingBatch, NDArray[np.intp]]:
    """Add ``level_mm = mount_height_mm - distance_mm`` for devices whose mount height is known.

    Returns: the batch with the derived rows at its end, and for every row the index of the row
        it came from. A level has its distance's quality: what is seen in the blind zone says
        only that the liquid stands at least that high.
    """
    source = np.arange(len(batch), dtype=np.intp)
    distances = np.flatnonzero(batch.metric == Metric.DISTANCE_MM)
    if not len(distances):
        return batch, source
    heights = np.array([_mount_height_mm(registry, d) for d in batch.device_id[distances].tolist()])
    known = ~np.isnan(heights)
    source = np.concatenate([source, distances[known]])
    derived = batch.take(source)
    derived.metric[len(batch) :] = Metric.LEVEL_MM
    derived.value[len(batch) :] = heights[known] - batch.value[distances[known]]
    return derived, source


def _mount_height_mm(registry: Registry, device_id: int) -> float:
    device = registry.by_id(device_id)
    height_mm = device.mount_height_mm if device else None
    return np.nan if height_mm is None else height_mm
