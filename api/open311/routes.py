"""GeoReport v2 under /open311/v2: services, and complaints as service requests.

Specification: wiki.open311.org/GeoReport_v2. Parameters it does not know are passed over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile

from alerts.complaints import intake
from alerts.complaints import store as complaints
from alerts.complaints.categories import CATEGORIES
from api.dependencies import NowDep, ServicesDep, TransactionDep, WhoDep
from api.open311 import store
from api.open311.document import Format
from api.open311.report import new_complaint
from api.open311.reporting import reporting_actor
from api.open311.routing import Open311Route, document_response
from api.open311.services import service_definition, service_list, service_name
from api.open311.store import ServiceRequest
from api.schemas import Code, Instant
from core.errors import InvalidRequestError, NotFoundError
from core.instant import format_rfc3339, to_us

_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_CHANGESET = "2026-01-01T00:00:00Z"
_REQUEST_COUNT_MAX = 1_000
_SPAN_MAX = timedelta(days=90)
_ID_MAX = 2**63 - 1
_STATES = {
    "new": "待受理 waiting to be accepted",
    "accepted": "已受理 accepted",
    "filed": "已立案 filed",
    "dispatched": "已派遣 given to a unit",
    "in_progress": "处置中 being remedied",
    "reported": "待核查 remedied, waiting to be verified",
    "closed": "结案 verified and closed",
    "rejected": "不予立案 not taken up",
    "suspended": "挂账 suspended",
    "cancelled": "作废 cancelled",
    "merged": "并案 merged with another",
}


#: Values joined by commas, in one parameter or in several.
Several = Annotated[Sequence[Code], Query()]


async def _jurisdiction(services: ServicesDep, jurisdiction_id: Code | None = None) -> None:
    _check_jurisdiction(services.settings.api.jurisdiction_id, jurisdiction_id)


router = APIRouter(
    prefix="/open311/v2",
    tags=["open311"],
    route_class=Open311Route,
    include_in_schema=False,
    dependencies=[Depends(_jurisdiction)],
)


async def _form(request: Request) -> dict[str, str]:
    """Return a form's fields, percent-encoded or in parts; the first of a repeated one."""
    async with request.form(max_files=0, max_fields=100) as form:
        fields: dict[str, str] = {}
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields.setdefault(name, value.strip())
        return fields


@router.get("/discovery.{form}")
def get_discovery(services: ServicesDep, form: Format) -> Response:
    """Where the service is and what it speaks."""
    content = {
        "changeset": _CHANGESET,
        "contact": None,
        "key_service": None,
        "endpoints": [
            {
                "specification": _SPECIFICATION,
                "url": f"{services.settings.api.public_url.rstrip('/')}/open311/v2",
                "changeset": _CHANGESET,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return document_response("discovery", content, form)


@router.get("/services.{form}")
def list_services(form: Format) -> Response:
    """The services: categories of complaints."""
    return document_response("services", service_list(), form)


@router.get("/services/{service_code}.{form}")
def get_service(service_code: str, form: Format) -> Response:
    """What a client may add to a report of a service."""
    if service_code not in CATEGORIES:
        raise NotFoundError(f"service_code {service_code!r} was not found")
    return document_response("service_definition", service_definition(service_code), form)


@router.post("/requests.{form}")
def create_request(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    fields: Annotated[dict[str, str], Depends(_form)],
    caller: WhoDep,
    form: Format,
    now: NowDep,
) -> Response:
    """Take a report; it has its number at once."""
    actor = reporting_actor(
        connection,
        caller,
        fields,
        is_public=services.settings.access.public_complaints,
        now=now,
    )
    _check_jurisdiction(services.settings.api.jurisdiction_id, fields.get("jurisdiction_id"))
    new, register_no = new_complaint(fields, now)
    if register_no is not None:
        known = complaints.select_restaurants_by_no(connection, [register_no])
        if register_no not in known:
            raise InvalidRequestError("address_id, REGISTER_NO: no such restaurant in the register")
        new = new._replace(restaurant_id=known[register_no])
    window = timedelta(hours=services.settings.alerts.complaint_window_h)
    complaint_id = intake.receive(connection, new, actor=actor, now=now, window=window)
    answer = {
        "service_request_id": str(complaint_id),
        "token": store.select_token(connection, complaint_id),
        "service_notice": None,
        "account_id": fields.get("account_id") or None,
    }
    return document_response("service_requests", [answer], form)


@router.get("/requests.{form}")
def list_requests(
    *,
    connection: TransactionDep,
    form: Format,
    service_request_id: Several = (),
    service_code: Several = (),
    status: Several = (),
    start_date: Instant | None = None,
    end_date: Instant | None = None,
    now: NowDep,
) -> Response:
    """Service requests: those named, or those of at most 90 days, at most 1,000."""
    filters: dict[str, Any]
    if service_request_id:
        filters = {"complaint_ids": [_number(text) for text in _split(service_request_id)]}
    else:
        from_at, to_at = _span(start_date, end_date, now)
        filters = {
            "categories": _split(service_code) or None,
            "statuses": _statuses(status),
            "from_at": from_at,
            "to_at": to_at,
        }
    found = store.select_requests(connection, **filters, count_max=_REQUEST_COUNT_MAX)
    return document_response("service_requests", [_request(entry) for entry in found], form)


@router.get("/requests/{service_request_id}.{form}")
def get_request(connection: TransactionDep, service_request_id: str, form: Format) -> Response:
    """One service request, in a list."""
    number = _number(service_request_id)
    found = store.select_requests(connection, complaint_ids=[number], count_max=1)
    if not found:
        raise NotFoundError(f"service_request_id {service_request_id!r} was not found")
    return document_response("service_requests", [_request(found[0])], form)


@router.get("/tokens/{token}.{form}")
def get_receipt(connection: TransactionDep, token: str, form: Format) -> Response:
    """The service request of a receipt."""
    number = None if "\0" in token else store.select_by_token(connection, token)
    if number is None:
        raise NotFoundError(f"token {token!r} was not found")
    content = [{"service_request_id": str(number), "token": token}]
    return document_response("service_requests", content, form)


def _request(found: ServiceRequest) -> Mapping[str, Any]:
    return {
        "service_request_id": str(found.complaint_id),
        "status": found.status,
        "status_notes": _notes(found),
        "service_name": service_name(found.category),
        "service_code": found.category,
        "description": found.description,
        "agency_responsible": found.agency,
        "service_notice": None,
        "requested_datetime": _time(found.received_at),
        "updated_datetime": _time(found.updated_at),
        "expected_datetime": _time(found.due_at),
        "address": found.address,
        "address_id": found.register_no,
        "zipcode": None,
        "lat": found.lat_deg,
        "long": found.lon_deg,
        "media_url": found.media_url,
    }


def _notes(found: ServiceRequest) -> str | None:
    notes = [found.status_note]
    if found.ticket_state is not None:
        notes.insert(0, _STATES[found.ticket_state])
    if found.duplicate_of is not None:
        notes.append(f"同一事项已受理 same matter as {found.duplicate_of}")
    return "; ".join(filter(None, notes)) or None


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    try:
        if start is None:
            end = end or now
            return end - _SPAN_MAX, end
        end = end or start + _SPAN_MAX
    except OverflowError:
        raise InvalidRequestError("start_date, end_date: no such span") from None
    if not timedelta() <= end - start <= _SPAN_MAX:
        raise InvalidRequestError("start_date, end_date: a span of at most 90 days expected")
    return start, end


def _statuses(given: Sequence[str]) -> list[str] | None:
    statuses = _split(given)
    if not set(statuses) <= {"open", "closed"}:
        raise InvalidRequestError("status: open, closed or both expected")
    return statuses or None


def _split(given: Sequence[str]) -> list[str]:
    return [part.strip() for part in ",".join(given).split(",") if part.strip()]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:20]) <= _ID_MAX:
        raise NotFoundError(f"service_request_id {text!r} was not found")
    return int(text)


def _check_jurisdiction(ours: str, given: str | None) -> None:
    if given and given != ours:
        raise NotFoundError("jurisdiction_id provided was not found")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(to_us(moment.replace(microsecond=0)))
