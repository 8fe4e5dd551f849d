"""What one check came to."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How bad it is."""

    OK = "ok"
    UNKNOWN = "unknown"  #: cannot be seen from here
    WARNING = "warning"  #: works today; look at it
    FAILURE = "failure"  #: readings can be lost, or it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was seen, and what to do about it (empty where all is well)."""

    check: str
    verdict: Verdict
    seen: str
    fix: str = ""


def judge(check: str, is_well: bool, seen: str, fix: str, bad: Verdict) -> Finding:
    """Return OK without a fix, or ``bad`` with it."""
    return Finding(check, Verdict.OK, seen) if is_well else Finding(check, bad, seen, fix)
