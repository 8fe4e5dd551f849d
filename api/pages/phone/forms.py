"""The forms of what a unit does to its tickets, from the table of the lifecycle. Pure.

Which fields a form has, and which of them it needs, is the table's business; how each is asked for
is ours.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from alerts.tickets.contents import Field
from alerts.tickets.lifecycle import TRANSITIONS, Role, TicketState, Transition, available_actions

Kind = Literal["text", "line", "person", "moment", "number", "photos"]
_KINDS: Mapping[Field, Kind] = {
    Field.NOTE: "text",
    Field.REASON: "text",
    Field.LEGAL_BASIS: "line",
    Field.PERSON: "person",
    Field.FIRST_CONTACT_AT: "moment",
    Field.PHOTOS_BEFORE: "photos",
    Field.PHOTOS_AFTER: "photos",
    Field.VOLUME_L: "number",
    Field.WEIGHT_KG: "number",
    Field.HAULER: "line",
}


#: What forms ask for; a test holds it to the table.
FORM_FIELDS = frozenset(str(field) for field in _KINDS)
OWNER_ACTIONS = tuple(step.action for step in TRANSITIONS if Role.OWNER in step.roles)


class Input(NamedTuple):
    """One field of a form. ``group``: of its fields one is enough; empty where it is alone."""

    name: str
    kind: Kind
    is_required: bool
    group: str


class Form(NamedTuple):
    """What one action carries. ``is_later``: it can be done once what waits here has been sent."""

    action: str
    inputs: list[Input]
    is_later: bool


def forms_of(state: str, roles: frozenset[Role]) -> list[Form]:
    """Return the forms of a state and of the state after it.

    In a cellar without a network one starts and reports before anything is sent.
    """
    own = roles & {Role.OWNER}
    now = available_actions(state, own)
    later = [
        step
        for first in now
        if first.target is TicketState.IN_PROGRESS
        for step in available_actions(first.target, own)
    ]
    forms = [Form(step.action, _inputs(step), is_later=False) for step in now]
    return forms + [Form(step.action, _inputs(step), is_later=True) for step in later]


def _inputs(step: Transition) -> list[Input]:
    inputs: list[Input] = []
    for field in step.required:
        choices: Sequence[Field] = field if isinstance(field, tuple) else (field,)
        group = "_or_".join(choices) if len(choices) > 1 else ""
        inputs += [Input(one, _KINDS[one], not group, group) for one in choices]
    named = {one.name for one in inputs}
    inputs += [Input(one, _KINDS[one], False, "") for one in step.optional if one not in named]
    return inputs
