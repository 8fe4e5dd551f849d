"""GeoReport v2 in both formats, and what hostile clients send."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, Pool
from core.settings import AccessSettings, ApiSettings, DatabaseSettings, Settings
from tests.api.conftest import Acting, MakeToken

FORM = {
    "service_code": "sewage_overflow",
    "lat": "30.83",
    "long": "120.92",
    "description": "污水 & <油>",
}
BASE = "/open311/v2"


@pytest.fixture
def app(database_url: str, pool: Pool, clock: ManualClock) -> FastAPI:
    settings = Settings(
        database=DatabaseSettings.model_validate({"url": database_url}),
        api=ApiSettings(hosts=("testserver",), jurisdiction_id="js.gov.cn"),
        access=AccessSettings(public_complaints=True, complaints_per_min=100_000),
    )
    return create_app(settings, pool, clock, random_bytes=bytes)


@pytest.fixture
def closed(database_url: str, pool: Pool, clock: ManualClock) -> Iterator[TestClient]:
    """A server that is set up as it comes."""
    settings = Settings(
        database=DatabaseSettings.model_validate({"url": database_url}),
        api=ApiSettings(hosts=("testserver",)),
    )
    with TestClient(create_app(settings, pool, clock, random_bytes=bytes)) as opened:
        yield opened


def xml(client: TestClient, path: str, status: int = 200, **parameters: str) -> ElementTree.Element:
    answer = client.get(BASE + path, params=parameters)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return ElementTree.fromstring(answer.content)


def post(client: TestClient, form: str = "json", **changes: str) -> Any:
    answer = client.post(f"{BASE}/requests.{form}", data=FORM | changes)
    assert answer.status_code == 200, answer.text
    return answer.json() if form == "json" else ElementTree.fromstring(answer.content)


def requests(client: TestClient, **parameters: str) -> list[dict[str, Any]]:
    answer = client.get(f"{BASE}/requests.json", params=parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_discovery_says_where_and_what(client: TestClient) -> None:
    root = xml(client, "/discovery.xml")
    endpoint = root.find("endpoints/endpoint")
    assert endpoint is not None
    assert endpoint.findtext("specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [f.text for f in endpoint.findall("formats/format")] == ["text/xml", "application/json"]
    found = client.get(f"{BASE}/discovery.json").json()
    assert found["endpoints"][0]["url"].endswith("/open311/v2")


def test_services_are_our_categories(client: TestClient) -> None:
    found = client.get(f"{BASE}/services.json").json()
    root = xml(client, "/services.xml", jurisdiction_id="js.gov.cn")
    assert root.tag == "services"
    assert [s.findtext("service_code") for s in root.findall("service")] == [
        s["service_code"] for s in found
    ]
    by_code = {service["service_code"]: service for service in found}
    assert by_code["fume"]["group"] == "fume"
    assert {s["group"] for code, s in by_code.items() if code != "fume"} == {"sewer"}
    assert by_code["odour"]["service_name"] == "异味 / Odour"
    assert by_code["odour"]["metadata"] is True
    assert root.findtext("service/metadata") == "true"
    definition = xml(client, "/services/odour.xml")
    assert definition.findtext("service_code") == "odour"
    codes = [a.findtext("code") for a in definition.findall("attributes/attribute")]
    assert codes == ["RESTAURANT_NAME", "REGISTER_NO"]


def test_a_report_in_json_and_in_xml(client: TestClient) -> None:
    (made,) = post(client, account_id="a-7", phone="13900000000", first_name="陈", last_name="某")
    assert made["service_request_id"] == "1"
    assert (made["service_notice"], made["account_id"]) == (None, "a-7")
    root = post(client, "xml", service_code="fume")
    assert root.tag == "service_requests"
    assert root.findtext("request/service_request_id") == "2"
    assert root.find("request/account_id") is not None
    token = xml(client, f"/tokens/{made['token']}.xml")
    assert token.findtext("request/service_request_id") == "1"
    assert client.get(f"{BASE}/tokens/{made['token']}.json").json() == [
        {"service_request_id": "1", "token": made["token"]}
    ]
    (found,) = requests(client, service_request_id="1")
    assert found == {
        "service_request_id": "1",
        "status": "open",
        "status_notes": None,
        "service_name": "污水外溢 / Sewage overflow",
        "service_code": "sewage_overflow",
        "description": "污水 & <油>",
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": "2026-01-05T01:00:00Z",
        "updated_datetime": "2026-01-05T01:00:00Z",
        "expected_datetime": None,
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": 30.83,
        "long": 120.92,
        "media_url": None,
    }
    one = xml(client, "/requests/1.xml")
    assert one.findtext("request/description") == "污水 & <油>"
    assert one.findtext("request/long") == "120.92"
    assert one.findtext("request/zipcode") == ""
    everything = client.get(f"{BASE}/requests.json").text + client.get("/api/v1/complaints").text
    assert "1390000" not in everything
    assert client.get("/api/v1/complaints/1/reporter").json()["phone"] == "13900000000"


def test_a_report_in_parts_with_attributes(client: TestClient, connection: Connection) -> None:
    fields = FORM | {"attribute[REGISTER_NO]": "R4", "media_url": "https://example.org/1.jpg"}
    parts = {name: (None, value) for name, value in fields.items()}
    answer = client.post(f"{BASE}/requests.json", files=parts)
    assert answer.status_code == 200, answer.text
    (found,) = requests(client)
    assert (found["address_id"], found["media_url"]) == ("R4", "https://example.org/1.jpg")
    post(client, address_id="R4", lat="", long="")
    post(client, address_string="西塘南苑路5号", lat="", long="")
    towns = connection.execute("SELECT town_id FROM complaint ORDER BY complaint_id").fetchall()
    assert towns == [(2,), (2,), (2,)]


def error(client: TestClient, method: str, path: str, status: int, **options: Any) -> str:
    """The description of an error, after both formats have shown the same."""
    seen = []
    for form in ("json", "xml"):
        answer = client.request(method, f"{BASE}{path}".replace("FORMAT", form), **options)
        assert answer.status_code == status, answer.text
        if form == "json":
            (entry,) = answer.json()
            assert entry["code"] == status
            seen.append(entry["description"])
        else:
            root = ElementTree.fromstring(answer.content)
            assert root.tag == "errors"
            assert root.findtext("error/code") == str(status)
            seen.append(root.findtext("error/description"))
    assert seen[0] == seen[1]
    return str(seen[0])


BAD_REPORTS: list[tuple[dict[str, str], int, str]] = [
    ({"service_code": ""}, 400, "service_code was not provided"),
    ({"service_code": "noise"}, 404, "service_code"),
    ({"lat": "", "long": ""}, 400, "place"),
    ({"lat": "north"}, 400, "numbers"),
    ({"lat": "nan"}, 400, "degrees"),
    ({"lat": "91"}, 400, "degrees"),
    ({"long": ""}, 400, "numbers"),
    ({"address_id": "R99"}, 400, "no such restaurant"),
    ({"jurisdiction_id": "nyc.gov"}, 404, "jurisdiction_id"),
    ({"description": "x" * 4_001}, 400, "4000"),
    ({"phone": "x" * 201}, 400, "200"),
    ({"description": "a\0b"}, 400, "NUL"),
    ({"media_url": "javascript:alert(1)"}, 400, "http"),
]


def test_reports_that_cannot_be(client: TestClient, connection: Connection) -> None:
    for changes, status, what in BAD_REPORTS:
        assert what in error(client, "POST", "/requests.FORMAT", status, data=FORM | changes)
    assert connection.execute("SELECT count(*) FROM complaint").fetchone() == (0,)


def test_without_a_key_nothing_is_taken_unless_it_is_public(
    closed: TestClient, make_token: MakeToken, connection: Connection
) -> None:
    reader = key_of(make_token("reader", "read"))
    of_a_town = key_of(make_token("town", "complaints:write", towns=[1]))
    for key in ("", "secret", reader, of_a_town):
        form = FORM | {"api_key": key}
        assert "api_key" in error(closed, "POST", "/requests.FORMAT", 403, data=form)
    assert "Bearer" in error(closed, "GET", "/services.FORMAT", 401)
    assert connection.execute("SELECT count(*) FROM complaint").fetchone() == (0,)


def test_a_token_is_a_key_and_its_name_is_on_the_record(
    closed: TestClient, make_token: MakeToken, connection: Connection
) -> None:
    hotline = make_token("hotline", "complaints:write")
    post(closed, api_key=key_of(hotline))
    answer = closed.post(f"{BASE}/requests.json", data=FORM, headers=hotline)
    assert answer.status_code == 200, answer.text
    rows = connection.execute(
        "SELECT actor FROM audit_event WHERE subject_kind = 'complaint' ORDER BY audit_event_id"
    ).fetchall()
    assert {row[0] for row in rows} == {"hotline"}


def key_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


NO_ANSWERS = [
    ("/services/noise.FORMAT", 404),
    ("/services.FORMAT?jurisdiction_id=nyc.gov", 404),
    ("/requests/99.FORMAT", 404),
    ("/requests/abc.FORMAT", 404),
    ("/requests/99999999999999999999999.FORMAT", 404),
    ("/tokens/nothing.FORMAT", 404),
    ("/requests.FORMAT?status=done", 400),
    ("/requests.FORMAT?start_date=yesterday", 400),
    ("/requests.FORMAT?start_date=2025-01-01T00:00:00Z&end_date=2025-06-01T00:00:00Z", 400),
    ("/requests.FORMAT?start_date=2025-02-01T00:00:00Z&end_date=2025-01-01T00:00:00Z", 400),
]


def test_questions_that_have_no_answer(client: TestClient) -> None:
    for path, status in NO_ANSWERS:
        assert error(client, "GET", path, status)


def test_filters_and_the_default_of_ninety_days(client: TestClient, clock: ManualClock) -> None:
    post(client)
    clock.advance_s(100 * 86_400)
    post(client)
    post(client, service_code="fume")

    def numbers(**parameters: str) -> list[str]:
        return [found["service_request_id"] for found in requests(client, **parameters)]

    assert numbers() == ["3", "2"]
    assert numbers(service_code="fume") == ["3"]
    assert numbers(service_code="fume,sewage_overflow", status="open,closed") == ["3", "2"]
    assert numbers(status="closed") == []
    assert numbers(service_request_id="1,3", status="closed") == ["3", "1"], "overrides the others"
    assert numbers(start_date="2026-01-01T00:00:00+08:00") == ["1"]
    assert numbers(end_date="2026-02-01T00:00:00Z") == ["1"]
    assert numbers(extensions="true") == ["3", "2"]


def test_the_state_of_its_ticket_is_that_of_the_request(
    client: TestClient, connection: Connection, acting: Acting
) -> None:
    post(client, address_id="R2")
    post(client, address_id="R2")
    opened = client.post("/api/v1/complaints/1/ticket", json={}, headers=acting("li", "clerk"))
    number = opened.json()["ticket_id"]
    (second, first) = requests(client)
    assert first["status"] == "open"
    assert first["status_notes"] == "待受理 waiting to be accepted"
    assert second["status_notes"] == "同一事项已受理 same matter as 1"
    connection.execute(
        "INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version,"
        " calendar_version, started_at, due_at, state, step)"
        " VALUES (%s, 'resolve', 1, 'minute', 1, '', '', now(), '2026-01-08T09:00Z', 'running', 0)",
        (number,),
    )
    connection.execute("UPDATE ticket SET state = 'closed' WHERE ticket_id = %s", (number,))
    (closed,) = requests(client, status="closed")
    assert closed["service_request_id"] == "1"
    assert closed["expected_datetime"] == "2026-01-08T09:00:00Z"
    assert closed["status_notes"].startswith("结案")


HOSTILE = [
    "]]><x/>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "\x01\x08\x0b\x1f\x7f",
    "\ufffe\uffff",
    "𝔘𝔫𝔦 🦠\u202e",
    "'\"&amp;&#0;",
    "a\r\nb\tc",
    "=cmd|' /C calc'!A0",
]


def test_hostile_text_stays_text(client: TestClient, clock: ManualClock) -> None:
    for text in HOSTILE:
        clock.advance_s(1)
        post(client, description=text, address_string=text)
        assert requests(client)[0]["description"] == text.strip()
        shown = xml(client, "/requests.xml").findtext("request/description") or ""
        levelled = text.strip().replace("\r\n", "\n")
        assert all(b in {a, "\ufffd"} for a, b in zip(levelled, shown, strict=True))
        assert "root:" not in shown
