"""What a catalogue entry may say; every number a rule applies stands in its parameters.

Kinds: ``level`` and ``cover`` are judged by readings as they arrive, ``silence`` by a timer.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidRequestError

Severity = Literal["blue", "yellow", "orange", "red"]
SEVERITIES: tuple[Severity, ...] = ("blue", "yellow", "orange", "red")
Inhibitor = Literal["job", "maintenance", "suspended"]

_Seconds = Annotated[float, Field(ge=0, le=30 * 86_400)]
_Count = Annotated[int, Field(ge=1, le=1_000)]
_Ratio = Annotated[float, Field(gt=0, le=2)]
_Millimetres = Annotated[float, Field(gt=0, le=10_000)]
_Degrees = Annotated[float, Field(gt=0, le=180)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimingParameters(_Strict):
    """How long a condition has to hold before it fires, and before it has cleared."""

    hold_s: _Seconds
    samples_min: _Count = 1
    clear_hold_s: _Seconds
    clear_samples_min: _Count = 1
    gap_intervals_max: Annotated[float, Field(gt=0, le=100)] = 3.0


class LevelParameters(TimingParameters):
    """Limits of the liquid above the outlet invert; of two limits the lower one counts.

    ``*_freeboard_ratio`` is a share of the distance from the outlet invert to the cover.
    """

    raise_surcharge_mm: _Millimetres | None = None
    raise_freeboard_ratio: _Ratio | None = None
    clear_surcharge_mm: _Millimetres | None = None
    clear_freeboard_ratio: _Ratio | None = None


class CoverParameters(TimingParameters):
    """Tilt off the baseline that counts as open, and as closed again."""

    tilt_raise_deg: _Degrees = 15.0
    tilt_clear_deg: _Degrees = 10.0


class SilenceParameters(_Strict):
    """When a device counts as offline, relative to the interval it promised."""

    silence_intervals_max: Annotated[float, Field(ge=1, le=1_000)] = 3.0
    silence_s_min: _Seconds = 1_800.0
    clear_receptions_min: _Count = 2
    gateway_silent_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    gateway_devices_min: _Count = 3


class RuleDefinition(_Strict):
    """One rule of the catalogue."""

    code: Annotated[str, Field(pattern=r"^R\d{2}$")]
    name: str
    name_en: str
    severity: Severity
    kind: Literal["level", "cover", "silence"]
    latched: bool = False
    inhibited_by: tuple[Inhibitor, ...] = ()
    ticket_problem: str | None = None
    wording: str
    wording_en: str
    source: str
    parameters: dict[str, Any]


PARAMETERS: dict[str, type[_Strict]] = {
    "level": LevelParameters,
    "cover": CoverParameters,
    "silence": SilenceParameters,
}


def parse_parameters(kind: str, parameters: Mapping[str, Any]) -> BaseModel:
    """Return a rule's parameters, checked.

    Raises: InvalidRequestError: an unknown name, a value out of bounds, or limits that
        contradict each other; the message names them.
    """
    try:
        parsed = PARAMETERS[kind].model_validate(dict(parameters))
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        )
        raise InvalidRequestError("; ".join(problems)) from None
    if isinstance(parsed, LevelParameters):
        _check_level(parsed)
    if isinstance(parsed, CoverParameters) and parsed.tilt_clear_deg > parsed.tilt_raise_deg:
        raise InvalidRequestError("tilt_clear_deg: at most tilt_raise_deg expected")
    return parsed


def _check_level(level: LevelParameters) -> None:
    """The clear condition must exclude the condition, whatever the trap's dimensions."""
    for unit in ("surcharge_mm", "freeboard_ratio"):
        limit, clear = getattr(level, f"raise_{unit}"), getattr(level, f"clear_{unit}")
        if (limit is None) != (clear is None):
            raise InvalidRequestError(f"raise_{unit} and clear_{unit} go together")
        if limit is not None and clear > limit:
            raise InvalidRequestError(f"clear_{unit}: at most raise_{unit} ({limit:g}) expected")
    if level.raise_surcharge_mm is None and level.raise_freeboard_ratio is None:
        raise InvalidRequestError("raise_surcharge_mm or raise_freeboard_ratio expected")
