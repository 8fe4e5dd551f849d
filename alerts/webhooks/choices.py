"""What a person may choose about an endpoint, as far as nothing has to be looked up. Pure."""

from alerts.rules.parameters import SEVERITIES
from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.kinds import KINDS, Kind
from alerts.webhooks.kinds.vocabulary import VOCABULARIES
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.quiet_hours import QuietHours
from alerts.webhooks.signing import generate_secret
from core.errors import InvalidRequestError


def check_fields(fields: EndpointFields) -> None:
    """Accept what was chosen.

    Raises: InvalidRequestError: something does not go, or not together with the kind.
    """
    if fields.kind not in KINDS:
        raise InvalidRequestError(f"kind is one of {', '.join(KINDS)}")
    kind = KINDS[fields.kind]
    _check_filters(fields, kind)
    _check_readers(fields, kind)
    if fields.url is not None:
        try:
            kind.check_url(fields.url)
        except ValueError as error:
            raise InvalidRequestError(str(error)) from None


def choose_secret(kind: str, secret: str | None, random_bytes: bytes) -> str:
    """Return the secret that was brought along, or a new one of 24 to 64 random bytes.

    A robot's sign key is made by its vendor, so it is always brought along; '' where it has none.

    Raises: InvalidRequestError: it is malformed, or a robot's is missing. The text never holds it.
    """
    try:
        if secret is None:
            if KINDS[kind].is_robot:
                raise ValueError("a robot's sign key is made by its vendor; '' if it has none")
            return generate_secret(random_bytes)
        KINDS[kind].check_secret(secret)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None
    return secret


def _check_filters(fields: EndpointFields, kind: Kind) -> None:
    unknown = sorted(set(fields.event_types) - EVENT_TYPES.keys())
    if unknown:
        raise InvalidRequestError(f"no such event type: {', '.join(unknown)}")
    uncarried = sorted(one for one in fields.event_types if not kind.can_carry(one))
    if uncarried:
        raise InvalidRequestError(f"{fields.kind} has no form for {', '.join(uncarried)}")
    if fields.severity_min not in SEVERITIES:
        raise InvalidRequestError(f"severity_min is one of {', '.join(SEVERITIES)}")


def _check_readers(fields: EndpointFields, kind: Kind) -> None:
    if fields.language not in VOCABULARIES:
        raise InvalidRequestError(f"language is one of {', '.join(VOCABULARIES)}")
    if fields.audience not in kind.audiences:
        raise InvalidRequestError(
            f"the audience of kind {fields.kind} is {' or '.join(kind.audiences)}"
        )
    for name, chosen in (
        ("mention_mobiles", fields.mention_mobiles),
        ("mention_user_ids", fields.mention_user_ids),
    ):
        if chosen and name not in kind.mentions:
            raise InvalidRequestError(f"kind {fields.kind} cannot call people by {name}")
    if fields.quiet_hours is not None:
        if fields.audience != "people":
            raise InvalidRequestError("quiet hours are for people: a machine hears at once")
        QuietHours.parse(fields.quiet_hours)
