"""How much more counts vary than chance alone would make them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """What one month counted, over how much, and to which kind of month it belongs."""

    count: int
    exposure: float
    stratum: int = 0


@dataclass(frozen=True, slots=True)
class Dispersion:
    """``phi``: variance over mean, 1 for Poisson counts; ``degrees`` of freedom it rests on."""

    phi: float
    degrees: int


def dispersion_of(months: Sequence[Counted]) -> Dispersion:
    """Return Pearson's chi-squared over its degrees of freedom.

    Each stratum (one, or the calendar month where the series is seasonal) has a rate of its own.
    With equal exposures in one stratum it is the sample variance over the mean. Strata without an
    event, and months without exposure, say nothing and are left out.

    Raises: ValueError: no degree of freedom is left.
    """
    strata: dict[int, list[Counted]] = {}
    for month in months:
        if month.exposure > 0:
            strata.setdefault(month.stratum, []).append(month)
    told = [own for own in strata.values() if any(month.count for month in own)]
    degrees = sum(len(own) - 1 for own in told)
    if degrees < 1:
        raise ValueError("too few months with events to see how they vary")
    return Dispersion(sum(_chi_squared(own) for own in told) / degrees, degrees)


def _chi_squared(months: Sequence[Counted]) -> float:
    rate = sum(month.count for month in months) / sum(month.exposure for month in months)
    expected = [rate * month.exposure for month in months]
    return sum(
        (month.count - mean) ** 2 / mean for month, mean in zip(months, expected, strict=True)
    )
