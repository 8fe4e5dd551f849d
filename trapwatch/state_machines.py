"""docs/state-machines.md, drawn from the tables that run."""

from alerts.jobs.lifecycle import TRANSITIONS as JOBS
from alerts.lifecycle import ROWS, Effect
from alerts.tickets.lifecycle import TRANSITIONS, TicketState, Transition
from alerts.visits.lifecycle import TRANSITIONS as PLANS
from ingest.sparkplug_session import TRANSITIONS as SPARKPLUG

_HEAD = """# State machines

Written by `make docs` from `alerts/lifecycle.py`, `alerts/tickets/lifecycle.py`,
`alerts/jobs/lifecycle.py`, `alerts/visits/lifecycle.py` and `ingest/sparkplug_session.py`; a test
keeps this page current.

## An alert: one rule on one series

F is the condition, C its clear condition, B the hysteresis band between them. The first row that
matches is taken. Times are event times; a hold is proven by readings at both ends, or, for a
latched rule, by the clock. Three more rows need no reading: 10. data that stopped coming make an
open episode stale (which ends it only if its rule says so), 11. a rule or device that is gone
closes it, 12. an edited condition zeroes the timers and judges from the next reading.

"""


def state_machines_page() -> str:
    """Return the page."""
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> ok"]
    for row in ROWS:
        if row.number:
            verdicts = "/".join(sorted(verdict.name[0] for verdict in row.verdicts))
            guard = f", {row.guard}" if row.guard else ""
            effect = "" if row.effect is Effect.NONE else f" → {row.effect.value}"
            source, target = row.phase.name.lower(), row.target.name.lower()
            lines.append(f"  {source} --> {target}: {row.number}. {verdicts}{guard}{effect}")
    lines += ["```", "", "| row | from | on | if | to | effect |", "|---|---|---|---|---|---|"]
    for row in ROWS:
        verdicts = ", ".join(sorted(verdict.value for verdict in row.verdicts))
        lines.append(
            f"| {row.number or '–'} | {row.phase.name.lower()} | {verdicts} | {row.guard or '–'} "
            f"| {row.target.name.lower()} | {row.effect.value} |"
        )
    return (
        _HEAD
        + "\n".join([*lines, "", *_tickets(), "", *_jobs(), "", *_plans(), "", *_sparkplug()])
        + "\n"
    )


def _tickets() -> list[str]:
    lines = [
        "## A ticket",
        "",
        "A sensor that clears moves a ticket in progress to `reported` and only marks an earlier",
        "one; it closes none, except of problems that the policy names. docs/tickets.md has the",
        "conditions beyond this table.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "  [*] --> new",
    ]
    for transition in TRANSITIONS:
        lines += [
            f"  {source} --> {transition.target or '[*]'}: {transition.action}"
            for source in sorted(transition.sources)
        ]
    lines += ["```", "", "| action | from | to | who | must carry |", "|---|---|---|---|---|"]
    for transition in TRANSITIONS:
        sources = ", ".join(s.value for s in TicketState if s in transition.sources)
        lines.append(
            f"| {transition.action} | {sources} | {transition.target or 'where it came from'} "
            f"| {', '.join(sorted(transition.roles))} | {_carried(transition)} |"
        )
    return lines


def _carried(transition: Transition) -> str:
    fields = [f if isinstance(f, str) else " or ".join(f) for f in transition.required]
    return ", ".join(fields) or "–"


def _jobs() -> list[str]:
    lines = [
        "## A job",
        "",
        "Planned work on a trap. A check-out ends what the job explains; closing is the office's.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "  [*] --> planned",
    ]
    for transition in JOBS:
        lines += [
            f"  {source} --> {transition.target}: {transition.act}"
            for source in sorted(transition.sources)
        ]
    lines += ["```", "", "| act | from | to | sets, where it is not set |", "|---|---|---|---|"]
    for transition in JOBS:
        sources = ", ".join(sorted(transition.sources))
        moments = ", ".join(f"`{name}`" for name in transition.sets)
        lines.append(f"| {transition.act} | {sources} | {transition.target} | {moments} |")
    return lines


def _plans() -> list[str]:
    lines = [
        "## An inspection plan",
        "",
        "A stop is `planned` until it is `visited` or `skipped`; with the last one the plan is",
        "done.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "  [*] --> planned",
    ]
    for transition in PLANS:
        lines += [
            f"  {source} --> {transition.target}: {transition.act}"
            for source in sorted(transition.sources)
        ]
    lines += ["```", "", "| act | from | to | the stops it is about |", "|---|---|---|---|"]
    for transition in PLANS:
        sources = ", ".join(sorted(transition.sources))
        lines.append(
            f"| {transition.act} | {sources} | {transition.target} | {transition.stop or '–'} |"
        )
    return lines


def _sparkplug() -> list[str]:
    lines = [
        "## A Sparkplug edge node's session",
        "",
        "How far its aliases may be trusted. `asks`: the edge node is asked for its births.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "  [*] --> unborn",
    ]
    for (status, event), step in SPARKPLUG.items():
        asks = " → asks" if step.asks else ""
        source, target = status.name.lower(), step.status.name.lower()
        lines.append(f"  {source} --> {target}: {event.value}{asks}")
    return [*lines, "```"]
