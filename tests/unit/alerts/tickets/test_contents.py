"""What an act carries: each kind of value, accepted and refused."""

from typing import Any

import pytest

from alerts.tickets.contents import check_contents
from core.errors import InvalidRequestError

SHA = "a" * 64


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("note", "  done ", "done"),
        ("reject_code", "other", "other"),
        ("target_ticket_id", 7, 7),
        ("photos_before", [SHA], [SHA]),
        ("volume_l", 0, 0),
        ("weight_kg", 12.5, 12.5),
        ("document", SHA, SHA),
        ("review_date", "2026-02-28", "2026-02-28"),
        ("first_contact_at", "2026-01-05T09:00:00+08:00", "2026-01-05T01:00:00Z"),
    ],
)
def test_a_value_is_taken(name: str, value: Any, stored: Any) -> None:
    assert check_contents({name: value}) == {name: stored}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", " "),
        ("note", 1),
        ("note", "x" * 4_001),
        ("note", "a\0b"),
        ("reject_code", "because"),
        ("verdict", ["remedied"]),
        ("target_ticket_id", True),
        ("target_ticket_id", 0),
        ("target_ticket_id", 2**63),
        ("photos_before", []),
        ("photos_before", SHA),
        ("photos_after", [SHA.upper()]),
        ("photos_after", [SHA] * 21),
        ("volume_l", -1),
        ("volume_l", float("nan")),
        ("volume_l", True),
        ("weight_kg", "12"),
        ("document", "a" * 63),
        ("review_date", "2026-02-30"),
        ("review_date", 20260228),
        ("first_contact_at", "2026-01-05T09:00:00"),
        ("first_contact_at", "2026-13-05T09:00:00Z"),
    ],
)
def test_a_value_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{name}: "):
        check_contents({name: value})


def test_null_is_as_if_it_were_not_there() -> None:
    assert check_contents({"note": None, "volume_l": None}) == {}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidRequestError, match=r"volume_l: .*; hauler: "):
        check_contents({"volume_l": -1, "hauler": ""})
