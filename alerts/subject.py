"""What an alert is about: a device's series, a trap, a sewer branch or a gateway. Pure."""

from dataclasses import dataclass
from typing import Literal, Self

from core.registry.model import DeviceEntry, TrapEntry

SubjectKind = Literal["device", "trap", "branch", "gateway"]


@dataclass(frozen=True, slots=True)
class Subject:
    """``ref`` is the number of a device, trap or gateway, or a branch's name."""

    kind: SubjectKind
    ref: str
    town_id: int | None
    device: DeviceEntry | None = None
    trap: TrapEntry | None = None
    gateway_id: int | None = None

    @classmethod
    def of_device(cls, device: DeviceEntry) -> Self:
        """Return a device as the subject."""
        trap = device.trap
        town_id = None if trap is None else trap.town_id
        return cls("device", str(device.device_id), town_id, device, trap, device.gateway_id)

    @classmethod
    def of_trap(cls, trap: TrapEntry, device: DeviceEntry | None = None) -> Self:
        """Return a trap as the subject; ``device`` is the unit that watches it, if any."""
        gateway_id = None if device is None else device.gateway_id
        return cls("trap", str(trap.trap_id), trap.town_id, device, trap, gateway_id)

    @classmethod
    def of_branch(cls, branch: str, town_id: int | None) -> Self:
        """Return a sewer branch as the subject."""
        return cls("branch", branch, town_id)

    @property
    def device_id(self) -> int | None:
        """The number of the device, where one stands behind it."""
        return None if self.device is None else self.device.device_id

    @property
    def trap_id(self) -> int | None:
        """The number of the trap, where it is about one."""
        return None if self.trap is None else self.trap.trap_id

    @property
    def restaurant_id(self) -> int | None:
        """The number of the restaurant, where it is about one."""
        return None if self.trap is None else self.trap.restaurant_id
