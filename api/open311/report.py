"""A report's form as a complaint. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime

from alerts.complaints.categories import CATEGORIES
from alerts.complaints.model import NewComplaint, Reporter
from alerts.complaints.positions import Position
from api.open311.services import REGISTER_NO, RESTAURANT_NAME
from core.errors import InvalidRequestError, NotFoundError, RequestError

SOURCE = "open311"
_TEXT_CHARS_MAX = 4_000
_LINE_CHARS_MAX = 200
#: Fields that are kept as one line, or as a text.
_LINES = ("address_id", "email", "device_id", "account_id", "first_name", "last_name", "phone")
_TEXTS = ("description", "address_string")
_ATTRIBUTE = re.compile(r"attribute\[(\w{1,60})\](?:\[\])?")


def new_complaint(form: Mapping[str, str], now: datetime) -> tuple[NewComplaint, str | None]:
    """Return the complaint of a form, and the register number of its restaurant if it names one.

    Raises: RequestError: there is no service_code. NotFoundError: it is none of ours.
        InvalidRequestError: no place, or a value that cannot be.
    """
    attributes = {
        found[1]: value for key, value in form.items() if (found := _ATTRIBUTE.fullmatch(key))
    }
    _check_sizes(form)
    category = form.get("service_code", "")
    if not category:
        raise RequestError("service_code was not provided")
    if category not in CATEGORIES:
        raise NotFoundError(f"service_code {category!r} was not found")
    position = _position(form)
    address = form.get("address_string") or None
    register_no = form.get("address_id") or attributes.get(REGISTER_NO) or None
    if position is None and address is None and register_no is None:
        raise RequestError("a place is needed: lat and long, address_string or address_id")
    who = " ".join(filter(None, (form.get("first_name"), form.get("last_name")))) or None
    contact = (form.get(key) or None for key in ("phone", "email", "account_id", "device_id"))
    reporter = Reporter(who, *contact)
    extra = {f"attribute[{code}]": value for code, value in attributes.items()}
    if form.get("media_url"):
        extra["media_url"] = _url(form["media_url"])
    complaint = NewComplaint(
        source=SOURCE,
        external_ref=None,
        received_at=now,
        channel=SOURCE,
        category=category,
        description=form.get("description", ""),
        restaurant_name=attributes.get(RESTAURANT_NAME) or None,
        address=address,
        position=position,
        service_code=category,
        payload=extra or None,
        reporter=reporter if any(reporter) else None,
        has_token=True,
    )
    return complaint, register_no


def _check_sizes(form: Mapping[str, str]) -> None:
    for name, value in form.items():
        if "\0" in value:
            raise InvalidRequestError(f"{name}: NUL characters cannot be stored")
        chars_max = _TEXT_CHARS_MAX if name in _TEXTS else _LINE_CHARS_MAX
        if (name in _TEXTS or name in _LINES or "[" in name) and len(value) > chars_max:
            raise InvalidRequestError(f"{name}: at most {chars_max} characters")


def _position(form: Mapping[str, str]) -> Position | None:
    lat, long = form.get("lat", ""), form.get("long", "")
    if not lat and not long:
        return None
    try:
        position = Position(float(long), float(lat))
    except ValueError:
        raise InvalidRequestError("lat, long: two numbers expected") from None
    if not (-180 <= position.lon_deg <= 180 and -90 <= position.lat_deg <= 90):
        raise InvalidRequestError("lat, long: WGS84 degrees expected")
    return position


def _url(text: str) -> str:
    if not re.match(r"https?://", text) or len(text) > 2_000:
        raise InvalidRequestError("media_url: an http or https URL expected")
    return text
