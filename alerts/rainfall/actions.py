"""Rain as it is reported or corrected, with its audit row."""

from collections.abc import Sequence
from datetime import datetime

from alerts.evidence import audit
from alerts.rainfall import store
from alerts.rainfall.store import RainHour
from core.db import Connection
from core.errors import InvalidRequestError
from core.instant import format_rfc3339, to_us


def put_rainfall(
    connection: Connection, hours: Sequence[RainHour], actor: str, now: datetime
) -> int:
    """Store hours of rain, each (town, hour) once; return how many are new or changed.

    Raises: InvalidRequestError: a town does not exist.
    """
    towns = sorted({one.town_id for one in hours})
    missing = store.select_missing_towns(connection, towns)
    if missing:
        raise InvalidRequestError(f"town_id: there is no town {missing[0]}")
    changed = store.upsert_rainfall(connection, hours, now)
    if changed:
        audit.record(
            connection,
            at=now,
            actor=actor,
            action="rainfall.put",
            subject_kind="rainfall",
            subject_id="",
            detail={
                "hours": [
                    [town_id, format_rfc3339(to_us(hour)), rain_mm]
                    for town_id, hour, rain_mm in sorted(changed)
                ]
            },
        )
    return len(changed)
