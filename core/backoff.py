"""How long to wait before something that failed is tried again."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Exponential waits with full jitter, so that replicas do not come back in step.

    ``random_ratio`` returns a number in [0, 1).
    """

    delay_s_max: float
    random_ratio: Callable[[], float]
    delay_s_first: float = 0.1
    failures: int = 0

    def next_delay_s(self) -> float:
        """Count one more failure and return the seconds to wait: half fixed, half random."""
        ceiling = min(self.delay_s_max, self.delay_s_first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return ceiling * (0.5 + 0.5 * self.random_ratio())

    def reset(self) -> None:
        """Forget past failures: something worked."""
        self.failures = 0
