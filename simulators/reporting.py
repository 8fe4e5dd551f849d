"""How units report: by interval, and at once where something happens. Pure values."""

from dataclasses import dataclass
from typing import Self

from core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Reporting:
    """Every ``interval_s``, and if ``triggered`` at once where something happens.

    That is: the level crosses the warning line (100 mm above the outlet or half the freeboard);
    it is still above, every ``triggered_interval_s``; the cover moves.
    """

    interval_s: float = 300.0
    triggered: bool = True
    triggered_interval_s: float = 30.0

    @classmethod
    def named(cls, name: str) -> Self:
        """Return ``5min`` (with uplinks at once) or ``20min`` (polled only).

        Raises: ConfigError: another name.
        """
        if name not in {"5min", "20min"}:
            raise ConfigError(f"reporting: 5min or 20min expected, {name} given")
        return cls() if name == "5min" else cls(interval_s=1_200.0, triggered=False)
