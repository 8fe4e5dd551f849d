"""Controls of forms, from what the API is told: its models, what an action carries. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from alerts.statistics.month import SHANGHAI
from alerts.tickets.contents import FALSE_ALARM_CODES, REJECT_CODES, VERDICTS, Field
from alerts.tickets.lifecycle import Transition
from api.pages.registers.parts import Control, ControlKind

#: From so many characters on a text gets several lines.
_AREA_CHARS = 1_000
_KINDS: Mapping[str, ControlKind] = {
    "number": "number",
    "integer": "integer",
    "boolean": "flag",
    "object": "json",
    "array": "json",
}
_CHOICES: Mapping[Field, tuple[str, tuple[str, ...]]] = {
    Field.REJECT_CODE: ("reject code", REJECT_CODES),
    Field.FALSE_ALARM_CODE: ("false alarm code", FALSE_ALARM_CODES),
    Field.VERDICT: ("ticket verdict", VERDICTS),
}
_DETAIL_KINDS: Mapping[Field, ControlKind] = {
    Field.NOTE: "area",
    Field.REASON: "area",
    Field.LEGAL_BASIS: "area",
    Field.EVIDENCE: "area",
    Field.SENSOR_WAIVER: "area",
    Field.TARGET_TICKET_ID: "integer",
    Field.FIRST_CONTACT_AT: "instant",
    Field.PHOTOS_BEFORE: "list",
    Field.PHOTOS_AFTER: "list",
    Field.VOLUME_L: "number",
    Field.WEIGHT_KG: "number",
    Field.REVIEW_DATE: "day",
}
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def controls_of(
    model: type[BaseModel],
    *names: str,
    row: object = None,
    contexts: Mapping[str, str] = _NOTHING,
) -> tuple[Control, ...]:
    """Return the controls of a model's members, filled in from ``row``.

    ``contexts``: where the words of a member's codes are.
    """
    schema = model.model_json_schema()
    made = []
    for name in names:
        member = schema["properties"][name]
        value = getattr(row, name) if row is not None else member.get("default")
        made.append(
            _control(
                name,
                _shape(member),
                value=value,
                required=name in schema.get("required", ()),
                context=contexts.get(name, ""),
            )
        )
    return tuple(made)


def _shape(member: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a member's schema without the null that only says that it may be left out."""
    alternatives = [one for one in member.get("anyOf", [member]) if one.get("type") != "null"]
    found: Mapping[str, Any] = alternatives[0]
    return found


def _control(
    name: str,
    shape: Mapping[str, Any],
    *,
    value: Any,
    required: bool,
    context: str,
) -> Control:
    kind: ControlKind = "json" if "$ref" in shape else _KINDS.get(shape.get("type", ""), "line")
    codes = tuple(shape.get("enum", ()))
    if codes:
        kind = "choice"
    elif shape.get("format") == "date-time":
        kind = "instant"
    elif shape.get("format") == "date":
        kind = "day"
    elif kind == "line" and shape.get("maxLength", 0) >= _AREA_CHARS:
        kind = "area"
    elif kind == "json" and shape.get("items", {}).get("type") in {"string", "integer"}:
        kind = "list" if shape["items"]["type"] == "string" else "numbers"
    return Control(
        name,
        kind,
        _shown(kind, value),
        context=context,
        choices=codes,
        required=required,
        low=shape.get("minimum"),
        high=shape.get("maximum"),
        chars_max=shape.get("maxLength"),
    )


def _shown(kind: ControlKind, value: Any) -> Any:
    if kind == "instant" and isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")
    if kind in {"list", "numbers"} and value is not None:
        return "\n".join(map(str, value))
    return value


def controls_of_action(transition: Transition, units: Sequence[Any]) -> tuple[Control, ...]:
    """Return what an action on a ticket must and may carry; ``units``: whom it can go to."""
    required = {field for field in transition.required if isinstance(field, Field)}
    made = [Control("action", "hidden", transition.action)]
    for field in Field:
        if field not in transition.accepted:
            continue
        context, choices = _CHOICES.get(field, ("", ()))
        rows = units if field is Field.OWNER_UNIT else ()
        kind = "pick" if rows else "choice" if choices else _DETAIL_KINDS.get(field, "line")
        made.append(
            Control(
                f"detail.{field}",
                kind,
                context=context,
                choices=choices,
                rows=rows,
                required=field in required,
            )
        )
    return tuple(made)


def controls_of_parameters(
    parameters: Mapping[str, Any], overridden: Mapping[str, Any]
) -> tuple[Control, ...]:
    """Return a rule's numbers and switches as controls; one left empty stays as it is wider."""
    made: list[Control] = []
    for name, value in parameters.items():
        if not isinstance(value, bool | int | float):
            continue
        given = overridden.get(name)
        if isinstance(value, bool):
            made.append(Control(f"parameters.{name}", "switch", given))
        else:
            made.append(Control(f"parameters.{name}", "number", given))
    return tuple(made)
