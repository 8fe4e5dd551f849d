"""A county to simulate: towns, restaurants, traps, gateways, devices. Pure; one seed, one county.

Sizes follow the practice for grease traps: 20 L of waste water a meal, ten minutes of peak flow
plus 35 % for oil and residue, liquid at least 600 mm deep (GB 50015 practice).
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from simulators.names import KINDS, OPENING, OWNERS, STREETS, STYLES, TOWNS, TownSeed
from simulators.vocabulary import DEFAULT_RESTAURANTS, DEFAULT_SEED

_CONNECTED_RATIO = 0.99
_TRAPS_PER_GATEWAY = 75
_TYPES = ("large", "small", "canteen", "night_market")
_TYPE_SHARES = (0.14, 0.66, 0.08, 0.12)
_MEALS_A_DAY = {
    "large": (200, 800),
    "small": (40, 260),
    "canteen": (150, 900),
    "night_market": (60, 300),
}
_STATUSES = ("open", "suspended", "closed")
_STATUS_SHARES = (0.965, 0.02, 0.015)
_NO_TRAP_RATIO = 0.03
_LITRES_A_MEAL = 20.0
_OIL_AND_RESIDUE = 1.35
#: Water must stay for 2-10 min; rated in the middle, so that a usual peak uses about half of it.
_RESIDENCE_S = 330.0
_MODELS = ("TW-L1", "TW-U1", "EM310-UDL", "LDDS75")
_MODEL_SHARES = (0.60, 0.30, 0.06, 0.04)
_NATIVE = frozenset({"TW-L1", "TW-U1"})
_FLOW_RATIO = 0.3
_SENSOR_ABOVE_COVER_MM = 320.0
_RESIDUE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Restaurant:
    """An establishment; ``status`` and ``restaurant_type`` as in the register's schema."""

    register_no: str
    name: str
    restaurant_type: str
    status: str
    needs_trap: bool
    town_code: str
    address: str
    lon_deg: float
    lat_deg: float
    opening_windows: list[dict[str, str]]
    permit_no: str | None
    meals_a_day: int

    @property
    def water_l_a_day(self) -> float:
        """Waste water of a usual day."""
        return self.meals_a_day * _LITRES_A_MEAL


@dataclass(frozen=True, slots=True)
class Trap:
    """A grease trap; heights above its floor."""

    code: str
    register_no: str
    capacity_l: float
    outlet_invert_mm: float
    cover_mm: float
    area_m2: float
    rated_flow_lps: float
    sewer_branch: str
    cleaning_interval_days: int = 7
    on_road: bool = False


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway of a town."""

    uid: str
    town_code: str


@dataclass(frozen=True, slots=True)
class Device:
    """The sensor unit of a trap. Models TW-… speak native JSON, the others through ChirpStack.

    ``mount_height_mm`` is set where the unit measures a distance. ``age_days``: commissioned so
    many days before the day the county is put into operation.
    """

    uid: str
    model: str
    trap_code: str
    gateway_uid: str
    mount_height_mm: float | None
    has_flow: bool
    has_cover: bool
    age_days: int
    has_tilt: bool = False
    has_fog: bool = False

    @property
    def is_native(self) -> bool:
        """Whether the gateway speaks our own JSON for it."""
        return self.model in _NATIVE


@dataclass(frozen=True, slots=True)
class County:
    """Everything that exists, in a fixed order."""

    towns: tuple[TownSeed, ...]
    restaurants: tuple[Restaurant, ...]
    traps: tuple[Trap, ...]
    gateways: tuple[Gateway, ...]
    devices: tuple[Device, ...]


def make_county(seed: int = DEFAULT_SEED, restaurants: int = DEFAULT_RESTAURANTS) -> County:
    """Return the county of a seed; equal arguments give equal counties.

    99.0 % (to the nearest whole) of the open restaurants that need a trap have one with a
    commissioned device; the rest have a trap without a device, or none.
    """
    rng = np.random.default_rng(seed)
    people = _restaurants(rng, restaurants)
    traps, connected = _traps(rng, people)
    gateways, assigned = _gateways(connected)
    devices = _devices(rng, connected, assigned)
    return County(TOWNS, people, traps, gateways, devices)


def _restaurants(rng: np.random.Generator, count: int) -> tuple[Restaurant, ...]:
    shares = np.array([town.share for town in TOWNS])
    towns = rng.choice(len(TOWNS), count, p=shares / shares.sum()).tolist()
    types = rng.choice(len(_TYPES), count, p=_TYPE_SHARES).tolist()
    statuses = rng.choice(len(_STATUSES), count, p=_STATUS_SHARES).tolist()
    dry = (rng.random(count) < _NO_TRAP_RATIO).tolist()
    offsets = rng.normal(0.0, (0.011, 0.008), (count, 2)).tolist()
    ladder = rng.random(count).tolist()
    words = rng.integers(0, 1_000_000, (count, 4)).tolist()
    found = []
    for index in range(count):
        town, kind = TOWNS[towns[index]], _TYPES[types[index]]
        low, high = _MEALS_A_DAY[kind]
        needs_trap = not (dry[index] and kind == "small")
        street = STREETS[words[index][0] % len(STREETS)]
        found.append(
            Restaurant(
                register_no=_register_no(index + 1),
                name=_name(town, kind, words[index], index),
                restaurant_type=kind,
                status=_STATUSES[statuses[index]],
                needs_trap=needs_trap,
                town_code=town.code,
                address=f"嘉善县{town.name}{street}{1 + words[index][1] % 688}号",
                lon_deg=round(town.lon_deg + offsets[index][0], 6),
                lat_deg=round(town.lat_deg + offsets[index][1], 6),
                opening_windows=OPENING[kind],
                permit_no=f"浙善排字第{index + 1:05d}号" if needs_trap else None,
                meals_a_day=round(low * (high / low) ** ladder[index]),
            )
        )
    return tuple(found)


def _name(town: TownSeed, kind: str, words: list[int], index: int) -> str:
    what = KINDS[kind][words[2] % len(KINDS[kind])]
    place = town.name.removesuffix("街道").removesuffix("镇")
    if kind == "canteen":
        return f"{place}第{1 + index % 97}{what}"
    style = STYLES[words[3] % len(STYLES)]
    return f"{place}{style}{OWNERS[words[0] % len(OWNERS)]}记{what}"


def _register_no(number: int) -> str:
    """Return a unified social credit code (GB 32100-2015) of this county with its check digit."""
    body = f"92330421MA{number:07d}"
    weighed = sum(
        _RESIDUE_ALPHABET.index(digit) * pow(3, place, 31) for place, digit in enumerate(body)
    )
    return body + _RESIDUE_ALPHABET[-weighed % 31]


def _traps(
    rng: np.random.Generator, restaurants: tuple[Restaurant, ...]
) -> tuple[tuple[Trap, ...], list[tuple[Restaurant, Trap]]]:
    """Return all traps, and those that get a device, with their restaurants."""
    needing = [r for r in restaurants if r.needs_trap]
    expected = [index for index, r in enumerate(needing) if r.status == "open"]
    missing_count = len(expected) - round(_CONNECTED_RATIO * len(expected))
    missing = rng.permutation(expected)[:missing_count].tolist()
    without_trap = set(missing[: missing_count // 2])
    without_device = set(missing)
    depths = rng.uniform(600.0, 900.0, len(needing)).tolist()
    freeboards = rng.uniform(240.0, 400.0, len(needing)).tolist()
    spares = rng.uniform(1.0, 1.6, len(needing)).tolist()
    branches = rng.integers(1, 13, len(needing)).tolist()
    traps, connected = [], []
    for index, restaurant in enumerate(needing):
        if index in without_trap:
            continue
        peak_lps = restaurant.water_l_a_day * 2.0 / (12 * 3_600)
        capacity_l = float(
            np.clip(peak_lps * 600 * _OIL_AND_RESIDUE * spares[index], 250.0, 2_000.0)
        )
        depth_mm, freeboard_mm = round(depths[index], -1), round(freeboards[index], -1)
        capacity_l = round(capacity_l, -1)
        trap = Trap(
            code=f"T{index + 1:06d}",
            register_no=restaurant.register_no,
            capacity_l=capacity_l,
            outlet_invert_mm=depth_mm,
            cover_mm=depth_mm + freeboard_mm,
            area_m2=round(capacity_l / depth_mm, 3),
            rated_flow_lps=round(capacity_l / _OIL_AND_RESIDUE / _RESIDENCE_S, 2),
            sewer_branch=f"{restaurant.town_code}-{branches[index]:02d}",
        )
        traps.append(trap)
        if index not in without_device and restaurant.status != "closed":
            connected.append((restaurant, trap))
    return tuple(traps), connected


def _gateways(
    connected: list[tuple[Restaurant, Trap]],
) -> tuple[tuple[Gateway, ...], dict[str, str]]:
    """Return the gateways, and the gateway of each trap: neighbours of a street share one."""
    gateways: list[Gateway] = []
    assigned: dict[str, str] = {}
    for town in TOWNS:
        here = [pair for pair in connected if pair[0].town_code == town.code]
        here.sort(key=lambda pair: (pair[0].lon_deg, pair[1].code))
        count = ceil(len(here) / _TRAPS_PER_GATEWAY)
        for number in range(count):
            uid = f"{town.code}-gw{number + 1:02d}"
            gateways.append(Gateway(uid, town.code))
            share = here[number * len(here) // count : (number + 1) * len(here) // count]
            assigned.update((trap.code, uid) for _, trap in share)
    return tuple(gateways), assigned


def _devices(
    rng: np.random.Generator,
    connected: list[tuple[Restaurant, Trap]],
    assigned: dict[str, str],
) -> tuple[Device, ...]:
    models = rng.choice(_MODELS, len(connected), p=_MODEL_SHARES).tolist()
    flows = (rng.random(len(connected)) < _FLOW_RATIO).tolist()
    # Two waves of installation, from fourteen to ten months ago.
    ages = np.clip(rng.normal(365, 30, len(connected)), 300, 430).astype(int).tolist()
    devices = []
    for (_, trap), model, flow, age_days in zip(connected, models, flows, ages, strict=True):
        native = model in _NATIVE
        by_distance = model != "TW-L1"
        devices.append(
            Device(
                uid=f"{trap.code}-level" if native else f"24e124{int(trap.code[1:]):010x}",
                model=model,
                trap_code=trap.code,
                gateway_uid=assigned[trap.code],
                mount_height_mm=trap.cover_mm + _SENSOR_ABOVE_COVER_MM if by_distance else None,
                has_flow=native and flow,
                has_cover=native,
                age_days=age_days,
            )
        )
    return tuple(devices)
