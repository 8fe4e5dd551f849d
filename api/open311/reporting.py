"""Who may report over Open311: the one place that decides it."""

from collections.abc import Mapping
from datetime import datetime

from api.access.identify import by_token
from api.access.model import PUBLIC, Caller, Scope
from core.db import Connection
from core.errors import ForbiddenError


def reporting_actor(
    connection: Connection,
    caller: Caller,
    form: Mapping[str, str],
    *,
    is_public: bool,
    now: datetime,
) -> str:
    """Return in whose name a report is taken: of its api_key, of who sent it, or of the public.

    An ``api_key`` is a token with the scope complaints:write that is not limited to towns.

    Raises: ForbiddenError: there is no api_key, or it is not good for this.
    """
    key = form.get("api_key")
    if key:
        found = by_token(connection, key, now)
        if found is None or Scope.COMPLAINTS not in found.scopes or found.town_ids:
            raise ForbiddenError("invalid api_key: this report cannot be taken")
        return found.name
    if caller is not PUBLIC or is_public:
        return caller.name
    raise ForbiddenError("missing api_key: this report cannot be taken")
