"""Puts the application together: features, problems, middleware. No globals, no I/O."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from random import random
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

import api.accounts.routes
import api.alerts.routes
import api.attachments.routes
import api.charts.routes
import api.claims.routes
import api.closures.routes
import api.complaints.imports.routes
import api.complaints.intake.routes
import api.complaints.routes
import api.coverage.routes
import api.dead_letters.routes
import api.events.routes
import api.evidence_packs.routes
import api.exports.routes
import api.handovers.routes
import api.health.routes
import api.inspection_plans.routes
import api.inspections.routes
import api.intake_changes.routes
import api.jobs.routes
import api.login.routes
import api.maintenance.routes
import api.maps.routes
import api.open311.routes
import api.pages.lists
import api.pages.phone.routes
import api.pages.registers.lists
import api.pages.registers.operations
import api.pages.registers.places
import api.pages.registers.trials
import api.pages.registers.work
import api.pages.reports.routes
import api.pages.routes
import api.pages.traps.routes
import api.pump_outs.routes
import api.rainfall.routes
import api.readings.routes
import api.registry.routes
import api.roll_call.routes
import api.rule_trials.routes
import api.rules.routes
import api.silences.routes
import api.tickets.routes
import api.timelines.routes
import api.tokens.routes
import api.town_index.routes
import api.trends.routes
import api.units.routes
import api.webhooks.routes
from alerts.evidence.blobs import BlobDir
from alerts.handover.party import party_of
from alerts.webhooks.protection import protection_of
from api.access.description import describe_access
from api.access.guard import GuardedRoute
from api.access.rate_limits import RateLimits
from api.dependencies import Services
from api.events.feed import EventFeed
from api.login.oidc import IdentityProvider
from api.login.oidc_accounts import role_map
from api.middleware import (
    BodyCap,
    Compressed,
    Measured,
    OwnCallersOnly,
    RequestMetrics,
    SecurityHeaders,
)
from api.pages.assets import PREFIX
from api.pages.templates import ASSETS
from api.problems import add_problem_handlers, describe_problems
from core.clock import Clock
from core.db import Pool
from core.metrics import new_registry
from core.settings import Settings

API_VERSION = "1"
#: Requests that may have or wait for a pooled connection at the same time; who waits gives up
#: after 5 s.
_THREADS_MAX = 64
#: What pages fetch whole.
_COMPRESSED = ("/api/v1/map/", "/api/v1/complaints/trend", "/api/v1/charts/")

#: In the order of the description.
ROUTERS = [
    api.coverage.routes.router,
    api.town_index.routes.router,
    api.evidence_packs.routes.router,
    api.exports.routes.router,
    api.registry.routes.router,
    api.timelines.routes.router,
    api.roll_call.routes.router,
    api.maps.routes.router,
    api.charts.routes.router,
    api.readings.routes.router,
    api.alerts.routes.router,
    api.tickets.routes.router,
    api.attachments.routes.router,
    api.handovers.routes.router,
    api.units.routes.router,
    api.jobs.routes.router,
    api.silences.routes.router,
    api.maintenance.routes.router,
    api.pump_outs.routes.router,
    api.inspections.routes.router,
    api.inspection_plans.routes.router,
    api.rainfall.routes.router,
    api.closures.routes.router,
    # Before the complaints, one of which would otherwise be looked for by these names.
    api.trends.routes.router,
    api.claims.routes.router,
    api.intake_changes.routes.router,
    api.complaints.imports.routes.router,
    api.complaints.intake.routes.router,
    api.complaints.routes.router,
    api.rules.routes.router,
    api.rule_trials.routes.router,
    api.webhooks.routes.router,
    api.dead_letters.routes.router,
    api.open311.routes.router,
    api.events.routes.router,
    api.accounts.routes.router,
    api.tokens.routes.router,
    api.health.routes.router,
    api.login.routes.router,
    api.pages.routes.router,
    api.pages.lists.router,
    api.pages.registers.lists.router,
    api.pages.registers.places.router,
    api.pages.registers.work.router,
    api.pages.registers.operations.router,
    api.pages.registers.trials.router,
    api.pages.reports.routes.router,
    api.pages.traps.routes.router,
    api.pages.phone.routes.router,
]


def create_app(
    settings: Settings,
    pool: Pool,
    clock: Clock,
    *,
    migrations: Mapping[str, bytes] | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> FastAPI:
    """Return the application over an open pool, which stays the caller's.

    ``migrations`` (name to checksum) is what readiness compares the database with. The event feed
    runs while the application's lifespan does.

    Raises: ConfigError: a group of the identity provider has no role that there is; the keys or the
        allow list of webhooks are malformed.
    """
    metrics = RequestMetrics()
    feed = EventFeed(settings.database.url.get_secret_value(), random)
    metrics.streams.set_function(lambda: feed.stream_count)
    provider = _identity_provider(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        feed.start()
        try:
            yield
        finally:
            feed.close()
            if provider is not None:
                provider.close()

    app = FastAPI(
        title="Trapwatch",
        version=API_VERSION,
        description="Restaurant grease traps: coverage, readings, alerts, tickets, complaints.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.services = Services(
        settings=settings,
        pool=pool,
        clock=clock,
        feed=feed,
        registry=new_registry(metrics.collectors),
        migrations=migrations or {},
        random_bytes=random_bytes,
        blobs=BlobDir(settings.evidence.blob_dir),
        limits=RateLimits(clock),
        provider=provider,
        party=party_of(settings.evidence),
        protection=protection_of(settings.webhooks),
        threads=ThreadPoolExecutor(_THREADS_MAX, "request"),
    )
    app.router.route_class = GuardedRoute
    for router in ROUTERS:
        app.include_router(router)
    app.mount(PREFIX, ASSETS, name="static")
    add_problem_handlers(app)
    app.add_middleware(
        BodyCap,
        bytes_max=settings.api.body_bytes_max,
        files={
            "/attachments": settings.evidence.attachment_bytes_max,
            "/handovers/import": settings.evidence.handover_bytes_max,
            "/imports": settings.api.import_bytes_max,
        },
    )
    app.add_middleware(Compressed, paths=_COMPRESSED)
    app.add_middleware(OwnCallersOnly, hosts=settings.api.hosts)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, metrics=metrics, clock=clock)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
    return app


def _identity_provider(settings: Settings, clock: Clock) -> IdentityProvider | None:
    role_map(settings.access)
    if not settings.access.oidc_issuer:
        return None
    redirect_url = f"{settings.api.public_url.rstrip('/')}/login/oidc/callback"
    return IdentityProvider(settings.access, redirect_url, clock)


def _operation_id(route: APIRoute) -> str:
    return route.name


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        describe_problems(document)
        describe_access(document)
        app.openapi_schema = document
    return app.openapi_schema
