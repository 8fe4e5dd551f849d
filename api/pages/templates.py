"""Where the pages' templates and files are, and what every page is given.

``page`` is the one place where the language, the person and their proof of coming from our own
page enter a template.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates

from alerts.statistics.month import SHANGHAI
from api.access.cookies import csrf_token_of
from api.access.model import PUBLIC, Caller
from api.access.permissions import PERMISSIONS
from api.dependencies import services_of
from api.exports.datasets import DATASETS, DatasetName
from api.pages.assets import Assets
from api.pages.languages import COOKIE, HTML_LANGUAGE, catalogue, choose_language
from api.pages.limit import limit_of
from api.pages.registers.parts import filtered, steps_of

_API = Path(__file__).parents[1]
ASSETS = Assets(_API / "static")
TEMPLATES = Jinja2Templates(_API / "templates")
_OFFSET = "+08:00"
#: Code, address and operation of every register, in the order of the navigation.
REGISTERS = (
    ("restaurants", "/restaurants", "show_restaurants"),
    ("traps", "/traps", "show_traps"),
    ("devices", "/devices", "show_devices"),
    ("gateways", "/gateways", "show_gateways"),
    ("alerts", "/alerts", "show_alerts"),
    ("tickets", "/tickets", "show_tickets"),
    ("inspection_plans", "/inspection-plans", "show_inspection_plans"),
    ("complaints", "/complaints", "show_complaints"),
    ("claims", "/claims", "show_claims"),
    ("reports", "/reports", "show_reports"),
    ("rules", "/rules", "show_rules"),
    ("webhooks", "/webhooks", "show_webhooks"),
    ("deliveries", "/deliveries", "show_deliveries"),
    ("dead_letters", "/dead-letters", "show_dead_letters"),
)
_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who looks at a page; ``csrf_token`` goes with every change that the page sends."""

    name: str
    roles: frozenset[str]
    is_county: bool
    units: frozenset[str]
    csrf_token: str | None
    caller: Caller

    def may(self, operation: str) -> bool:
        """Return whether they may call an operation, by the table that its route asks too."""
        permission = PERMISSIONS[operation]
        return permission.allows(self.caller) and (self.is_county or not permission.is_county)


def signed_in(request: Request) -> SignedIn | None:
    """Return who looks; None: nobody has logged in, as at the login itself."""
    caller = getattr(request.state, "caller", PUBLIC)
    if caller is PUBLIC:
        return None
    token = csrf_token_of(request, services_of(request).settings)
    return SignedIn(
        caller.name, caller.roles, not caller.town_ids, caller.units or frozenset(), token, caller
    )


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> Response:
    """Return a page, or a part of one, in the reader's language.

    ``?lang=`` is kept in a cookie. Pages are never kept by caches: they differ by person.
    """
    asked = request.query_params.get("lang")
    language = choose_language(
        asked, request.cookies.get(COOKIE), request.headers.get("accept-language", "")
    )
    words = catalogue(language)
    services = services_of(request)
    county = services.settings.pages
    context |= {
        "county": county.county_name if language == "zh" else county.county_name_en,
        "_": words.text,
        "word": words.word,
        "named": words.named,
        "words": words,
        "lang": language,
        "html_lang": HTML_LANGUAGE[language],
        "other_lang": "en" if language == "zh" else "zh",
        "asset": ASSETS.url,
        "now": services.clock.now(),
        "who": signed_in(request),
    }
    response = TEMPLATES.TemplateResponse(request, template, context, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language, Cookie"
    if asked == language:
        response.set_cookie(COOKIE, language, max_age=_YEAR_S, samesite="lax", path="/")
    return response


def local_time(moment: datetime) -> str:
    """Return a moment by the county's clock with its offset: ``2026-01-05 09:00 +08:00``."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M ") + _OFFSET


def short_time(moment: datetime) -> str:
    """Return a moment without its year: ``01-05 09:00``; the full one stands beside it."""
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def instant(moment: datetime) -> str:
    """Return a moment for machines, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def percent(numerator: float, denominator: float) -> str:
    """Return a share in percent, rounded towards what is missing; a dash where there is none.

    99.96 % of the restaurants is not all of them.
    """
    if not denominator:
        return "—"
    return f"{int(numerator * 1_000 / denominator) / 10:.1f}%"


def figure(value: float) -> str:
    """Return a number as people read it: whole ones whole, others to four digits."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def compact(value: Any) -> str:
    """Return JSON on one line, as it can be typed again."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return (
        value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else str(value)
    )


def export_url(dataset: DatasetName, chosen: Mapping[str, Any]) -> str:
    """Return where a list can be had as a file for a spreadsheet, with the filters it knows."""
    known: dict[str, Any] = {
        name: chosen[name] for name in DATASETS[dataset].filters if name in chosen
    }
    return filtered(f"/api/v1/exports/{dataset}", known | {"format": "csv", "bom": True})


TEMPLATES.env.filters |= {
    "local_time": local_time,
    "short_time": short_time,
    "instant": instant,
    "figure": figure,
    "compact": compact,
    "member": getattr,
}
TEMPLATES.env.globals |= {
    "percent": percent,
    "limit_of": limit_of,
    "steps_of": steps_of,
    "export_url": export_url,
    "registers": REGISTERS,
}
TEMPLATES.env.trim_blocks = TEMPLATES.env.lstrip_blocks = True
