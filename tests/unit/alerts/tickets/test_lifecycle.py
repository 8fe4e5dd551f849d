"""Every (state, action, role) cell of the remediation loop, against a table of its own."""

from itertools import product

import pytest

from alerts.tickets.contents import Field
from alerts.tickets.lifecycle import (
    ENDED,
    TRANSITIONS,
    Role,
    TicketState,
    Transition,
    available_actions,
    transition_of,
)
from core.errors import ConflictError, ForbiddenError, InvalidRequestError

S, R = TicketState, Role
#: research/alerts.md section 2.2, cell by cell: (from, action) -> (to, who).
ALLOWED: dict[tuple[TicketState, str], tuple[TicketState | None, set[Role]]] = {
    (S.NEW, "accept"): (S.ACCEPTED, {R.CLERK}),
    (S.NEW, "reject"): (S.REJECTED, {R.CLERK}),
    (S.NEW, "merge"): (S.MERGED, {R.CLERK}),
    (S.ACCEPTED, "file"): (S.FILED, {R.CLERK, R.SYSTEM}),
    (S.FILED, "dispatch"): (S.DISPATCHED, {R.DISPATCHER, R.SYSTEM}),
    (S.FILED, "force_dispatch"): (S.DISPATCHED, {R.SUPERVISOR}),
    (S.DISPATCHED, "start"): (S.IN_PROGRESS, {R.OWNER}),
    (S.DISPATCHED, "return"): (S.FILED, {R.OWNER}),
    (S.IN_PROGRESS, "report"): (S.REPORTED, {R.OWNER}),
    (S.IN_PROGRESS, "sensor_clear"): (S.REPORTED, {R.SYSTEM}),
    (S.REPORTED, "close"): (S.CLOSED, {R.VERIFIER}),
    (S.REPORTED, "auto_close"): (S.CLOSED, {R.SYSTEM}),
    (S.REPORTED, "rework"): (S.IN_PROGRESS, {R.VERIFIER}),
    (S.CLOSED, "reopen"): (S.IN_PROGRESS, {R.VERIFIER, R.SYSTEM}),
    (S.SUSPENDED, "resume"): (None, {R.SUPERVISOR}),
    (S.SUSPENDED, "cancel"): (S.CANCELLED, {R.SUPERVISOR}),
    **{
        (state, action): (target, {R.SUPERVISOR})
        for state in (S.NEW, S.ACCEPTED, S.FILED, S.DISPATCHED, S.IN_PROGRESS, S.REPORTED)
        for action, target in (("suspend", S.SUSPENDED), ("cancel", S.CANCELLED))
    },
}
CARRIED = {
    "accept": set(),
    "reject": {"reject_code"},
    "merge": {"target_ticket_id"},
    "file": set(),
    "dispatch": {"owner_unit"},
    "force_dispatch": {"owner_unit", "reason"},
    "start": {"person", "first_contact_at"},
    "return": {"reason", "legal_basis"},
    "report": {"photos_before", "photos_after", "volume_l", "hauler", "note"},
    "sensor_clear": {"note"},
    "close": {"verdict"},
    "auto_close": {"note"},
    "rework": {"reason"},
    "suspend": {"reason", "document", "review_date"},
    "resume": set(),
    "reopen": {"evidence"},
    "cancel": {"false_alarm_code"},
}


def contents(action: str) -> dict[str, object]:
    return dict.fromkeys(CARRIED[action], "x")


@pytest.mark.parametrize(("state", "action", "role"), list(product(S, CARRIED, R)))
def test_a_cell_is_allowed_or_refused(state: TicketState, action: str, role: Role) -> None:
    target, roles = ALLOWED.get((state, action), (None, None))
    doers = {r for (_, name), (_, who) in ALLOWED.items() if name == action for r in who}
    if role not in doers:
        with pytest.raises(ForbiddenError, match=f"not for {role}"):
            transition_of(action, state, {role}, contents(action))
    elif roles is None:
        with pytest.raises(ConflictError, match=f"in state {state} allows"):
            transition_of(action, state, {role}, contents(action))
    else:
        assert transition_of(action, state, {role}, contents(action)).target == target


def test_the_table_has_no_other_action() -> None:
    assert [t.action for t in TRANSITIONS] == list(CARRIED)


@pytest.mark.parametrize("transition", [t for t in TRANSITIONS if t.required])
def test_each_thing_that_must_be_carried_is_missed(transition: Transition) -> None:
    source = next(iter(transition.sources))
    for left_out in CARRIED[transition.action]:
        carried = contents(transition.action)
        del carried[left_out]
        with pytest.raises(InvalidRequestError, match=f"must carry .*{left_out}"):
            transition_of(transition.action, source, transition.roles, carried)


def test_of_volume_and_weight_one_is_enough() -> None:
    carried = {**contents("report"), "weight_kg": 1.0}
    del carried["volume_l"]
    assert transition_of("report", S.IN_PROGRESS, {R.OWNER}, carried).target is S.REPORTED


def test_what_an_action_does_not_carry_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="accept does not carry photo"):
        transition_of("accept", S.NEW, {R.CLERK}, {"photo": 1})


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="one of accept"):
        transition_of("burn", S.NEW, {R.CLERK}, {})


def test_what_has_ended_can_only_be_reopened_if_it_was_closed() -> None:
    assert {state: [t.action for t in available_actions(state)] for state in ENDED} == {
        S.CLOSED: ["reopen"],
        S.REJECTED: [],
        S.CANCELLED: [],
        S.MERGED: [],
    }


def test_people_are_offered_what_their_roles_may_do() -> None:
    def offered(state: TicketState, *roles: Role) -> list[str]:
        return [t.action for t in available_actions(state, roles)]

    assert offered(S.REPORTED, R.VERIFIER) == ["close", "rework"]
    assert offered(S.REPORTED, R.OWNER) == []
    assert offered(S.REPORTED, R.SYSTEM) == []
    assert offered(S.FILED, R.DISPATCHER, R.SUPERVISOR) == [
        "dispatch", "force_dispatch", "suspend", "cancel",
    ]  # fmt: skip


def test_every_field_is_carried_by_some_action() -> None:
    assert {field for t in TRANSITIONS for field in t.accepted} == set(Field)
