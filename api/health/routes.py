"""`/healthz`, `/readyz`, `/metrics`, as every process of the product has them."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api.access.guard import GuardedRoute
from api.dependencies import Services, ServicesDep
from api.health import store
from api.schemas import Answer
from core.db import translated_errors
from core.errors import DatabaseUnavailableError, MisconfiguredDatabaseError
from core.metrics import CONTENT_TYPE, render

router = APIRouter(tags=["health"], route_class=GuardedRoute)

#: A probe must answer sooner than its caller gives up.
_CONNECTION_WAIT_S = 1.0


class Alive(Answer):
    """The process runs."""

    alive: Literal[True] = True


class Readiness(Answer):
    """Whether requests can be served; 503 while they cannot."""

    ready: bool
    problems: list[str]
    ingest_heartbeat_age_s: float | None = Field(
        description="since an ingest worker last said that it lives; null: never, or not known"
    )
    ingest_listening: bool | None = Field(description="whether one says that it hears the broker")


@router.get("/healthz")
def get_health() -> Alive:
    """The process runs; says nothing about the database."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}})
def get_readiness(services: ServicesDep, response: Response) -> Readiness:
    """Whether the database is reachable and has this version's schema."""
    try:
        readiness = _look(services)
    except DatabaseUnavailableError:
        readiness = _not_ready("database unreachable")
    except MisconfiguredDatabaseError:
        readiness = _not_ready("database not migrated")
    if not readiness.ready:
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    return readiness


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def get_metrics(services: ServicesDep) -> Response:
    """Figures for Prometheus."""
    return Response(render(services.registry), media_type=CONTENT_TYPE)


def _look(services: Services) -> Readiness:
    with translated_errors(), services.pool.connection(_CONNECTION_WAIT_S) as connection:
        applied = store.select_migrations(connection)
        heartbeat = store.select_heartbeat(connection)
    problems = [
        f"migration {name} is not applied or differs"
        for name, checksum in sorted(services.migrations.items())
        if applied.get(name) != checksum
    ]
    age_s = None
    if heartbeat.seen_at is not None:
        age_s = round((services.clock.now() - heartbeat.seen_at).total_seconds(), 3)
    return Readiness(
        ready=not problems,
        problems=problems,
        ingest_heartbeat_age_s=age_s,
        ingest_listening=heartbeat.listening,
    )


def _not_ready(problem: str) -> Readiness:
    return Readiness(
        ready=False, problems=[problem], ingest_heartbeat_age_s=None, ingest_listening=None
    )
