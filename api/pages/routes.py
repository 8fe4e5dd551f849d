"""Pages: the overview at ``/``, the list of operations at ``/docs``, the kinds of problems."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from api.pages.text import TEXT, Language
from api.problems import PROBLEMS

_API = Path(__file__).parents[1]
STATIC = _API / "static"
_TEMPLATES = Jinja2Templates(_API / "templates")
_HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def show_overview(request: Request, lang: Language = "zh") -> Response:
    """The county at a glance; its numbers are fetched from the API by the page."""
    context = {
        "text": TEXT[lang],
        "lang": lang,
        "html_lang": _HTML_LANGUAGE[lang],
        "other_lang": "en" if lang == "zh" else "zh",
    }
    return _TEMPLATES.TemplateResponse(request, "overview.html", context)


@router.get("/docs")
def show_operations(request: Request) -> Response:
    """Every operation of the API, read from /openapi.json."""
    return _TEMPLATES.TemplateResponse(request, "operations.html", {})


@router.get("/problems")
def show_problems(request: Request) -> Response:
    """What the ``type`` of a problem means."""
    return _TEMPLATES.TemplateResponse(request, "problems.html", {"problems": PROBLEMS})
