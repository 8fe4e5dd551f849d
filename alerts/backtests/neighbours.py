"""Which devices must be replayed together: those of one gateway, and those on one sewer. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.registry.model import DeviceEntry


def together(devices: Iterable[DeviceEntry], *, at_least: int) -> Iterator[list[DeviceEntry]]:
    """Yield groups of ``at_least`` devices (the last may be smaller) that tear nothing apart.

    A silent gateway is known by all of its devices, a sewer that backs up by all of its traps.
    """
    group: list[DeviceEntry] = []
    for neighbours in _neighbourhoods(sorted(devices, key=lambda device: device.device_id)):
        group += neighbours
        if len(group) >= at_least:
            yield group
            group = []
    if group:
        yield group


def _neighbourhoods(devices: Sequence[DeviceEntry]) -> list[list[DeviceEntry]]:
    """Return the connected parts of the graph whose edges are gateways and sewer branches."""
    parent: dict[object, object] = {}

    def root(node: object) -> object:
        while (above := parent.setdefault(node, node)) != node:
            parent[node] = node = parent[above]
        return node

    for device in devices:
        own = root(("device", device.device_id))
        branch = None if device.trap is None else device.trap.sewer_branch
        for tie in (("gateway", device.gateway_id), ("branch", branch)):
            if tie[1] is not None:
                parent[root(tie)] = own
    found: defaultdict[object, list[DeviceEntry]] = defaultdict(list)
    for device in devices:
        found[root(("device", device.device_id))].append(device)
    return list(found.values())
