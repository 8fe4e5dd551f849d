"""What people do with jobs after planning them, each with its audit row."""

from datetime import datetime

from alerts.evidence import audit
from alerts.jobs import store
from alerts.jobs.lifecycle import Act, step
from core.db import Connection
from core.errors import NotFoundError
from core.instant import format_rfc3339, to_us

_WORDS = {
    Act.OPEN: "opened",
    Act.CHECK_IN: "checked_in",
    Act.CHECK_OUT: "checked_out",
    Act.CLOSE: "closed",
}


def move(
    connection: Connection,
    job_id: int,
    act: Act,
    *,
    at: datetime,
    by: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Take down that something happened to a job at ``at``; ``by`` is who of the crew says so.

    Raises: NotFoundError, ConflictError, InvalidRequestError (see alerts.jobs.lifecycle.step).
    """
    course = store.lock_job(connection, job_id)
    if course is None:
        raise NotFoundError(f"there is no job {job_id}")
    after = step(course, act, at)
    store.update_job(connection, job_id, after, by, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"job.{_WORDS[act]}",
        subject_kind="job",
        subject_id=str(job_id),
        detail={"at": format_rfc3339(to_us(at)), "by": by, "state": after.state},
    )
