from collections.abc import Sequence
from dataclasses import replace

from alerts.backtests.neighbours import together
from core.registry.model import DeviceEntry
from tests.unit.alerts.conftest import trap


def device(number: int, gateway_id: int | None, branch: str | None) -> DeviceEntry:
    in_trap = replace(trap(), trap_id=number, code=f"T{number}", sewer_branch=branch)
    return DeviceEntry(number, f"d{number}", "active", gateway_id, 300, None, 0.0, in_trap)


def groups(devices: Sequence[DeviceEntry], at_least: int) -> list[list[int]]:
    found = together(devices, at_least=at_least)
    return sorted(sorted(device.device_id for device in group) for group in found)


def test_devices_of_a_gateway_and_traps_on_a_sewer_stay_together() -> None:
    devices = [
        device(1, 1, "B1"),
        device(2, 2, "B1"),
        device(3, 2, "B2"),
        device(4, 3, "B3"),
        device(5, 3, None),
        device(6, None, None),
    ]
    assert groups(devices, at_least=1) == [[1, 2, 3], [4, 5], [6]]


def test_small_neighbourhoods_share_a_group() -> None:
    devices = [device(number, number, None) for number in range(1, 6)]
    assert groups(devices, at_least=2) == [[1, 2], [3, 4], [5]]


def test_devices_without_gateway_and_sewer_are_not_neighbours() -> None:
    assert groups([device(1, None, None), device(2, None, None)], at_least=1) == [[1], [2]]


def test_a_gateway_and_a_sewer_of_one_name_are_two_things() -> None:
    assert groups([device(1, 7, None), device(2, None, "7")], at_least=1) == [[1], [2]]


def test_nothing_makes_no_group() -> None:
    assert groups([], at_least=5) == []
