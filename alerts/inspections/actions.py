"""What may happen to inspections: they are filed, with their audit row."""

from datetime import datetime

from alerts.evidence import audit
from alerts.inspections import store
from alerts.inspections.fullness import fits
from alerts.inspections.store import Report
from alerts.jobs.store import has_job
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import format_rfc3339, to_us


def file_inspection(connection: Connection, report: Report, actor: str, now: datetime) -> int:
    """Store a dip measurement with the depth that it relates to; return its number.

    Raises: InvalidRequestError: no such trap, the job is not one of it, or its layers do not fit
        below the cover. ConflictError: the inspector's report of that moment is there already.
    """
    heights = store.select_heights(connection, report.trap_id)
    if heights is None:
        raise InvalidRequestError("trap_id: there is no such trap")
    if report.job_id is not None and not has_job(connection, report.job_id, report.trap_id):
        raise InvalidRequestError("job_id: there is no such job at this trap")
    if not fits(report.dip, heights.cover_mm):
        raise InvalidRequestError(
            f"fog_mm, water_mm, solids_mm: {sum(report.dip):g} mm of layers do not fit below the "
            f"cover at {heights.cover_mm:g} mm"
        )
    number = store.insert_inspection(connection, report, heights.outlet_invert_mm, now)
    if number is None:
        raise ConflictError("this inspector's report of this moment is there already")
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="inspection.filed",
        subject_kind="inspection",
        subject_id=str(number),
        detail={
            **report._asdict(),
            "inspected_at": format_rfc3339(to_us(report.inspected_at)),
            "dip": report.dip._asdict(),
            "depth_mm": heights.outlet_invert_mm,
        },
    )
    return number
