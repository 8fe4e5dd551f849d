"""Tickets for the inspector of the county room to work on."""

from typing import Any
from uuid import uuid4

from tests.pages.county import UNIT, CountyRoom


def act(room: CountyRoom, ticket_id: int, action: str, **detail: Any) -> None:
    """Take a ticket one step further, at the version that it has."""
    version = room.get(f"tickets/{ticket_id}")["ticket"]["version"]
    body = {"action": action, "detail": detail}
    room.post(f"tickets/{ticket_id}/transitions", body, {"If-Match": f'"{version}"'})


def start(room: CountyRoom, ticket_id: int) -> None:
    """Have the unit begin with a ticket."""
    now = room.get(f"tickets/{ticket_id}")["ticket"]["updated_at"]
    act(room, ticket_id, "start", person="李", first_contact_at=now)


def dispatched(room: CountyRoom) -> int:
    """Return a new ticket that waits for the inspector's unit."""
    ((trap_id,),) = room.execute(
        b"SELECT t.trap_id FROM trap t WHERE NOT EXISTS"
        b" (SELECT FROM ticket k WHERE k.trap_id = t.trap_id) ORDER BY md5(t.code) LIMIT 1"
    )
    key = uuid4().hex
    order = {
        "trap_id": trap_id,
        "problem": "odour",
        "severity": "orange",
        "source_kind": "patrol",
        "source_ref": key,
        "summary": "后门有异味",
    }
    room.post("tickets", order, {"Idempotency-Key": key})
    ((ticket_id,),) = room.execute(b"SELECT ticket_id FROM ticket WHERE source_ref = %s", key)
    for action, detail in (("accept", {}), ("file", {}), ("dispatch", {"owner_unit": UNIT})):
        offered = room.get(f"tickets/{ticket_id}")["available_actions"]
        if action in {row["action"] for row in offered}:  # the system may have done it
            act(room, ticket_id, action, **detail)
    found = room.get(f"tickets/{ticket_id}")["ticket"]
    if found["owner_unit"] != UNIT:
        room.execute(b"UPDATE ticket SET owner_unit = %s WHERE ticket_id = %s", UNIT, ticket_id)
    return int(ticket_id)
