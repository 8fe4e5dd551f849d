"""Pages: the overview at ``/``, the list of operations at ``/docs``, the kinds of problems."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from api.access.cookies import csrf_token_of
from api.access.guard import GuardedRoute
from api.dependencies import ServicesDep, WhoDep
from api.pages.templates import HTML_LANGUAGE, TEMPLATES
from api.pages.text import TEXT, Language
from api.problems import PROBLEMS

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)


@router.get("/")
def show_overview(
    request: Request, services: ServicesDep, who: WhoDep, lang: Language = "zh"
) -> Response:
    """The county at a glance; its numbers are fetched from the API by the page."""
    context: dict[str, Any] = {
        "text": TEXT[lang],
        "lang": lang,
        "html_lang": HTML_LANGUAGE[lang],
        "other_lang": "en" if lang == "zh" else "zh",
        "who": who,
        "csrf_token": csrf_token_of(request, services.settings),
    }
    answer = TEMPLATES.TemplateResponse(request, "overview.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/docs")
def show_operations(request: Request) -> Response:
    """Every operation of the API, read from /openapi.json."""
    return TEMPLATES.TemplateResponse(request, "operations.html", {})


@router.get("/openapi.json", response_class=JSONResponse)
def get_description(request: Request) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())


@router.get("/problems")
def show_problems(request: Request) -> Response:
    """What the ``type`` of a problem means."""
    return TEMPLATES.TemplateResponse(request, "problems.html", {"problems": PROBLEMS})
