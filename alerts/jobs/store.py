"""SQL of jobs."""

from dataclasses import asdict
from datetime import datetime

from alerts.jobs.lifecycle import Course, JobState
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.jobs")


def lock_job(connection: Connection, job_id: int) -> Course | None:
    """Return how far a job has come and hold it; None where there is none."""
    row = connection.execute(_QUERIES["lock_job"], {"job_id": job_id}).fetchone()
    return None if row is None else Course(JobState(row[0]), *row[1:])


def update_job(
    connection: Connection, job_id: int, course: Course, by: str | None, now: datetime
) -> None:
    """Write how far a job has come; ``by`` is who checked in or out."""
    parameters = {**asdict(course), "job_id": job_id, "by": by, "now": now}
    connection.execute(_QUERIES["update_job"], parameters)


def has_job(connection: Connection, job_id: int, trap_id: int) -> bool:
    """Return whether a job is about a trap."""
    parameters = {"job_id": job_id, "trap_id": trap_id}
    return connection.execute(_QUERIES["has_job"], parameters).fetchone() is not None
