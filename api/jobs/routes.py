"""Jobs over HTTP. What may happen to them after planning stands in alerts.jobs."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response

from alerts.evidence import audit
from alerts.jobs import actions
from alerts.jobs.lifecycle import Act
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.jobs import store
from api.jobs.schemas import CrewOrder, Job, JobKind, JobOrder, JobState, MomentOrder
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Id
from core.db import Connection
from core.errors import NotFoundError

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
    job = _found(connection, job_id)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="job.planned",
        subject_kind="job",
        subject_id=str(job_id),
        detail=job.model_dump(mode="json"),
    )
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return job


@router.post("/jobs/{job_id}/open")
def open_job(
    *,
    connection: TransactionDep,
    job_id: BigId,
    order: MomentOrder | None = None,
    actor: ActorDep,
    now: NowDep,
) -> Job:
    """The work has begun."""
    return _move(connection, job_id, Act.OPEN, order or MomentOrder(), actor=actor, now=now)


@router.post("/jobs/{job_id}/check-in")
def check_in(
    *, connection: TransactionDep, job_id: BigId, order: CrewOrder, actor: ActorDep, now: NowDep
) -> Job:
    """The crew is at the trap; opens a planned job."""
    return _move(connection, job_id, Act.CHECK_IN, order, actor=actor, now=now)


@router.post("/jobs/{job_id}/check-out")
def check_out(
    *, connection: TransactionDep, job_id: BigId, order: CrewOrder, actor: ActorDep, now: NowDep
) -> Job:
    """The crew has left the trap; the job stays open until it is closed."""
    return _move(connection, job_id, Act.CHECK_OUT, order, actor=actor, now=now)


@router.post("/jobs/{job_id}/close")
def close_job(
    *,
    connection: TransactionDep,
    job_id: BigId,
    order: MomentOrder | None = None,
    actor: ActorDep,
    now: NowDep,
) -> Job:
    """The work is done, or was called off before it began."""
    return _move(connection, job_id, Act.CLOSE, order or MomentOrder(), actor=actor, now=now)


def _move(
    connection: Connection,
    job_id: int,
    act: Act,
    order: MomentOrder,
    *,
    actor: str,
    now: datetime,
) -> Job:
    at = order.at or now
    check_past("at", at, now)
    by = order.by if isinstance(order, CrewOrder) else None
    actions.move(connection, job_id, act, at=at, by=by, actor=actor, now=now)
    return _found(connection, job_id)


def _found(connection: Connection, job_id: int) -> Job:
    found = store.select_jobs(connection, job_id=job_id)
    if not found:
        raise NotFoundError(f"there is no job {job_id}")
    return found[0]
