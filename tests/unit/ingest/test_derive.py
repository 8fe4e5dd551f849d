from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch
from core.registry.model import DeviceEntry, Registry
from ingest.derive import derive_levels


def device(device_id: int, mount_height_mm: float | None) -> DeviceEntry:
    return DeviceEntry(device_id, f"d{device_id}", "active", None, 300, mount_height_mm, 0.0, None)


REGISTRY = Registry([device(1, 1_100.0), device(2, None)])


def test_a_distance_becomes_a_level_beside_it() -> None:
    batch = ReadingBatch.from_rows(
        [
            (1, Metric.DISTANCE_MM, 10, 400.0, Quality.GOOD, 20),
            (2, Metric.DISTANCE_MM, 11, 400.0, Quality.GOOD, 21),
            (1, Metric.BATTERY_V, 12, 3.4, Quality.GOOD, 22),
            (1, Metric.DISTANCE_MM, 13, 250.0, Quality.BLIND_ZONE, 23),
        ]
    )
    derived, source = derive_levels(batch, REGISTRY)
    assert source.tolist() == [0, 1, 2, 3, 0, 3]
    assert derived.metric.tolist()[4:] == [Metric.LEVEL_MM, Metric.LEVEL_MM]
    assert derived.value.tolist() == [400.0, 400.0, 3.4, 250.0, 700.0, 850.0]
    assert derived.quality.tolist()[4:] == [Quality.GOOD, Quality.BLIND_ZONE]
    assert derived.measured_at_us.tolist()[4:] == [10, 13]


def test_a_batch_without_distances_is_left_alone() -> None:
    batch = ReadingBatch.from_rows([(1, Metric.LEVEL_MM, 10, 400.0, Quality.GOOD, 20)])
    derived, source = derive_levels(batch, REGISTRY)
    assert derived is batch
    assert source.tolist() == [0]
