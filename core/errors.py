"""The error tree, sorted by what the caller should do.

TrapwatchError
├── RejectedMessageError      keep the raw bytes as a rejected message, acknowledge, go on
│   └── DecodeError           the payload is not what its codec promises
├── TransientError            roll the whole unit back, wait, try again; acknowledge nothing
│   ├── DatabaseUnavailableError
│   └── BrokerUnavailableError
├── PermanentDataError        one row of the unit can never be stored: isolate it
├── MisconfiguredDatabaseError  stop and turn not-ready: schema, rights or database are wrong
│   └── DatabaseForbidsError  our role has no right to a table
├── ConfigError               refuse to start
├── EvidenceDamagedError      a file is gone or altered: somebody has to look
├── UnknownCalendarYearError  no holiday notice for that year: add it to the data file
└── RequestError              the caller of the API; each class carries its HTTP status
    ├── UnauthorizedError  401
    ├── ForbiddenError  403
    ├── NotFoundError  404
    ├── ConflictError  409
    ├── NotReadyError  503
    ├── PreconditionFailedError  412
    ├── InvalidRequestError  422
    │   └── RefusedItemsError  some items of a list; nothing of it was done
    └── TooManyRequestsError  429
"""

from collections.abc import Mapping, Sequence


class TrapwatchError(Exception):
    """Base of every error this product raises on purpose."""


class RejectedMessageError(TrapwatchError):
    """This message can never be accepted.

    ``reason`` is one of the codes listed in docs/operations.md; ``detail`` says what was expected
    and what was seen.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class DecodeError(RejectedMessageError):
    """The payload is not what its codec promises (reason ``decode_error``)."""

    def __init__(self, detail: str) -> None:
        super().__init__("decode_error", detail)


class TransientError(TrapwatchError):
    """Something outside is away for now; the whole unit of work may be tried again."""


class DatabaseUnavailableError(TransientError):
    """The database refused, dropped or aborted the work for a reason that passes."""


class BrokerUnavailableError(TransientError):
    """The MQTT broker cannot be reached or refused the connection."""


class PermanentDataError(TrapwatchError):
    """A value in this unit of work violates the schema and will do so every time."""


class MisconfiguredDatabaseError(TrapwatchError):
    """The database answers, but schema, rights, extension or name are not what we need."""


class DatabaseForbidsError(MisconfiguredDatabaseError):
    """The role that we work as may not do this; of a limited role it is meant so."""


class ConfigError(TrapwatchError):
    """A setting is missing, misspelt or out of bounds; the message names it."""


class EvidenceDamagedError(TrapwatchError):
    """A stored file is gone, or its bytes are not those that were stored."""


class UnknownCalendarYearError(TrapwatchError):
    """A date lies in a year whose public holidays are not known; nothing is guessed."""


class RequestError(TrapwatchError):
    """A request that cannot be fulfilled; ``http_status`` is its answer."""

    http_status = 400
    title = "Bad request"


class UnauthorizedError(RequestError):
    """Nobody is known to ask: no credential, or one that is not (any longer) good."""

    http_status = 401
    title = "Unauthorized"


class ForbiddenError(RequestError):
    """Whoever asks may not do this."""

    http_status = 403
    title = "Forbidden"


class NotFoundError(RequestError):
    """The named thing does not exist (or may not be seen)."""

    http_status = 404
    title = "Not found"


class NotReadyError(RequestError):
    """What is asked for does not exist yet, but will in a moment."""

    http_status = 503
    title = "Service unavailable"


class ConflictError(RequestError):
    """The state of the thing does not allow this action."""

    http_status = 409
    title = "Conflict"


class PreconditionFailedError(RequestError):
    """The thing changed since the caller read it."""

    http_status = 412
    title = "Precondition failed"


class InvalidRequestError(RequestError):
    """The request is well-formed but its values are not acceptable."""

    http_status = 422
    title = "Unprocessable request"


class RefusedItemsError(InvalidRequestError):
    """Items of a list cannot be done, so none was; ``problems`` are (JSON pointer, reason)."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(problems)} item(s) cannot be done; nothing was changed")
        self.problems = tuple(problems)


class TooManyRequestsError(RequestError):
    """The caller's allowance is used up; ``headers`` say for how long."""

    http_status = 429
    title = "Too many requests"

    def __init__(self, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.headers = headers
