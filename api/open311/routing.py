"""How GeoReport v2 says that something is wrong: an ``errors`` list in the format asked for."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.access.guard import GuardedRoute
from api.open311.document import MEDIA_TYPES, Format, render
from core.errors import DatabaseUnavailableError, InvalidRequestError, RequestError
from core.log import get_logger

_log = get_logger("api")


class Open311Route(GuardedRoute):
    """A guarded route whose errors have the specification's form; ours of 422 are its 400."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its errors translated."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestError as error:
                status = 400 if isinstance(error, InvalidRequestError) else error.http_status
                return _problem(request, status, [str(error)])
            except RequestValidationError as error:
                texts = [f"{entry['loc'][-1]}: {entry['msg']}" for entry in error.errors()]
                return _problem(request, 400, texts)
            except HTTPException as error:
                return _problem(request, error.status_code, [str(error.detail)])
            except DatabaseUnavailableError as error:
                _log.warning("database_unavailable", path=request.url.path, error=str(error))
                return _problem(request, 503, ["the service is not available: try again soon"])

        return answered


def format_of(request: Request) -> Format:
    """Return the format that a path's ending names; XML, which everybody reads, for any other."""
    return "json" if request.url.path.endswith(".json") else "xml"


def document_response(name: str, content: Any, form: Format, *, status: int = 200) -> Response:
    """Return an answer in a format."""
    return Response(
        render(name, content, form), status, headers={"Content-Type": MEDIA_TYPES[form]}
    )


def _problem(request: Request, status: int, texts: Sequence[str]) -> Response:
    errors = [{"code": status, "description": text} for text in texts]
    return document_response("errors", errors, format_of(request), status=status)
