"""Kind ``cluster``: several traps of one sewer branch in trouble at once (R05)."""

from typing import Annotated

from pydantic import Field

from alerts.rules.parameters import Count, Seconds, TimingParameters

_Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


class ClusterParameters(TimingParameters):
    """``traps_min`` traps of one branch on which a rule of ``members`` fired within ``within_s``."""

    members: tuple[_Code, ...]
    traps_min: Count = 3
    within_s: Seconds = 1_800.0
