"""What a rule says about itself; every number it applies stands in its parameters. Pure."""

from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.rules.parameters import SEVERITIES, Seconds, Severity, Strict

__all__ = ["SEVERITIES", "Inhibitor", "RuleDefinition", "Severity"]

#: ``job``, ``maintenance``, ``suspended``, or the code of a rule whose open episode explains it.
Inhibitor = Annotated[str, Field(pattern=r"^(job|maintenance|suspended|R\d{2})$")]


class RuleDefinition(Strict):
    """One rule: of the catalogue (R01 …) or an operator's own.

    ``severity`` is that of the lowest level. ``on_stale`` says what becomes of an open episode
    whose data stop coming. For ``explains_s`` after its end an episode still inhibits what it
    inhibited. ``kind`` names an entry of ``alerts.rules.kinds.KINDS``.
    """

    code: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
    name: str
    name_en: str
    severity: Severity
    kind: str
    latched: bool = False
    inhibited_by: tuple[Inhibitor, ...] = ()
    explains_s: Seconds = 0.0
    ticket_problem: str | None = None
    on_stale: Literal["keep", "open_ticket", "resolve"] = "keep"
    wording: str
    wording_en: str
    source: str
    parameters: dict[str, Any]
