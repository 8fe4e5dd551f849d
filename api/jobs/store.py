"""The SQL of jobs: one function a query."""

from datetime import datetime

from api.jobs.schemas import Job, JobKind, JobOrder, JobState
from api.paging import ID_MAX
from api.store import fetch_all, write
from core.db import Connection
from core.errors import InvalidRequestError
from core.sql import load_queries

_QUERIES = load_queries("api.jobs")


def select_jobs(
    connection: Connection,
    *,
    job_id: int | None = None,
    trap_id: int | None = None,
    state: JobState | None = None,
    kind: JobKind | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Job]:
    """Return jobs below ``before_id``, newest first."""
    parameters = {
        "job_id": job_id,
        "trap_id": trap_id,
        "state": state,
        "kind": kind,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_jobs"], parameters, Job)


def insert_job(connection: Connection, order: JobOrder, now: datetime) -> int | None:
    """Store a planned job; return its number.

    Raises: InvalidRequestError: there is no such trap.
    """
    refusals = {"job_trap_id_fkey": InvalidRequestError("trap_id: there is no such trap")}
    return write(connection, _QUERIES["insert_job"], {**order.model_dump(), "now": now}, refusals)
