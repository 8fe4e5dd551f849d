"""Who may be told now: freshness and suppression. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from alerts.episode import Sample
from alerts.rules.compiled import CompiledRule
from core.registry.model import DeviceEntry


@dataclass(frozen=True, slots=True)
class NotificationGate:
    """Answers for one batch why a sample may not page (None: it may).

    ``worked_on`` are traps with a job that explains what their sensors say.
    """

    notify_age_us_max: int
    worked_on: AbstractSet[int]

    def __call__(self, rule: CompiledRule, device: DeviceEntry, sample: Sample) -> str | None:
        """Return ``late``, ``maintenance``, ``suspended``, ``job`` or None."""
        if sample.received_at_us - sample.at_us > self.notify_age_us_max:
            return "late"
        inhibitors = rule.rule.definition.inhibited_by
        trap = device.trap
        if "maintenance" in inhibitors and device.status == "maintenance":
            return "maintenance"
        if "suspended" in inhibitors and trap is not None and trap.restaurant_status != "open":
            return "suspended"
        if "job" in inhibitors and trap is not None and trap.trap_id in self.worked_on:
            return "job"
        return None
