"""Kind ``silence``: devices and gateways that are not heard any more (R14)."""

from typing import Annotated

from pydantic import Field

from alerts.rules.parameters import SEVERITIES, Count, Seconds, Severity, Strict

#: What a silence becomes that lasts for ``grave_s``.
GRAVE_SEVERITY: Severity = "yellow"


class SilenceParameters(Strict):
    """When a device counts as offline, relative to the interval it promised.

    ``grave_s``: from then on the alert is yellow.
    """

    silence_intervals_max: Annotated[float, Field(ge=1, le=1_000)] = 3.0
    silence_s_min: Seconds = 1_800.0
    grave_s: Seconds = 86_400.0
    clear_receptions_min: Count = 2
    gateway_silent_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    gateway_devices_min: Count = 3


def is_milder_than_grave(severity: Severity) -> bool:
    """Whether an alert of this severity rises when the silence becomes grave."""
    return SEVERITIES.index(severity) < SEVERITIES.index(GRAVE_SEVERITY)
