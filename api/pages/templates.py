"""Where the pages' templates and files are."""

from pathlib import Path

from fastapi.templating import Jinja2Templates

_API = Path(__file__).parents[1]
STATIC = _API / "static"
TEMPLATES = Jinja2Templates(_API / "templates")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
