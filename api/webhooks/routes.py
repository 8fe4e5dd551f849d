"""Webhook endpoints over HTTP; what may be done with them stands in alerts.webhooks.endpoints."""

from datetime import timedelta

from fastapi import Response

from alerts.webhooks import endpoints, replays
from alerts.webhooks.sealing.rotation import rotate_secret
from api.dependencies import (
    ActorDep,
    NowDep,
    OptionalVersionDep,
    ServicesDep,
    TransactionDep,
    set_version,
)
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Id
from api.webhooks import store
from api.webhooks.schemas import (
    CreatedWebhookEndpoint,
    Delivery,
    DeliveryState,
    EndpointOrder,
    NewEndpointOrder,
    QueuedTest,
    ReplayOrder,
    ReplayResult,
    RotatedSecret,
    RotationOrder,
    WebhookEndpoint,
)

router = strict_router("webhooks")

_RANDOM_COUNT = 32


@router.get("/webhooks")
def list_webhooks(connection: TransactionDep, paging: PagingDep) -> Page[WebhookEndpoint]:
    """Endpoints by number, without their secrets."""
    (after_id,) = paging.key((0,))
    found = endpoints.list_endpoints(connection, after_id=after_id, count_max=paging.fetch_count)
    return paging.page([WebhookEndpoint.of(row) for row in found], lambda row: (row.endpoint_id,))


@router.post("/webhooks", status_code=201)
def create_webhook(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    response: Response,
    order: NewEndpointOrder,
    actor: ActorDep,
    now: NowDep,
) -> CreatedWebhookEndpoint:
    """Register a receiver; its secret is in this answer, and never again."""
    created = endpoints.create_endpoint(
        connection,
        order.fields(order.kind),
        secret=order.secret,
        random_bytes=services.random_bytes(_RANDOM_COUNT),
        protection=services.protection,
        actor=actor,
        now=now,
    )
    endpoint = _answer(response, WebhookEndpoint.of(created.endpoint))
    response.headers["Location"] = f"/api/v1/webhooks/{endpoint.endpoint_id}"
    return CreatedWebhookEndpoint(endpoint=endpoint, secret=created.secret)


@router.get("/webhooks/{endpoint_id}")
def get_webhook(connection: TransactionDep, response: Response, endpoint_id: Id) -> WebhookEndpoint:
    """One endpoint, without its secret."""
    return _answer(response, WebhookEndpoint.of(endpoints.get_endpoint(connection, endpoint_id)))


@router.put("/webhooks/{endpoint_id}")
def replace_webhook(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    response: Response,
    endpoint_id: Id,
    order: EndpointOrder,
    version: OptionalVersionDep,
    actor: ActorDep,
    now: NowDep,
) -> WebhookEndpoint:
    """Replace what was chosen about an endpoint; kind and secret stay, without a url that, too."""
    kind = endpoints.get_endpoint(connection, endpoint_id).fields.kind
    changed = endpoints.update_endpoint(
        connection,
        endpoint_id,
        order.fields(kind),
        version=version,
        protection=services.protection,
        actor=actor,
        now=now,
    )
    return _answer(response, WebhookEndpoint.of(changed))


@router.post("/webhooks/{endpoint_id}/pause")
def pause_webhook(
    *, connection: TransactionDep, response: Response, endpoint_id: Id, actor: ActorDep, now: NowDep
) -> WebhookEndpoint:
    """Hold deliveries back; they wait."""
    paused = endpoints.pause_endpoint(connection, endpoint_id, actor=actor, now=now)
    return _answer(response, WebhookEndpoint.of(paused))


@router.post("/webhooks/{endpoint_id}/resume")
def resume_webhook(
    *, connection: TransactionDep, response: Response, endpoint_id: Id, actor: ActorDep, now: NowDep
) -> WebhookEndpoint:
    """Send again, what waited included."""
    resumed = endpoints.resume_endpoint(connection, endpoint_id, actor=actor, now=now)
    return _answer(response, WebhookEndpoint.of(resumed))


@router.delete("/webhooks/{endpoint_id}")
def disable_webhook(
    *, connection: TransactionDep, response: Response, endpoint_id: Id, actor: ActorDep, now: NowDep
) -> WebhookEndpoint:
    """End an endpoint; it stays in the list, because its attempts are evidence."""
    disabled = endpoints.disable_endpoint(connection, endpoint_id, actor=actor, now=now)
    return _answer(response, WebhookEndpoint.of(disabled))


@router.post("/webhooks/{endpoint_id}/test", status_code=202)
def test_webhook(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    endpoint_id: Id,
    actor: ActorDep,
    now: NowDep,
) -> QueuedTest:
    """Queue a webhook.test message for this endpoint alone."""
    uid = endpoints.send_test(
        connection,
        endpoint_id,
        random_bytes=services.random_bytes(_RANDOM_COUNT),
        actor=actor,
        now=now,
    )
    return QueuedTest(message_uid=uid)


@router.get("/webhooks/{endpoint_id}/deliveries")
def list_webhook_deliveries(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    endpoint_id: Id,
    state: DeliveryState | None = None,
) -> Page[Delivery]:
    """An endpoint's deliveries with their attempts, newest first."""
    endpoints.get_endpoint(connection, endpoint_id)
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_deliveries(
        connection, endpoint_id, state=state, before_id=before_id, count_max=paging.fetch_count
    )
    return paging.page(rows, lambda row: (row.delivery_id,))


@router.post("/webhooks/{endpoint_id}/secret-rotation")
def rotate_webhook_secret(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    response: Response,
    endpoint_id: Id,
    order: RotationOrder,
    actor: ActorDep,
    now: NowDep,
) -> RotatedSecret:
    """Make another secret, which is in this answer and never again; the old one signs as well."""
    overlap_s = order.overlap_s
    if overlap_s is None:
        overlap_s = services.settings.webhooks.rotation_overlap_s
    rotated = rotate_secret(
        connection,
        endpoint_id,
        secret=order.secret,
        overlap=timedelta(seconds=overlap_s),
        random_bytes=services.random_bytes(_RANDOM_COUNT),
        protection=services.protection,
        actor=actor,
        now=now,
    )
    endpoint = _answer(response, WebhookEndpoint.of(rotated.endpoint))
    return RotatedSecret(endpoint=endpoint, secret=rotated.secret)


@router.post("/webhooks/{endpoint_id}/replays")
def replay_webhook(
    *,
    connection: TransactionDep,
    endpoint_id: Id,
    order: ReplayOrder,
    actor: ActorDep,
    now: NowDep,
) -> ReplayResult:
    """Send deliveries of a time or a range of numbers again, each under its webhook-id."""
    done = replays.replay_deliveries(
        connection,
        endpoint_id,
        order.selection,
        is_dry_run=order.dry_run,
        actor=actor,
        now=now,
    )
    return ReplayResult(matching=done.matching_count, queued=done.queued_count)


@router.get("/webhook-deliveries")
def list_deliveries(
    connection: TransactionDep, paging: PagingDep, state: DeliveryState | None = None
) -> Page[Delivery]:
    """Deliveries of all endpoints with their attempts, newest first; state=dead: dead letters."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_deliveries(
        connection, None, state=state, before_id=before_id, count_max=paging.fetch_count
    )
    return paging.page(rows, lambda row: (row.delivery_id,))


@router.post("/webhook-deliveries/{delivery_id}/replay", status_code=204)
def replay_webhook_delivery(
    *, connection: TransactionDep, delivery_id: BigId, actor: ActorDep, now: NowDep
) -> None:
    """Send a dead delivery again under the same webhook-id."""
    replays.replay_delivery(connection, delivery_id, actor=actor, now=now)


def _answer(response: Response, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    set_version(response, endpoint.version)
    return endpoint
