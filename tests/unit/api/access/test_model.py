import pytest

from alerts.tickets.lifecycle import Role as Capacity
from api.access.model import Caller, Role, Scope


@pytest.mark.parametrize(
    ("role", "capacities"),
    [
        (Role.VIEWER, set()),
        (Role.INSPECTOR, {"owner"}),
        (Role.DISPATCHER, {"clerk", "dispatcher"}),
        (Role.VERIFIER, {"verifier"}),
        (Role.SUPERVISOR, {"supervisor"}),
        (Role.ADMIN, set()),
    ],
)
def test_what_a_role_is_to_a_ticket(role: Role, capacities: set[str]) -> None:
    assert Caller("li", roles=frozenset({role})).actor.roles == capacities


def test_nobody_acts_as_the_system() -> None:
    everything = Caller("li", roles=frozenset(Role), scopes=frozenset(Scope))
    assert everything.actor.roles == frozenset(Capacity) - {Capacity.SYSTEM}


@pytest.mark.parametrize(
    ("units", "owner_unit", "is_owner"),
    [
        (None, "crew-1", True),
        (frozenset({"crew-1"}), "crew-1", True),
        (frozenset({"crew-2"}), "crew-1", False),
        (frozenset({"crew-2"}), None, False),
        (frozenset(), "crew-1", False),
    ],
)
def test_an_owner_owns_the_tickets_of_their_unit(
    units: frozenset[str] | None, owner_unit: str | None, is_owner: bool
) -> None:
    actor = Caller("li", roles=frozenset({Role.INSPECTOR, Role.VERIFIER}), units=units).actor
    assert (Capacity.OWNER in actor.capacities(owner_unit)) is is_owner
    assert Capacity.VERIFIER in actor.capacities(owner_unit)
