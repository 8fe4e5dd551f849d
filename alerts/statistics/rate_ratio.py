"""Two event rates: their ratio and what is known about it. Pure.

Given the sum of two Poisson counts, the second is binomial, which makes an exact interval
(Clopper-Pearson). Counts that cluster vary more than that: quasi-Poisson widens the interval of the
logarithm by the square root of the dispersion, and by Student's t where that is an estimate.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import NamedTuple

from scipy.special import betainc, betaincinv, ndtri, stdtrit

from alerts.statistics.dispersion import Dispersion

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
#: Logarithms know no zero: an empty count stands as half an event.
_EMPTY = 0.5


@dataclass(frozen=True, slots=True)
class Rate:
    """Events, and what they are related to; any unit, the same on both sides."""

    count: int
    exposure: float


class Interval(NamedTuple):
    """A 95 % confidence interval; ``high`` is infinite where nothing bounds it."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Return whether a value lies outside."""
        return not self.low <= value <= self.high


def ratio_of(rate: Rate, base: Rate) -> float | None:
    """Return the rate over the base's; None without events in the base.

    Raises: ValueError: an exposure is not positive.
    """
    _check(rate, base)
    if base.count == 0:
        return None
    return rate.count / rate.exposure / (base.count / base.exposure)


def exact_interval(rate: Rate, base: Rate) -> Interval:
    """Return the exact conditional interval of the rate ratio.

    Raises: ValueError: an exposure is not positive.
    """
    _check(rate, base)
    scale = base.exposure / rate.exposure
    low, high = 0.0, 1.0
    if rate.count > 0:
        low = float(betaincinv(rate.count, base.count + 1, _TAIL))
    if base.count > 0:
        high = float(betaincinv(rate.count + 1, base.count, 1 - _TAIL))
    return Interval(scale * low / (1 - low), scale * high / (1 - high) if high < 1 else inf)


def exact_p_value(rate: Rate, base: Rate) -> float:
    """Return twice the smaller tail of the conditional test that both rates are equal.

    Raises: ValueError: an exposure is not positive.
    """
    _check(rate, base)
    chance = rate.exposure / (rate.exposure + base.exposure)
    up_to = float(betainc(base.count, rate.count + 1, 1 - chance)) if base.count else 1.0
    from_on = float(betainc(rate.count, base.count + 1, chance)) if rate.count else 1.0
    return min(1.0, 2 * min(up_to, from_on))


def overdispersed_interval(rate: Rate, base: Rate, dispersion: Dispersion) -> Interval:
    """Return the quasi-Poisson interval of the rate ratio; a dispersion below 1 counts as 1.

    Without degrees of freedom (0) the dispersion is taken as known, not estimated.

    Raises: ValueError: an exposure is not positive.
    """
    _check(rate, base)
    variance = max(dispersion.phi, 1.0) * _log_variance(rate, base)
    return _log_normal(_log_ratio(rate, base), variance, dispersion.degrees)


def ratio_of_ratios(
    change: tuple[Rate, Rate, Dispersion], other: tuple[Rate, Rate, Dispersion]
) -> tuple[float | None, Interval]:
    """Return one change (rate, base) over another one's, with its interval.

    The two sides vary by their own dispersions; the degrees of freedom are Satterthwaite's.

    Raises: ValueError: an exposure is not positive.
    """
    _check(*change[:2])
    _check(*other[:2])
    parts = [
        (max(dispersion.phi, 1.0) * _log_variance(rate, base), dispersion.degrees)
        for rate, base, dispersion in (change, other)
    ]
    variance = sum(part for part, _ in parts)
    uncertain = sum(part**2 / degrees for part, degrees in parts if degrees)
    degrees = variance**2 / uncertain if uncertain else 0
    centre = _log_ratio(*change[:2]) - _log_ratio(*other[:2])
    own, others = ratio_of(*change[:2]), ratio_of(*other[:2])
    ratio = own / others if own is not None and others else None
    return ratio, _log_normal(centre, variance, degrees)


def _log_ratio(rate: Rate, base: Rate) -> float:
    (own, of_base) = (log((one.count or _EMPTY) / one.exposure) for one in (rate, base))
    return own - of_base


def _log_variance(rate: Rate, base: Rate) -> float:
    return 1 / (rate.count or _EMPTY) + 1 / (base.count or _EMPTY)


def _log_normal(centre: float, variance: float, degrees: float) -> Interval:
    quantile = float(stdtrit(degrees, 1 - _TAIL) if degrees else ndtri(1 - _TAIL))
    reach = quantile * sqrt(variance)
    return Interval(exp(centre - reach), exp(centre + reach))


def _check(rate: Rate, base: Rate) -> None:
    if rate.exposure <= 0 or base.exposure <= 0:
        raise ValueError("a positive exposure on both sides expected")
