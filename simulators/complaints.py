"""Two years of complaints of a county that gets connected half way through. Pure.

Grease complaints come at a rate that falls with the share of restaurants that are connected;
fume complaints do not change, which is why they must be counted apart.
"""

from dataclasses import dataclass

import numpy as np

from core.instant import DAY_US
from simulators.county import County

_DAYS = 730
_GREASE_A_DAY = 0.62
_FUME_A_DAY = 0.55
_DROP_RATIO = 0.55
_DUPLICATE_RATIO = 0.06

_CATEGORIES = {
    "sewage_overflow": (0.34, "{name}门口污水外溢，气味很大"),
    "sewer_blockage": (0.24, "{name}附近下水道堵塞"),
    "odour": (0.17, "{name}后厨隔油池异味"),
    "direct_discharge": (0.07, "{name}污水直接排入雨水口"),
    "dumping": (0.05, "夜间有人向{name}旁窨井倾倒油污"),
    "cover": (0.05, "{name}门前井盖未复位"),
    "cleaning_nuisance": (0.04, "{name}清掏作业噪声扰民、沿路滴漏"),
    "other": (0.04, "{name}排水问题"),
}
_FUME_TEXT = "{name}油烟扰民"
_CHANNELS = ("12345", "12369", "wechat", "patrol", "qr")
_CHANNEL_SHARES = (0.55, 0.12, 0.15, 0.10, 0.08)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint; ``duplicate_of`` is the external_ref of an earlier one of the same matter."""

    external_ref: str
    received_at_us: int
    channel: str
    category: str
    description: str
    register_no: str
    town_code: str
    address: str
    lon_deg: float
    lat_deg: float
    duplicate_of: str | None


def make_complaints(county: County, seed: int, as_of_us: int) -> tuple[Complaint, ...]:
    """Return the complaints of the two years before ``as_of_us`` in order of time."""
    rng = np.random.default_rng([seed, 1])
    ages = np.array([device.age_days for device in county.devices])
    days_ago = np.arange(_DAYS, 0, -1)
    connected = (ages[None, :] > days_ago[:, None]).mean(axis=1) if len(ages) else 0.0
    grease = rng.poisson(_GREASE_A_DAY * (1.0 - _DROP_RATIO * connected), _DAYS)
    fume = rng.poisson(_FUME_A_DAY, _DAYS)
    moments: list[tuple[int, bool]] = []
    for day, grease_count, fume_count in zip(
        days_ago.tolist(), grease.tolist(), fume.tolist(), strict=True
    ):
        for about_fume in [False] * grease_count + [True] * fume_count:
            moments.append((as_of_us - day * DAY_US + int(rng.random() * DAY_US), about_fume))
    moments.sort()
    found: list[Complaint] = []
    for at_us, about_fume in moments:
        complaint = _complaint(rng, county, len(found), at_us, about_fume)
        found.append(complaint)
        if rng.random() < _DUPLICATE_RATIO:
            found.append(_repeated(rng, complaint, len(found), as_of_us))
    return tuple(sorted(found, key=lambda complaint: complaint.received_at_us))


def _complaint(
    rng: np.random.Generator, county: County, number: int, at_us: int, about_fume: bool
) -> Complaint:
    restaurant = county.restaurants[int(rng.integers(len(county.restaurants)))]
    if about_fume:
        category, text = "fume", _FUME_TEXT
    else:
        shares = [share for share, _ in _CATEGORIES.values()]
        category = list(_CATEGORIES)[int(rng.choice(len(shares), p=shares))]
        text = _CATEGORIES[category][1]
    return Complaint(
        external_ref=f"JS{number + 1:06d}",
        received_at_us=at_us,
        channel=_CHANNELS[int(rng.choice(len(_CHANNELS), p=_CHANNEL_SHARES))],
        category=category,
        description=text.format(name=restaurant.name),
        register_no=restaurant.register_no,
        town_code=restaurant.town_code,
        address=restaurant.address,
        lon_deg=restaurant.lon_deg,
        lat_deg=restaurant.lat_deg,
        duplicate_of=None,
    )


def _repeated(
    rng: np.random.Generator, original: Complaint, number: int, as_of_us: int
) -> Complaint:
    """Return a second call about the same matter within two days."""
    later_us = original.received_at_us + 1 + int(rng.random() * 2 * DAY_US)
    return Complaint(
        external_ref=f"JS{number + 1:06d}",
        received_at_us=min(later_us, as_of_us - 1),
        channel="12345",
        category=original.category,
        description=original.description,
        register_no=original.register_no,
        town_code=original.town_code,
        address=original.address,
        lon_deg=original.lon_deg,
        lat_deg=original.lat_deg,
        duplicate_of=original.external_ref,
    )
