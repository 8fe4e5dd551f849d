from collections import Counter

import pytest

from core.instant import DAY_US
from core.reading import normalise_uid
from simulators.complaints import make_complaints
from simulators.county import County, make_county

AS_OF_US = 1_767_574_800_000_000
MONTH_US = 30 * DAY_US


@pytest.fixture(scope="module")
def county() -> County:
    return make_county()


def test_one_seed_one_county() -> None:
    assert make_county(5, 300) == make_county(5, 300)
    assert make_county(5, 300) != make_county(6, 300)
    county = make_county(5, 300)
    assert make_complaints(county, 5, AS_OF_US) == make_complaints(county, 5, AS_OF_US)
    assert make_complaints(county, 5, AS_OF_US) != make_complaints(county, 6, AS_OF_US)


def test_99_percent_of_those_that_should_be_are_connected(county: County) -> None:
    expected = [r for r in county.restaurants if r.needs_trap and r.status == "open"]
    equipped = {device.trap_code for device in county.devices}
    connected = {trap.register_no for trap in county.traps if trap.code in equipped}
    count = sum(r.register_no in connected for r in expected)
    assert count == round(0.99 * len(expected))
    assert len(expected) > 2_700
    assert any(not r.needs_trap for r in county.restaurants)
    assert {r.status for r in county.restaurants} == {"open", "suspended", "closed"}
    assert {r.restaurant_type for r in county.restaurants} == {
        "large",
        "small",
        "canteen",
        "night_market",
    }


def test_codes_are_unique_and_already_normal(county: County) -> None:
    for keys in (
        [r.register_no for r in county.restaurants],
        [trap.code for trap in county.traps],
        [gateway.uid for gateway in county.gateways],
        [device.uid for device in county.devices],
        [device.trap_code for device in county.devices],
    ):
        assert len(set(keys)) == len(keys)
    assert all(normalise_uid(device.uid) == device.uid for device in county.devices)


def test_a_unified_social_credit_code_has_its_check_digit(county: County) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # GB 32100-2015
    for restaurant in county.restaurants[:200]:
        code = restaurant.register_no
        total = sum(
            alphabet.index(digit) * weight for digit, weight in zip(code, weights, strict=False)
        )
        assert len(code) == 18
        assert alphabet[(31 - total % 31) % 31] == code[17]


def test_traps_are_of_the_countys_size(county: County) -> None:
    for trap in county.traps:
        assert 250 <= trap.capacity_l <= 2_000
        assert trap.outlet_invert_mm >= 600
        assert 240 <= trap.cover_mm - trap.outlet_invert_mm <= 400
        assert trap.area_m2 * trap.outlet_invert_mm == pytest.approx(trap.capacity_l, rel=0.01)


def test_an_ultrasonic_head_never_drowns_in_its_blind_zone(county: County) -> None:
    traps = {trap.code: trap for trap in county.traps}
    by_distance = [d for d in county.devices if d.mount_height_mm is not None]
    assert 0.3 < len(by_distance) / len(county.devices) < 0.5
    for device in by_distance:
        assert (device.mount_height_mm or 0) - traps[device.trap_code].cover_mm >= 280


def test_gateways_carry_neighbours_of_one_town(county: County) -> None:
    towns = {gateway.uid: gateway.town_code for gateway in county.gateways}
    people = {r.register_no: r for r in county.restaurants}
    traps = {trap.code: trap for trap in county.traps}
    for device in county.devices:
        restaurant = people[traps[device.trap_code].register_no]
        assert towns[device.gateway_uid] == restaurant.town_code
    loads = Counter(device.gateway_uid for device in county.devices)
    assert all(50 <= load <= 100 for load in loads.values())
    assert loads.keys() == towns.keys()


def test_the_trap_of_the_manual_has_every_sensor(county: County) -> None:
    (device,) = [d for d in county.devices if d.trap_code == "T000123"]
    assert (device.is_native, device.has_cover, device.has_flow) == (True, True, True)
    (trap,) = [t for t in county.traps if t.code == "T000123"]
    (restaurant,) = [r for r in county.restaurants if r.register_no == trap.register_no]
    assert restaurant.status == "open"


def test_grease_complaints_fall_by_half_and_fume_does_not(county: County) -> None:
    complaints = make_complaints(county, 21, AS_OF_US)
    originals = [c for c in complaints if c.duplicate_of is None]

    def count(fume: bool, from_month: int, to_month: int) -> int:
        return sum(
            (c.category == "fume") == fume
            and from_month * MONTH_US <= AS_OF_US - c.received_at_us < to_month * MONTH_US
            for c in originals
        )

    assert 300 < len(complaints) < 1_500
    assert 0.3 < count(False, 0, 9) / count(False, 15, 24) < 0.65
    assert 0.75 < count(True, 0, 9) / count(True, 15, 24) < 1.35
    assert all(c.received_at_us < AS_OF_US for c in complaints)
    assert [c.received_at_us for c in complaints] == sorted(c.received_at_us for c in complaints)


def test_repeated_complaints_come_after_their_original(county: County) -> None:
    complaints = {c.external_ref: c for c in make_complaints(county, 21, AS_OF_US)}
    repeated = [c for c in complaints.values() if c.duplicate_of is not None]
    assert 10 < len(repeated) < len(complaints) / 8
    for again in repeated:
        original = complaints[again.duplicate_of or ""]
        assert original.duplicate_of is None
        assert 0 < again.received_at_us - original.received_at_us <= 2 * DAY_US
        assert again.register_no == original.register_no
