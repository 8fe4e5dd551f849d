"""Who is limited to a town sees and changes nothing of another, whatever number they guess."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx import Response

from alerts.coverage import present
from api.access.model import Scope
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import MakeToken, problem
from tests.files import JPEG

SQL = Path(__file__).with_name("two_towns.sql").read_bytes()
#: Of wt, which the caller is limited to, by list and its number's name.
LISTS: list[tuple[str, str, set[Any]]] = [
    ("/towns", "code", {"wt"}),
    ("/restaurants", "restaurant_id", {1, 2, 3}),
    ("/traps", "trap_id", {1, 2, 3}),
    ("/devices", "device_id", {1, 2, 3}),
    ("/roll-call", "device_id", {1, 2, 3}),
    ("/gateways", "gateway_id", {1}),
    ("/alerts", "alert_id", {1, 2}),
    ("/tickets", "ticket_id", {1}),
    ("/jobs", "job_id", {1}),
    ("/pump-outs", "pump_out_id", {1}),
    ("/inspections", "inspection_id", {1}),
    ("/closures", "closure_id", {1}),
    ("/rainfall", "town_id", {1}),
    ("/complaints", "complaint_id", {1}),
    ("/silences?show=all", "silence_id", {1}),
    ("/maintenance-windows?show=all", "maintenance_window_id", {1}),
    ("/rules/R01/overrides", "scope_ref", {"", "wt"}),
    ("/coverage/uncovered", "restaurant_id", {2, 3}),
    ("/readings?device=dev-1", "device", {"dev-1"}),
    ("/inspection-plans", "inspection_plan_id", {1}),
    ("/coverage/device-days?from=2026-01-04&to=2026-01-04", "device_id", {1}),
]
FORM = {"Content-Type": "image/jpeg"}
RESTAURANT = {"register_no": "R9", "name": "x", "restaurant_type": "small", "address": ""}
TRAP = {"code": "T9", "capacity_l": 1, "outlet_invert_mm": 1, "cover_mm": 2, "area_m2": 1}
JOB = {"kind": "pump_out", "planned_from": "2026-01-06T00:00:00Z"}
JOB["planned_to"] = "2026-01-07T00:00:00Z"
MANIFEST = {"pumped_at": "2026-01-04T00:00:00Z", "volume_l": 1, "hauler": "h", "disposer": "d"}
MANIFEST["manifest_no"] = "M9"
DIP = {"inspector": "x", "inspected_at": "2026-01-04T01:00:00Z", "fog_mm": 1, "solids_mm": 1}
DIP["water_mm"] = 1
CLOSURE = {"closed_from": "2026-01-06T00:00:00Z", "closed_to": "2026-01-08T00:00:00Z"}
CLOSURE["reason"] = "x"
COMPLAINT = {"channel": "12345", "category": "odour"}
SILENCE = {"ends_at": "2026-01-06T00:00:00Z", "author": "x", "comment": "x"}
WINDOW = {"rule": "FREQ=DAILY", "starts_at": "2026-01-05T00:00:00Z", "duration_s": 60}
WINDOW |= {"author": "x", "comment": "x"}
TICKET = {"problem": "odour", "severity": "blue", "source_kind": "patrol", "source_ref": "x"}
TICKET["summary"] = "x"
#: Requests that name something: once it is xt's, once it is nobody's. N stands for its number.
NAMING: list[tuple[str, str, Any, int]] = [
    ("GET", "/restaurants/N", None, 4),
    ("PATCH", "/restaurants/N", {"name": "y"}, 4),
    ("POST", "/restaurants", {**RESTAURANT, "town_id": "N"}, 2),
    ("PATCH", "/restaurants/1", {"town_id": "N"}, 2),
    ("GET", "/restaurants/N/timeline", None, 4),
    ("GET", "/traps/N", None, 4),
    ("PATCH", "/traps/N", {"capacity_l": 2}, 4),
    ("POST", "/traps", {**TRAP, "restaurant_id": "N"}, 4),
    ("PATCH", "/traps/1", {"restaurant_id": "N"}, 4),
    ("GET", "/traps/N/readings", None, 4),
    ("GET", "/devices/N", None, 4),
    ("GET", "/devices/N", None, 6),
    ("PATCH", "/devices/N", {"model": "y"}, 4),
    ("PATCH", "/devices/N", {"trap_id": 1, "status": "active"}, 6),
    ("POST", "/devices", {"uid": "dev-9", "trap_id": "N"}, 4),
    ("POST", "/devices", {"uid": "dev-9", "trap_id": 1, "gateway_id": "N"}, 2),
    ("PATCH", "/devices/1", {"trap_id": "N"}, 4),
    ("PATCH", "/devices/1", {"gateway_id": "N"}, 2),
    ("GET", "/gateways/N", None, 2),
    ("GET", "/readings?device=dev-N", None, 4),
    ("GET", "/alerts/N", None, 3),
    ("POST", "/alerts/N/acknowledgement", {"by": "x", "note": "x"}, 3),
    ("DELETE", "/alerts/N/acknowledgement", None, 3),
    ("GET", "/tickets/N", None, 2),
    ("GET", "/tickets/N/transitions", None, 2),
    ("POST", "/tickets/N/transitions", {"action": "accept"}, 2),
    ("POST", "/tickets/1/transitions",
     {"action": "merge", "detail": {"target_ticket_id": "N"}}, 2),
    ("POST", "/tickets/N/due-times", {"reason": "x"}, 2),
    ("POST", "/tickets/N/attachments", JPEG, 2),
    ("GET", f"/tickets/N/attachments/{'a' * 64}", None, 2),
    ("POST", "/tickets", {**TICKET, "trap_id": "N"}, 4),
    ("GET", "/jobs/N", None, 2),
    ("POST", "/jobs/N/open", None, 2),
    ("POST", "/jobs/N/check-in", {"by": "x"}, 2),
    ("POST", "/jobs/N/check-out", {"by": "x"}, 2),
    ("POST", "/jobs/N/close", None, 2),
    ("POST", "/jobs", {**JOB, "trap_id": "N"}, 4),
    ("GET", "/pump-outs/N", None, 2),
    ("POST", "/pump-outs/N/confirmations", {"party": "hauler", "by": "x"}, 2),
    ("POST", "/pump-outs", {**MANIFEST, "trap_id": "N"}, 4),
    ("POST", "/pump-outs", {**MANIFEST, "trap_id": 1, "job_id": "N"}, 2),
    ("GET", "/inspections/N", None, 2),
    ("POST", "/inspections", {**DIP, "trap_id": "N"}, 4),
    ("POST", "/inspections", {**DIP, "trap_id": 1, "job_id": "N"}, 2),
    ("GET", "/inspection-plans/N", None, 2),
    ("POST", "/inspection-plans/N/start", None, 2),
    ("POST", "/inspection-plans/N/cancel", {"reason": "x"}, 2),
    ("POST", "/inspection-plans/N/stops/2/skip", {"reason": "x"}, 2),
    ("GET", "/tickets/N/handovers/1/document", None, 2),
    ("GET", "/tickets/N/received-handovers/1/document", None, 2),
    ("GET", "/closures/N", None, 2),
    ("POST", "/closures", {**CLOSURE, "restaurant_id": "N"}, 4),
    ("PUT", "/rainfall",
     {"hours": [{"town_id": "N", "hour": "2026-01-04T02:00:00Z", "rain_mm": 1}]}, 2),
    ("GET", "/complaints/N", None, 2),
    ("GET", "/complaints/N", None, 3),
    ("POST", "/complaints", {**COMPLAINT, "restaurant_id": "N"}, 4),
    ("POST", "/complaints", {**COMPLAINT, "town_id": 1, "restaurant_id": "N"}, 4),
    ("POST", "/complaints", {**COMPLAINT, "town_id": "N"}, 2),
    ("POST", "/complaints", {**COMPLAINT, "town_id": 1, "duplicate_of": "N"}, 2),
    ("GET", "/silences/N", None, 2),
    ("GET", "/silences/N", None, 3),
    ("GET", "/silences/N", None, 4),
    ("POST", "/silences/N/expire", None, 2),
    ("POST", "/silences", {**SILENCE, "town_id": "N"}, 2),
    ("POST", "/silences", {**SILENCE, "town_id": 1, "trap_id": "N"}, 4),
    ("POST", "/silences", {**SILENCE, "device_id": "N"}, 4),
    ("GET", "/maintenance-windows/N", None, 2),
    ("GET", "/maintenance-windows/N", None, 3),
    ("POST", "/maintenance-windows/N/deactivate", None, 2),
    ("POST", "/maintenance-windows", {**WINDOW, "scope": "town", "scope_id": "N"}, 2),
    ("POST", "/maintenance-windows", {**WINDOW, "scope": "trap", "scope_id": "N"}, 4),
    ("POST", "/maintenance-windows", {**WINDOW, "scope": "gateway", "scope_id": "N"}, 2),
    ("PUT", "/rules/R01/overrides/trap/TN", {"parameters": {"hold_s": 60}, "reason": "x"}, 4),
    ("DELETE", "/rules/R01/overrides/trap/TN", None, 4),
]  # fmt: skip
#: What nobody limited to towns may decide.
COUNTY_WIDE: list[tuple[str, str, Any]] = [
    ("POST", "/silences", {**SILENCE, "rule": "R01"}),
    ("POST", "/maintenance-windows", {**WINDOW, "scope": "county"}),
    ("PUT", "/rules/R01/overrides/county/-", {"parameters": {"hold_s": 90}, "reason": "x"}),
    ("PUT", "/rules/R01/overrides/type/small", {"parameters": {"hold_s": 90}, "reason": "x"}),
    ("DELETE", "/rules/R01/overrides/county/-", None),
    ("POST", "/complaints", COMPLAINT),
    ("PATCH", "/devices/1", {"trap_id": None, "status": "retired"}),
]
#: Tables that a caller limited to towns may read whole: no row of them belongs to a town.
COMMON = {
    "blob", "idempotent_answer", "intake_change", "rule", "unit", "webhook_delivery",
    "webhook_endpoint", "webhook_message", "webhook_waiting",
}  # fmt: skip


@pytest.fixture
def of_wt(
    stranger: TestClient, connection: Connection, clock: ManualClock, make_token: MakeToken
) -> TestClient:
    """A program limited to wt that may otherwise do everything."""
    connection.execute(SQL)
    present.refresh(connection, clock.now(), clock.monotonic_s)
    stranger.headers.update(make_token("of-wt", *Scope, towns=[1]))
    return stranger


def send(client: TestClient, method: str, path: str, body: Any, number: int | None) -> Response:
    def numbered(part: Any) -> Any:
        match part:
            case "N":
                return number
            case dict():
                return {key: numbered(value) for key, value in part.items()}
            case list():
                return [numbered(value) for value in part]
        return part

    path = path.replace("N", str(number)) if number else path
    headers = {"If-Match": '"1"', "Idempotency-Key": f"{method}{path}{number}"}
    if isinstance(body, bytes):
        return client.request(method, f"/api/v1{path}", content=body, headers={**headers, **FORM})
    return client.request(method, f"/api/v1{path}", json=numbered(body), headers=headers)


def without_numbers(answer: Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r"\d+", "#", str(answer.json().get("detail")))


def fingerprint(connection: Connection) -> str:
    """Return a fingerprint of every row that a caller could have changed."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname NOT IN ('api_token') ORDER BY 1"
    ).fetchall()
    parts = [
        connection.execute(
            psycopg.sql.SQL(
                "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
            ).format(psycopg.sql.Identifier(name))
        ).fetchone()
        for (name,) in tables
    ]
    return str(parts)


def test_lists_hold_what_is_of_the_town(of_wt: TestClient) -> None:
    for path, name, expected in LISTS:
        items = of_wt.get(f"/api/v1{path}").json()["items"]
        assert {item[name] for item in items} == expected, path
    handovers = of_wt.get("/api/v1/tickets/2/handovers").json()
    assert handovers == {"sent": [], "received": []}
    towns = of_wt.get("/api/v1/unit-routes").json()
    assert [route["town"] for route in towns] in ([None, "wt"], ["wt", None])


def test_figures_count_what_is_of_the_town(of_wt: TestClient, everything: dict[str, str]) -> None:
    def both(path: str) -> tuple[Any, Any]:
        county = of_wt.get(f"/api/v1{path}", headers=everything)
        town = of_wt.get(f"/api/v1{path}")
        assert (town.status_code, county.status_code) == (200, 200), town.text
        return town.json(), county.json()

    coverage, county = both("/coverage")
    assert (coverage["funnel"]["registered"], county["funnel"]["registered"]) == (3, 8)
    assert [town["town_code"] for town in coverage["towns"]] == ["wt"]
    assert coverage["register_version"]["restaurant_count"] == 3
    alerts, county = both("/alerts/open-count")
    assert (alerts["total"], county["total"]) == (1, 2)
    trend, county = both("/complaints/trend?from=2026-01")
    assert (trend["months"][0]["all"]["count"], county["months"][0]["all"]["count"]) == (1, 3)
    assert trend["restaurant_count"] == 3
    history, county = both("/coverage/history")
    (day,), (county_day,) = history["items"], county["items"]
    assert (day["funnel"]["registered"], county_day["funnel"]["registered"]) == (3, 8)


def test_an_export_holds_what_is_of_the_town(of_wt: TestClient) -> None:
    for dataset, count in {
        "restaurants": 3, "traps": 3, "devices": 3, "alerts": 2, "tickets": 1, "complaints": 1,
        "pump_outs": 1, "inspections": 1, "uncovered": 2,
    }.items():  # fmt: skip
        answer = of_wt.get(f"/api/v1/exports/{dataset}")
        assert answer.headers["export-row-count"] == str(count), dataset
    day = "from=2026-01-05T00:00:00Z&to=2026-01-06T00:00:00Z"
    for trap, count in {"T1": 14, "T4": 0}.items():
        answer = of_wt.get(f"/api/v1/exports/readings?{day}&trap={trap}")
        assert answer.headers["export-row-count"] == str(count), trap


def test_what_is_anothers_is_answered_like_what_does_not_exist(
    of_wt: TestClient, connection: Connection
) -> None:
    before = fingerprint(connection)
    for method, path, body, number in NAMING:
        others = send(of_wt, method, path, body, number)
        nobodys = send(of_wt, method, path, body, 999_999)
        what = f"{method} {path} {body} {number}: {others.text} {nobodys.text}"
        assert others.status_code in {404, 422}, what
        assert others.status_code == 404 or "N" not in path or "overrides" in path, what
        assert without_numbers(others) == without_numbers(nobodys), what
    assert fingerprint(connection) == before


def test_what_concerns_the_county_is_not_decided_by_a_town(
    of_wt: TestClient, connection: Connection
) -> None:
    before = fingerprint(connection)
    for method, path, body in COUNTY_WIDE:
        answer = send(of_wt, method, path, body, None)
        assert answer.status_code in {403, 404, 422}, f"{method} {path}: {answer.text}"
    assert fingerprint(connection) == before


def test_ones_own_town_is_worked_in_as_ever(of_wt: TestClient, connection: Connection) -> None:
    for method, path, body, number in [
        ("PATCH", "/restaurants/N", {"name": "y"}, 1),
        ("PATCH", "/devices/N", {"model": "y"}, 1),
        ("POST", "/devices", {"uid": "dev-9", "trap_id": "N"}, 1),
        ("POST", "/alerts/N/acknowledgement", {"by": "x", "note": "x"}, 2),
        ("POST", "/tickets/N/transitions", {"action": "accept"}, 1),
        ("POST", "/tickets", {**TICKET, "trap_id": "N"}, 1),
        ("POST", "/jobs/N/open", None, 1),
        ("POST", "/pump-outs", {**MANIFEST, "trap_id": "N"}, 1),
        ("POST", "/inspections", {**DIP, "trap_id": "N"}, 1),
        ("POST", "/complaints", {**COMPLAINT, "restaurant_id": "N"}, 1),
        ("POST", "/silences", {**SILENCE, "trap_id": "N"}, 1),
        ("POST", "/maintenance-windows", {**WINDOW, "scope": "trap", "scope_id": "N"}, 1),
        ("PUT", "/rules/R01/overrides/trap/TN", {"parameters": {"hold_s": 60}, "reason": "x"}, 1),
        ("PUT", "/rainfall",
         {"hours": [{"town_id": "N", "hour": "2026-01-04T02:00:00Z", "rain_mm": 1}]}, 1),
    ]:  # fmt: skip
        answer = send(of_wt, method, path, body, number)
        assert answer.status_code in {200, 201}, f"{method} {path}: {answer.text}"
        newest = connection.execute(
            "SELECT actor FROM audit_event WHERE actor <> 'system'"
            " ORDER BY audit_event_id DESC LIMIT 1"
        ).fetchone()
        assert newest == ("of-wt",), f"{method} {path} is not audited"


def test_every_table_is_limited_closed_or_common(connection: Connection) -> None:
    found = connection.execute(
        "SELECT relname, relrowsecurity, has_table_privilege('trapwatch_scoped', oid, 'SELECT')"
        "  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, is_limited, is_seen in found if is_seen and not is_limited} == COMMON
    (readings,) = connection.execute(
        "SELECT has_table_privilege('trapwatch_scoped', 'reading', 'SELECT')"
    ).fetchone() or (None,)
    assert readings is False


def test_readings_are_limited_whatever_the_query(of_wt: TestClient, connection: Connection) -> None:
    from api.access.store import limit_to_towns

    with connection.transaction():
        limit_to_towns(connection, [1])
        assert connection.execute("SELECT DISTINCT device_id FROM reading").fetchall() == [(1,)]
        assert connection.execute("SELECT device_id FROM reading_hourly").fetchall() == [(1,)]
        assert connection.execute("SELECT max(device_id) FROM series_state").fetchall() == [(3,)]
    with connection.transaction():
        limit_to_towns(connection, [])
        assert connection.execute("SELECT count(*) FROM restaurant").fetchall() == [(0,)]


def test_without_the_role_such_a_caller_is_refused_and_others_are_served(
    of_wt: TestClient, everything: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.access import store

    queries = {**store._QUERIES, "limit_to_towns": "SET LOCAL ROLE nobody_there"}
    monkeypatch.setattr(store, "_QUERIES", queries)
    problem(of_wt.get("/api/v1/restaurants"), 403)
    assert of_wt.get("/api/v1/restaurants", headers=everything).status_code == 200
