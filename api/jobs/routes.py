"""Jobs over HTTP: plan, open when the crew checks in, close."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response

from alerts.evidence import audit
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.jobs import store
from api.jobs.schemas import Job, JobKind, JobOrder, JobState
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Id
from core.db import Connection
from core.errors import ConflictError, NotFoundError

router = strict_router("jobs")


@router.get("/jobs")
def list_jobs(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    state: JobState | None = None,
    kind: JobKind | None = None,
) -> Page[Job]:
    """Jobs, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_jobs(
        connection,
        trap_id=trap,
        state=state,
        kind=kind,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.job_id,))


@router.get("/jobs/{job_id}")
def get_job(connection: TransactionDep, job_id: BigId) -> Job:
    """One job."""
    return _found(connection, job_id)


@router.post("/jobs", status_code=201)
def create_job(
    *, connection: TransactionDep, response: Response, order: JobOrder, actor: ActorDep, now: NowDep
) -> Job:
    """Plan work on a trap."""
    job_id = store.insert_job(connection, order, now)
    assert job_id is not None, "INSERT returns the new number"
    job = _recorded(connection, job_id, "planned", actor, now)
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return job


@router.post("/jobs/{job_id}/open")
def open_job(connection: TransactionDep, job_id: BigId, actor: ActorDep, now: NowDep) -> Job:
    """The crew has checked in at the trap."""
    return _move(connection, job_id, store.open_job, "opened", actor=actor, now=now)


@router.post("/jobs/{job_id}/close")
def close_job(connection: TransactionDep, job_id: BigId, actor: ActorDep, now: NowDep) -> Job:
    """The work is done, or was called off before it began."""
    return _move(connection, job_id, store.close_job, "closed", actor=actor, now=now)


def _move(
    connection: Connection,
    job_id: int,
    move: Callable[[Connection, int, datetime], bool],
    what: str,
    *,
    actor: str,
    now: datetime,
) -> Job:
    moved = move(connection, job_id, now)
    if not moved:
        raise ConflictError(f"job {job_id} is {_found(connection, job_id).state}")
    return _recorded(connection, job_id, what, actor, now)


def _recorded(connection: Connection, job_id: int, what: str, actor: str, now: datetime) -> Job:
    job = _found(connection, job_id)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"job.{what}",
        subject_kind="job",
        subject_id=str(job_id),
        detail=job.model_dump(mode="json"),
    )
    return job


def _found(connection: Connection, job_id: int) -> Job:
    found = store.select_jobs(connection, job_id=job_id)
    if not found:
        raise NotFoundError(f"there is no job {job_id}")
    return found[0]
