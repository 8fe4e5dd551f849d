"""The register's values: a device, the trap it hangs in, and lookups by uid and number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrapEntry:
    """A trap with what rules need of its restaurant; lengths in mm above the trap floor.

    ``on_road``: its cover lies where vehicles pass.
    """

    trap_id: int
    code: str
    outlet_invert_mm: float
    cover_mm: float
    restaurant_id: int
    restaurant_type: str
    restaurant_status: str
    town_id: int
    town_code: str
    capacity_l: float = 0.0
    area_m2: float = 0.0
    rated_flow_lps: float | None = None
    sewer_branch: str | None = None
    cleaning_interval_days: int = 7
    on_road: bool = False

    @property
    def freeboard_mm(self) -> float:
        """Room between the static water level and the cover."""
        return self.cover_mm - self.outlet_invert_mm


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One sensor unit; ``trap`` is None until somebody has claimed it."""

    device_id: int
    uid: str
    status: str
    gateway_id: int | None
    report_interval_s: int
    mount_height_mm: float | None
    tilt_baseline_deg: float
    trap: TrapEntry | None


class Registry:
    """All known devices; changed only by ``put``, so a reader holds one consistent object."""

    def __init__(self, devices: Iterable[DeviceEntry] = ()) -> None:
        self._by_uid: dict[str, DeviceEntry] = {}
        self._by_id: dict[int, DeviceEntry] = {}
        for device in devices:
            self.put(device)

    def put(self, device: DeviceEntry) -> None:
        """Add a device or replace the entry of the same number."""
        previous = self._by_id.get(device.device_id)
        if previous is not None and previous.uid != device.uid:
            del self._by_uid[previous.uid]
        self._by_uid[device.uid] = device
        self._by_id[device.device_id] = device

    def by_uid(self, uid: str) -> DeviceEntry | None:
        """Return the device of a normalised uid (core.reading.normalise_uid)."""
        return self._by_uid.get(uid)

    def by_id(self, device_id: int) -> DeviceEntry | None:
        """Return the device of a registry number."""
        return self._by_id.get(device_id)

    def __iter__(self) -> Iterator[DeviceEntry]:
        """Iterate over all devices, in no order."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """Return the number of devices."""
        return len(self._by_id)
