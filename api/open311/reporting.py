"""Who may report over Open311: the one place that decides it.

Until there are accounts nobody has an api_key, so reports are taken only where
TRAPWATCH_API__PUBLIC_COMPLAINTS lets anybody report.
"""

from collections.abc import Mapping

from api.dependencies import Services
from core.errors import ForbiddenError

#: In whose name a complaint is written down whose reporter needed no key.
PUBLIC_ACTOR = "public"


def reporting_actor(services: Services, form: Mapping[str, str]) -> str:
    """Return in whose name a report is taken.

    Raises: ForbiddenError: there is no api_key, or it is not one of ours.
    """
    if services.settings.api.public_complaints:
        return PUBLIC_ACTOR
    what = "invalid" if form.get("api_key") else "missing"
    raise ForbiddenError(f"{what} api_key: this report cannot be taken")
