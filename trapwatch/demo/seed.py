"""Puts the simulated county into an empty database, the same one that the simulator plays.

Owns: what a demo has besides the county: units with their routes, shortened holds, a webhook
receiver. Never: readings; those come in through the broker like everybody's.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.units.actions import add_unit, set_route
from alerts.units.store import Unit
from alerts.webhooks.endpoints import create_endpoint
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.protection import protection_of
from core.clock import Clock, SystemClock
from core.db import Connection, connect, translated_errors
from core.instant import to_us
from core.settings import Settings
from simulators.complaints import make_complaints
from simulators.county import make_county
from simulators.names import TownSeed
from simulators.vocabulary import DEFAULT_RESTAURANTS, DEFAULT_SEED, REPORT_INTERVAL_S
from trapwatch.demo import store

_ACTOR = "demo"
_COMPLAINT_SOURCE = "demo"
_CLEANING_INTERVAL_DAYS = 7
_CLEANING_BASIS = "演示：每周至少清掏一次（浙江玉环平台的频次）"
_PERMIT_VALID = timedelta(days=5 * 365 - 430)
_REGISTERED = timedelta(days=760)
_HOLD_S = 10
_OVERRIDE_REASON = "演示：缩短持续时间，便于参观者当场看到预警 (demo: shortened hold)"
_SHORTENED_RULES = ("R02", "R16")
#: Manhole covers are the county's in every town; everything else is the town's.
_COVER_PROBLEM = "cover"
_COVER_UNIT = Unit("drainage", "县排水管理所", "County Drainage Office", "")


def seed(
    database_url: str,
    settings: Settings,
    receiver_url: str | None = None,
    receiver_secret: str | None = None,
    *,
    county_seed: int = DEFAULT_SEED,
    restaurants: int = DEFAULT_RESTAURANTS,
    clock: Clock | None = None,
) -> bool:
    """Fill a migrated database with the demo county; do nothing if it has a town.

    ``receiver_url`` is registered as a webhook endpoint for everything; without a secret
    (``whsec_…``) it gets a new one.

    Returns: whether the county was written.
    Raises: DatabaseUnavailableError, MisconfiguredDatabaseError, InvalidRequestError: the
        receiver's URL or secret is not acceptable; ConflictError: there is no key to seal them.
    """
    clock = clock or SystemClock()
    with connect(database_url, "trapwatch-demo") as connection, translated_errors():
        store.lock_towns(connection)
        if store.select_any_town(connection):
            return False
        _write_county(connection, clock, county_seed, restaurants)
        for rule_code in _SHORTENED_RULES:
            store.insert_rule_override(
                connection,
                rule_code,
                {"hold_s": _HOLD_S},
                reason=_OVERRIDE_REASON,
                now=clock.now(),
            )
        if receiver_url is not None:
            create_endpoint(
                connection,
                EndpointFields(receiver_url, description="demo receiver"),
                secret=receiver_secret,
                random_bytes=secrets.token_bytes(32),
                protection=protection_of(settings.webhooks),
                actor=_ACTOR,
                now=clock.now(),
            )
    return True


def _write_county(connection: Connection, clock: Clock, county_seed: int, restaurants: int) -> None:
    now = clock.now()
    created_at = now - _REGISTERED
    county = make_county(county_seed, restaurants)
    store.insert_towns(connection, county.towns)
    store.insert_restaurants(
        connection,
        county.restaurants,
        permit_valid_to=(now + _PERMIT_VALID).date(),
        created_at=created_at,
    )
    store.insert_traps(
        connection,
        county.traps,
        cleaning_interval_days=_CLEANING_INTERVAL_DAYS,
        cleaning_basis=_CLEANING_BASIS,
        created_at=created_at,
    )
    store.insert_gateways(connection, county.gateways, created_at)
    store.insert_devices(connection, county.devices, report_interval_s=REPORT_INTERVAL_S, as_of=now)
    _write_units(connection, county.towns, now)
    complaints = make_complaints(county, county_seed, to_us(now))
    store.insert_complaints(connection, complaints, _COMPLAINT_SOURCE)


def _write_units(connection: Connection, towns: Sequence[TownSeed], now: datetime) -> None:
    """Give every town an enforcement squad, and the county an office for covers; with routes."""
    add_unit(connection, _COVER_UNIT, actor=_ACTOR, now=now)
    set_route(
        connection, town=None, problem=_COVER_PROBLEM, unit=_COVER_UNIT.code, actor=_ACTOR, now=now
    )
    for town in towns:
        squad = Unit(
            f"{town.code}-squad",
            f"{town.name}综合行政执法中队",
            f"{town.name_en} Enforcement Squad",
            "",
        )
        add_unit(connection, squad, actor=_ACTOR, now=now)
        set_route(connection, town=town.code, problem=None, unit=squad.code, actor=_ACTOR, now=now)
