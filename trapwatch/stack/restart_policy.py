"""When a member that ended by itself is started again, and when that is given up. Pure."""

from dataclasses import dataclass

#: A member that ran this long was healthy; its next end counts as a first one again.
HEALTHY_S = 20.0
DELAYS_S = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """``quick_ends`` so far in a row."""

    quick_ends: int = 0

    def after_end(self, ran_s: float) -> tuple["RestartPolicy", float | None]:
        """Return the next state and the seconds to wait, or None: give up.

        ``ran_s`` is how long the member ran before it ended.
        """
        quick = 0 if ran_s >= HEALTHY_S else self.quick_ends
        if quick >= len(DELAYS_S):
            return RestartPolicy(quick), None
        return RestartPolicy(quick + 1), DELAYS_S[quick]
