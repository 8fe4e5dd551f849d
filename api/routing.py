"""Routes that refuse what they do not know: a misspelt filter must not return everything."""

from functools import cached_property

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant

from api.access.guard import GuardedRoute
from core.errors import RequestError


class StrictRoute(GuardedRoute):
    """A guarded route that answers 400 to unknown or repeated query parameters."""

    def check(self, request: Request) -> None:
        """Refuse query parameters that the route does not know.

        Raises: RequestError.
        """
        given = [name for name, _ in request.query_params.multi_items()]
        unknown = sorted(set(given) - self._known)
        if unknown:
            expected = ", ".join(sorted(self._known)) or "none"
            raise RequestError(f"unknown query parameter {', '.join(unknown)}; known: {expected}")
        if len(set(given)) < len(given):
            raise RequestError("a query parameter stands twice")

    @cached_property
    def _known(self) -> set[str]:
        return _query_names(self.dependant)


def _query_names(dependant: Dependant) -> set[str]:
    """Return the query parameters of a route and of all that it depends on."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_query_names(inner) for inner in dependant.dependencies))


def strict_router(tag: str) -> APIRouter:
    """Return a router of one feature, below /api/v1."""
    return APIRouter(prefix="/api/v1", tags=[tag], route_class=StrictRoute)
