"""Every error of the API as RFC 9457 problem details (``application/problem+json``).

Owns: the table of problems, the handlers, the errors only HTTP knows. The text of an unexpected
error stays in the log: an answer never carries internals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from core.errors import (
    ConflictError,
    DatabaseUnavailableError,
    EvidenceDamagedError,
    ForbiddenError,
    InvalidRequestError,
    MisconfiguredDatabaseError,
    NotFoundError,
    NotReadyError,
    PermanentDataError,
    PreconditionFailedError,
    RefusedItemsError,
    RequestError,
    TooManyRequestsError,
    UnauthorizedError,
)
from core.log import get_logger

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5

_log = get_logger("api")


class PreconditionRequiredError(RequestError):
    """The caller must say in If-Match which version it changes."""

    http_status = 428
    title = "Precondition required"


class BodyTooLargeError(RequestError):
    """The request body is larger than TRAPWATCH_API__BODY_BYTES_MAX."""

    http_status = 413
    title = "Content too large"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A row of the page ``/problems``; ``slug`` is the fragment of its ``type``."""

    slug: str
    status: int
    title: str
    meaning: str


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-").replace("'", "")


_MEANINGS: list[tuple[int, str, str]] = [
    (400, RequestError.title, "malformed JSON, an unknown query parameter, an unreadable cursor"),
    (401, UnauthorizedError.title, "send a good token (Authorization: Bearer tw_…), or log in"),
    (403, ForbiddenError.title, "your role does not allow this, or another web site asks"),
    (404, NotFoundError.title, "the thing or the path does not exist"),
    (405, "Method not allowed", "the path exists, not with this method; see Allow"),
    (409, ConflictError.title, "the state of the thing does not allow this action"),
    (412, PreconditionFailedError.title, "it changed since you read it; read it again"),
    (413, BodyTooLargeError.title, "the body exceeds TRAPWATCH_API__BODY_BYTES_MAX"),
    (422, InvalidRequestError.title, "well-formed, but a value is not acceptable; see errors"),
    (428, PreconditionRequiredError.title, "send If-Match with the ETag you read"),
    (429, TooManyRequestsError.title, "your allowance is used up; try again after Retry-After"),
    (500, "Internal server error", "a defect of ours; the log has it"),
    (503, NotReadyError.title, "the database is away, or not counted yet; try again in a moment"),
]
PROBLEMS = [ProblemKind(_slug(title), status, title, why) for status, title, why in _MEANINGS]
_BY_STATUS = {kind.status: kind for kind in PROBLEMS}


class ProblemItem(BaseModel):
    """One unacceptable value: ``pointer`` into the body, or ``parameter`` with where it stands."""

    detail: str
    pointer: str | None = Field(None, description="JSON pointer as a URI fragment, e.g. #/lon_deg")
    parameter: str | None = Field(None, description="name of a query, path or header parameter")
    location: str | None = Field(None, description="query, path, header or body")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="identifies the kind of problem; resolves to an explanation")
    title: str
    status: int
    detail: str
    instance: str = Field(description="path of the request")
    errors: list[ProblemItem] | None = Field(None, description="with status 422 of a validation")


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[ProblemItem] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return the answer that tells the caller of a problem."""
    kind = _BY_STATUS.get(status)
    body = Problem(
        type=f"/problems#{kind.slug}" if kind else "about:blank",
        title=kind.title if kind else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        errors=list(errors) or None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, media_type=MEDIA_TYPE, headers=headers
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` a problem."""

    @app.exception_handler(RequestError)
    def _request_error(request: Request, error: RequestError) -> JSONResponse:
        headers: dict[str, str] = {}
        if isinstance(error, TooManyRequestsError):
            headers = dict(error.headers)
        elif isinstance(error, UnauthorizedError):
            headers = {"WWW-Authenticate": 'Bearer realm="trapwatch"'}
        refused = error.problems if isinstance(error, RefusedItemsError) else ()
        items = [ProblemItem(detail=why, pointer=at, location="body") for at, why in refused]
        return problem_response(
            request, error.http_status, str(error), errors=items, headers=headers
        )

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        if any(item["type"] == "json_invalid" for item in found):
            return problem_response(request, 400, "the body is not JSON")
        items = [_item(entry) for entry in found]
        return problem_response(
            request, 422, f"{len(items)} value(s) are not acceptable", errors=items
        )

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers) if error.headers else None
        return problem_response(request, error.status_code, str(error.detail), headers=headers)

    @app.exception_handler(DatabaseUnavailableError)
    def _away(request: Request, error: DatabaseUnavailableError) -> JSONResponse:
        _log.warning("database_unavailable", path=request.url.path, error=str(error))
        headers = {"Retry-After": str(_RETRY_AFTER_S)}
        return problem_response(request, 503, "the database is away", headers=headers)

    @app.exception_handler(MisconfiguredDatabaseError)
    def _misconfigured(request: Request, error: MisconfiguredDatabaseError) -> JSONResponse:
        _log.error("database_misconfigured", path=request.url.path, error=str(error))
        return problem_response(request, 503, "the database is not as this version expects it")

    @app.exception_handler(PermanentDataError)
    def _refused(request: Request, error: PermanentDataError) -> JSONResponse:
        _log.warning("value_refused", path=request.url.path, error=str(error))
        return problem_response(request, 422, "the database refuses a value of this request")

    @app.exception_handler(EvidenceDamagedError)
    def _damaged(request: Request, error: EvidenceDamagedError) -> JSONResponse:
        _log.error("evidence_damaged", path=request.url.path, error=str(error))
        return problem_response(request, 500, str(error))

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        _log.error("request_failed", path=request.url.path, exc_info=error)
        return problem_response(request, 500, "this is a defect; the log says more")


def describe_problems(document: dict[str, Any]) -> None:
    """Put the problem schema into an OpenAPI document and name it as every route's errors."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "A problem (RFC 9457) of any status on the page /problems",
                "content": content,
            }


def _item(error: dict[str, Any]) -> ProblemItem:
    location, *path = error["loc"] or ("body",)
    # Pydantic puts this before the words of our own validators.
    detail = error["msg"].removeprefix("Value error, ")
    if location == "body":
        pointer = "#" + "".join("/" + _escape(str(part)) for part in path)
        return ProblemItem(detail=detail, pointer=pointer, location="body")
    return ProblemItem(detail=detail, parameter=".".join(map(str, path)), location=str(location))


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
