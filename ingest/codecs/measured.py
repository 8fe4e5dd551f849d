"""What a device's decoded fields measure: by its model, else by their plain names."""

import math
from collections.abc import Iterable, Mapping, Sequence

from core.errors import DecodeError
from core.reading import Metric
from ingest.codecs.fields import FieldRule, Value
from ingest.codecs.models import model_of
from ingest.codecs.plain import plain_values


def measured(fields: Mapping[str, object], names: Sequence[str] = ()) -> list[tuple[Metric, Value]]:
    """Return metric and value of every field that is understood; none is no error.

    ``names`` may hold the model's name, such as a tag or a profile's name.
    """
    values = _arranged(fields)
    model = model_of(names, values)
    found = [] if model is None else list(_values(model.fields, values))
    return found or plain_values(values)


def nothing_known(where: str, seen: Iterable[str]) -> DecodeError:
    """Return the error that says which fields were seen where a known one was expected."""
    listed = ", ".join(sorted(set(seen)))
    return DecodeError(f"{where}: a known field expected, {listed[:200] or 'none'} seen")


def _values(
    fields: Iterable[FieldRule], values: Mapping[str, object]
) -> Iterable[tuple[Metric, Value]]:
    for field in fields:
        name = next((name for name in field.names if name in values), None)
        if name is not None:
            value = field.parse(values[name])
            if value is not None:
                yield field.metric, value


def _arranged(values: Mapping[str, object]) -> Mapping[str, object]:
    """Bring fields that only mean something together into one."""
    if "angle_x" in values or "angle_y" in values:
        return {**values, "tilt": _inclination_deg(values)}
    # A tilted or absent ultrasonic head measures something, but not the distance to the liquid.
    for distance in ("distance", "Distance"):
        if distance in values and (
            values.get("position") == "tilt" or values.get("Sensor_flag") in {0, "0"}
        ):
            return {**values, distance: "No Sensor"}
    return values


def _inclination_deg(values: Mapping[str, object]) -> float | None:
    """Return how far the device leans from the plumb line, 0..180.

    The angles are those of the axes above the horizon, so sin²x + sin²y + sin²z = 1 and z is 90
    when the device lies flat; a clearly negative z means that it lies upside down.
    """
    x, y, z = (values.get(name) for name in ("angle_x", "angle_y", "angle_z"))
    if not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        return None
    if not (abs(x) <= 360 and abs(y) <= 360):
        return None
    upright = 1.0 - math.sin(math.radians(x)) ** 2 - math.sin(math.radians(y)) ** 2
    inclination = round(math.degrees(math.acos(math.sqrt(max(0.0, upright)))), 2)
    return 180.0 - inclination if isinstance(z, (int, float)) and z < -45 else inclination
