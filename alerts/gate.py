"""Who may be told now: freshness, what explains the signal, what people have silenced. Pure."""

from dataclasses import dataclass, field

from alerts.circumstances.model import Circumstances
from alerts.episode import Sample
from alerts.rules.compiled import CompiledRule
from alerts.subject import Subject
from alerts.suppression.model import Target
from core.instant import SECOND_US

#: What is older than this when it is judged is recorded but pages nobody.
NOTIFY_AGE_US = 900 * SECOND_US


@dataclass(frozen=True, slots=True)
class NotificationGate:
    """Answers why a sample may not page (None: it may); judged at the time it was received."""

    notify_age_us_max: int
    circumstances: Circumstances = field(default_factory=Circumstances)

    def __call__(
        self, rule: CompiledRule, subject: Subject, sample: Sample, severity: str
    ) -> str | None:
        """Return ``late``, ``maintenance``, ``suspended``, ``job``, a rule's code, a silence."""
        if sample.received_at_us - sample.at_us > self.notify_age_us_max:
            return "late"
        for inhibitor in rule.rule.definition.inhibited_by:
            if self._explains(inhibitor, subject, sample.received_at_us):
                return inhibitor
        target = Target.of(rule.code, severity, subject)
        return self.circumstances.suppressor(target, sample.received_at_us)

    def _explains(self, inhibitor: str, subject: Subject, at_us: int) -> bool:
        trap, device = subject.trap, subject.device
        if inhibitor == "maintenance":
            return device is not None and device.status == "maintenance"
        if inhibitor == "suspended":
            return trap is not None and trap.restaurant_status != "open"
        if inhibitor == "job":
            return trap is not None and self.circumstances.has_work(trap.trap_id, at_us)
        return self.circumstances.has_episode(inhibitor, subject, at_us)
