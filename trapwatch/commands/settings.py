"""`trapwatch settings`: every setting, its default and meaning; also the page docs/settings.md."""

from typing import Annotated, Any

import typer
from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from core.settings import PREFIX, Settings

_INTRODUCTION = """# Settings

Environment variables; written by `make docs` from `core/settings/`, kept current by a test.
A misspelt variable stops start-up and is named. `<NAME>_FILE` reads a value from a file (secrets).
"""


def settings(
    markdown: Annotated[bool, typer.Option(help="Print the page docs/settings.md.")] = False,
) -> None:
    """List every setting with its default, bounds and meaning."""
    if markdown:
        print(settings_page(), end="")
        return
    for _, variable, field in _fields():
        print(f"{variable}={_default(field)}  {_bounds(field)}\n    {field.description}")


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [_INTRODUCTION]
    section = None
    for name, variable, field in _fields():
        if name != section:
            section = name
            lines.append(
                f"## {name}\n\n| variable | default | bounds | meaning |\n|---|---|---|---|"
            )
        lines.append(
            f"| `{variable}` | `{_default(field)}` | {_bounds(field)} | {field.description} |"
        )
        if field is _last_field(name):
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _fields() -> list[tuple[str, str, FieldInfo]]:
    return [
        (section, f"{PREFIX}{section}__{name}".upper(), field)
        for section, holder in Settings.model_fields.items()
        for name, field in type(holder.default).model_fields.items()
    ]


def _last_field(section: str) -> FieldInfo:
    fields: dict[str, FieldInfo] = type(Settings.model_fields[section].default).model_fields
    return list(fields.values())[-1]


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _bounds(field: FieldInfo) -> str:
    low = next((m.ge for m in field.metadata if isinstance(m, Ge)), None)
    high = next((m.le for m in field.metadata if isinstance(m, Le)), None)
    return "" if low is None and high is None else f"{low} … {high}"
