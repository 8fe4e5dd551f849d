"""A county of observed traps, to score rules against: every trap open, each with its own equipment.

Pure; one seed, one county. Unlike the county of the demo it has hydrostatic and ultrasonic units,
contacts and tilt sensors, flow meters and grease probes in the shares a scored fleet needs.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.reading import Metric
from simulators.county import County, Device, Restaurant, Trap, make_county
from simulators.kitchen import KITCHEN_TYPES
from simulators.physics import DN150_LPS_PER_M15, OUTLET_LPS_PER_M15, Bools, Floats

#: An ultrasonic head sees nothing nearer than this.
BLIND_MM = 280.0
_CONNECTED_GUESS = 0.88
_HYDROSTATIC_RATIO = 0.6
_COVER_RATIO, _TILT_RATIO = 0.8, 0.2
_FLOW_RATIO = 0.6
_PROBE_RATIO = 0.4
_ON_ROAD_RATIO = 0.25
_TRAPS_A_BRANCH = 6
_DN150_FROM_L = 500.0
#: A quarter of the depth is full after so many usual days; cleaned before that.
_QUARTER_DAYS = (10.5, 30.0)
_INTERVALS_D = (7, 10, 14, 20)
_CLEANED_BEFORE = 0.7
_FOG_SHARE = (0.6, 0.8)
#: Half of the ultrasonic heads hang so low that they are blind before the trap runs over, but
#: not in normal service.
_HEAD_ABOVE_COVER_MM, _LOW_HEAD_MM = 320.0, (60.0, 240.0)
_SEEN_SURCHARGE_MM = 130.0


@dataclass(frozen=True, slots=True)
class ObservedFleet:
    """The traps with a unit as columns, in the order of ``county.devices``: arrays of (n,)."""

    county: County
    restaurants: tuple[Restaurant, ...]
    traps: tuple[Trap, ...]
    type_index: NDArray[np.intp]
    water_l: Floats
    outlet_mm: Floats
    cover_mm: Floats
    area_m2: Floats
    capacity_l: Floats
    rated_lps: Floats
    quarter_days: Floats
    fog_share: Floats
    ultrasonic: Bools
    mount_mm: Floats
    has_flow: Bools
    has_cover: Bools
    has_tilt: Bools
    has_fog: Bools
    on_road: Bools

    @classmethod
    def make(cls, seed: int, trap_count: int) -> Self:
        """Return a fleet of exactly ``trap_count`` open traps with a unit each."""
        rng = np.random.default_rng([seed, 11])
        county = _observed(make_county(seed, ceil(trap_count / _CONNECTED_GUESS) + 50), trap_count)
        shortest, longest = np.log(_QUARTER_DAYS)
        quarter_days = np.exp(rng.uniform(shortest, longest, trap_count))
        county = _equipped(county, quarter_days, rng)
        traps = county.traps
        people = {restaurant.register_no: restaurant for restaurant in county.restaurants}
        owners = tuple(people[trap.register_no] for trap in traps)
        return cls(
            county,
            owners,
            traps,
            type_index=np.array([KITCHEN_TYPES.index(o.restaurant_type) for o in owners], np.intp),
            water_l=np.array([o.water_l_a_day for o in owners]),
            outlet_mm=np.array([trap.outlet_invert_mm for trap in traps]),
            cover_mm=np.array([trap.cover_mm for trap in traps]),
            area_m2=np.array([trap.area_m2 for trap in traps]),
            capacity_l=np.array([trap.capacity_l for trap in traps]),
            rated_lps=np.array([trap.rated_flow_lps for trap in traps]),
            quarter_days=quarter_days,
            fog_share=rng.uniform(*_FOG_SHARE, trap_count),
            ultrasonic=np.array([d.mount_height_mm is not None for d in county.devices]),
            mount_mm=np.array([d.mount_height_mm or np.nan for d in county.devices]),
            has_flow=np.array([d.has_flow for d in county.devices]),
            has_cover=np.array([d.has_cover for d in county.devices]),
            has_tilt=np.array([d.has_tilt for d in county.devices]),
            has_fog=np.array([d.has_fog for d in county.devices]),
            on_road=np.array([trap.on_road for trap in traps]),
        )

    def __len__(self) -> int:
        """Return n."""
        return len(self.traps)

    @property
    def outlet_lps_per_m15(self) -> Floats:
        """How wide the outlets are: DN150 from 500 L on."""
        large = self.capacity_l >= _DN150_FROM_L
        return np.where(large, DN150_LPS_PER_M15, OUTLET_LPS_PER_M15)

    @property
    def freeboard_mm(self) -> Floats:
        """Room between outlet and cover."""
        return self.cover_mm - self.outlet_mm

    @property
    def blind_mm(self) -> Floats:
        """The level above which a unit sees nothing; infinite for hydrostatic ones."""
        return np.where(self.ultrasonic, self.mount_mm - BLIND_MM, np.inf)

    @property
    def alarm_mm(self) -> Floats:
        """The level above which a unit reports at once: 100 mm or half the freeboard."""
        return self.outlet_mm + np.minimum(100.0, 0.5 * self.freeboard_mm)

    def has(self, place: int) -> frozenset[Metric]:
        """Return what the unit of a trap measures."""
        found = {Metric.LEVEL_MM}
        if self.has_cover[place]:
            found.add(Metric.COVER_OPEN)
        if self.has_tilt[place]:
            found.add(Metric.TILT_DEG)
        if self.has_flow[place]:
            found |= {Metric.FLOW_LPS, Metric.VOLUME_L}
        if self.has_fog[place]:
            found |= {Metric.FOG_MM, Metric.SOLIDS_MM}
        return frozenset(found)


def _observed(county: County, trap_count: int) -> County:
    """Return the part of a county that belongs to its first open traps with a unit."""
    traps = {trap.code: trap for trap in county.traps}
    people = {restaurant.register_no: restaurant for restaurant in county.restaurants}
    chosen = [
        device
        for device in county.devices
        if people[traps[device.trap_code].register_no].status == "open"
    ][:trap_count]
    kept = tuple(traps[device.trap_code] for device in chosen)
    owners = tuple(people[trap.register_no] for trap in kept)
    used = {device.gateway_uid for device in chosen}
    gateways = tuple(gateway for gateway in county.gateways if gateway.uid in used)
    return County(county.towns, owners, kept, gateways, tuple(chosen))


def _equipped(county: County, quarter_days: Floats, rng: np.random.Generator) -> County:
    count = len(county.devices)
    branches = _branches(county)
    on_road = rng.random(count) < _ON_ROAD_RATIO
    hydrostatic = rng.random(count) < _HYDROSTATIC_RATIO
    heads_mm = _heads_mm(county, rng)
    covered = rng.random(count) < _COVER_RATIO
    tilt = covered & (rng.random(count) < _TILT_RATIO)
    flow = rng.random(count) < _FLOW_RATIO
    probe = rng.random(count) < _PROBE_RATIO
    traps, devices = [], []
    for place, (trap, device) in enumerate(zip(county.traps, county.devices, strict=True)):
        allowed = [d for d in _INTERVALS_D if d <= _CLEANED_BEFORE * quarter_days[place]]
        traps.append(
            replace(
                trap,
                sewer_branch=branches[trap.code],
                cleaning_interval_days=max(allowed, default=_INTERVALS_D[0]),
                on_road=bool(on_road[place]),
            )
        )
        mount_mm = None if hydrostatic[place] else round(trap.cover_mm + heads_mm[place])
        devices.append(
            Device(
                uid=f"{trap.code}-level",
                model="TW-L1" if hydrostatic[place] else "TW-U1",
                trap_code=trap.code,
                gateway_uid=device.gateway_uid,
                mount_height_mm=mount_mm,
                has_flow=bool(flow[place]),
                has_cover=bool(covered[place] & ~tilt[place]),
                age_days=device.age_days,
                has_tilt=bool(tilt[place]),
                has_fog=bool(probe[place]),
            )
        )
    return replace(county, traps=tuple(traps), devices=tuple(devices))


def _heads_mm(county: County, rng: np.random.Generator) -> Floats:
    """Return how far above the cover ultrasonic heads would hang."""
    freeboard_mm = np.array([trap.cover_mm - trap.outlet_invert_mm for trap in county.traps])
    lowest_mm = np.maximum(_LOW_HEAD_MM[0], BLIND_MM + _SEEN_SURCHARGE_MM - freeboard_mm)
    low_mm = rng.uniform(lowest_mm, _LOW_HEAD_MM[1])
    return np.where(rng.random(len(low_mm)) < 0.5, low_mm, _HEAD_ABOVE_COVER_MM)


def _branches(county: County) -> dict[str, str]:
    """Return the sewer branch of each trap: neighbours of a town share one."""
    people = {restaurant.register_no: restaurant for restaurant in county.restaurants}
    assigned: dict[str, str] = {}
    for town in county.towns:
        here = [trap for trap in county.traps if people[trap.register_no].town_code == town.code]
        here.sort(key=lambda trap: (people[trap.register_no].lon_deg, trap.code))
        count = max(1, len(here) // _TRAPS_A_BRANCH)
        for nth, trap in enumerate(here):
            assigned[trap.code] = f"{town.code}-{1 + nth * count // len(here):02d}"
    return assigned
