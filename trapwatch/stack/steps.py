"""Named steps with their progress and time on the terminal; plain lines where there is none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Step:
    """A step that is going on."""

    def __init__(self, console: Console, label: str, status: Status | None) -> None:
        self._console = console
        self._label = label
        self._status = status
        self.result = "done"

    def report(self, what: str) -> None:
        """Show what the step is doing now."""
        if self._status is not None:
            self._status.update(f"{self._label}: {what}")
        else:
            self._console.print(f"      {what}", markup=False, highlight=False, soft_wrap=True)


class Steps:
    """Numbers the steps of one command; ``count`` is known beforehand."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show ``title`` while the block runs, then its result and the seconds it took."""
        self._number += 1
        label = f"[{self._number}/{self._count}] {title}"
        began = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(_escaped(label)) as status:
                step = Step(self._console, _escaped(label), status)
                yield step
        else:
            self._console.print(f"{label} ...", markup=False, highlight=False, soft_wrap=True)
            step = Step(self._console, label, None)
            yield step
        took = f"{time.monotonic() - began:.1f} s"
        self._console.print(
            f"{label}: {step.result} ({took})", markup=False, highlight=False, soft_wrap=True
        )


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
