"""From a test's words to the register: sites become traps, names become numbers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from alerts.rule_tests.case import Case, Defaults, Series, TrapSpec
from core.instant import SECOND_US
from core.registry.model import DeviceEntry, TrapEntry


@dataclass(slots=True)
class Scene:
    """The devices of a test, and the numbers of what it names."""

    devices: dict[int, DeviceEntry] = field(default_factory=dict)
    device_ids: dict[str, int] = field(default_factory=dict)
    trap_ids: dict[str, int] = field(default_factory=dict)
    gateway_ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, defaults: Defaults) -> "Scene":
        """Return the scene of a test; a device's interval is the shortest of its series."""
        scene = cls()
        for series in case.input:
            scene._add(series, case, defaults)
        return scene

    def site_of(self, trap_id: int | None) -> str:
        """Return the name of a trap's site."""
        return _name(self.trap_ids, trap_id)

    def device_name(self, device_id: int | None) -> str:
        """Return the name of a device."""
        return _name(self.device_ids, device_id)

    def _add(self, series: Series, case: Case, defaults: Defaults) -> None:
        name = series.series
        interval_us = series.report_interval or series.interval or case.interval
        interval_s = max(round((interval_us or defaults.interval) / SECOND_US), 1)
        gateway_id = None
        if name.gateway is not None:
            gateway_id = self.gateway_ids.setdefault(name.gateway, len(self.gateway_ids) + 1)
        device_id = self.device_ids.setdefault(name.device, len(self.device_ids) + 1)
        known = self.devices.get(device_id)
        trap = self._trap(name.site, series.trap or defaults.trap)
        if known is not None:
            trap = known.trap if series.trap is None and known.trap is not None else trap
            interval_s = min(known.report_interval_s, interval_s)
            gateway_id = gateway_id or known.gateway_id
        tilt_deg = series.tilt_baseline_deg or (known.tilt_baseline_deg if known else 0.0)
        self.devices[device_id] = DeviceEntry(
            device_id, name.device, "active", gateway_id, interval_s, None, tilt_deg, trap
        )

    def _trap(self, site: str, spec: TrapSpec) -> TrapEntry:
        trap_id = self.trap_ids.setdefault(site, len(self.trap_ids) + 1)
        return TrapEntry(
            trap_id, site, spec.outlet_invert_mm, spec.cover_mm, trap_id, spec.restaurant_type,
            "open", 1, spec.town, spec.capacity_l, 1.0, spec.rated_flow_lps, spec.sewer_branch,
            7, spec.on_road,
        )  # fmt: skip


def with_status(device: DeviceEntry, status: str) -> DeviceEntry:
    """Return a device with another status."""
    return replace(device, status=status)


def with_site_status(
    devices: Iterable[DeviceEntry], trap_id: int, status: str
) -> dict[int, DeviceEntry]:
    """Return the devices, those at a site with the restaurant's new status."""
    changed = {}
    for device in devices:
        trap = device.trap
        if trap is not None and trap.trap_id == trap_id:
            trap = replace(trap, restaurant_status=status)
        changed[device.device_id] = replace(device, trap=trap)
    return changed


def _name(numbers: dict[str, int], number: int | None) -> str:
    return next((name for name, found in numbers.items() if found == number), "")
