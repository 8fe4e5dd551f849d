"""Endpoints of all kinds over HTTP: what each needs, what each shows."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from alerts.webhooks.protection import url_of
from core.db import Connection
from tests.api.conftest import Get, problem
from tests.webhooks import KEYRING, queue_message

DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
NIGHT = {"zone": "Asia/Shanghai", "windows": [{"from": "22:00", "to": "07:00"}]}
PLACE = "/api/v1/webhooks"


def create(client: TestClient, **order: Any) -> Any:
    created = client.post(PLACE, json=order)
    assert created.status_code == 201, created.text
    return created.json()


def test_a_robot_shows_neither_its_address_nor_its_sign_key(
    client: TestClient, get: Get, connection: Connection
) -> None:
    created = create(
        client, url=DINGTALK, kind="dingtalk", secret="SECtest", mention_mobiles=["13800000001"],
        quiet_hours=NIGHT, town_ids=[1], description="执法队群",
    )  # fmt: skip
    assert created["secret"] is None
    endpoint = created["endpoint"]
    assert endpoint["url"] == "https://oapi.dingtalk.com/***cdef"
    assert (endpoint["kind"], endpoint["audience"]) == ("dingtalk", "people")
    assert (endpoint["language"], endpoint["town_id"], endpoint["town_ids"]) == ("zh-CN", 1, [1])
    window = {"days": "mo-su", "from": "22:00", "to": "07:00"}
    assert endpoint["quiet_hours"] == {"zone": "Asia/Shanghai", "windows": [window]}
    trail = connection.execute("SELECT detail::text FROM audit_event").fetchall()
    for text in (str(created), str(get("/webhooks")), str(trail)):
        assert "SECtest" not in text
        assert "0123456789ab" not in text
    assert "13800000001" not in str(trail)


@pytest.mark.parametrize(
    ("url", "kind"), [(DINGTALK, "dingtalk"), ("http://127.0.0.1:9/hook", "standard")]
)
def test_an_endpoint_can_be_changed_without_knowing_its_address(
    client: TestClient, connection: Connection, url: str, kind: str
) -> None:
    endpoint = create(client, url=url, kind=kind)["endpoint"]
    shown, audience = endpoint["url"], endpoint["audience"]
    for order in ({"url": shown}, {}):
        changed = client.put(f"{PLACE}/1", json={**order, "severity_min": "red"}).json()
        assert (changed["kind"], changed["audience"]) == (kind, audience)
        assert (changed["url"], changed["severity_min"]) == (shown, "red")
        assert stored_url(connection) == url
    moved = url + "beef"
    assert client.put(f"{PLACE}/1", json={"url": moved}).status_code == 200
    assert stored_url(connection) == moved
    if kind != "standard":
        problem(client.put(f"{PLACE}/1", json={"url": shown}), 422)
        assert stored_url(connection) == moved


def stored_url(connection: Connection) -> str:
    row = connection.execute("SELECT url FROM webhook_endpoint").fetchone()
    assert row is not None
    return KEYRING.open(row[0], url_of(1))


def test_several_towns_and_the_older_way_to_name_one(client: TestClient, get: Get) -> None:
    url = "https://example.org/hook"
    several = create(client, url=url, town_ids=[1, 2])["endpoint"]
    assert (several["town_ids"], several["town_id"]) == ([1, 2], None)
    one = create(client, url=url, town_id=2)["endpoint"]
    assert (one["town_ids"], one["town_id"]) == ([2], 2)
    assert create(client, url=url)["endpoint"]["town_ids"] == []
    problem(client.post(PLACE, json={"url": url, "town_id": 1, "town_ids": [2]}), 422)
    problem(client.post(PLACE, json={"url": url, "town_ids": [1, 99]}), 422)


@pytest.mark.parametrize("kind", ["cloudevents", "alertmanager"])
def test_other_machines_have_a_secret_like_the_standard(client: TestClient, kind: str) -> None:
    created = create(client, url="https://example.org/hook", kind=kind)
    assert created["secret"].startswith("whsec_")
    assert created["endpoint"]["audience"] == "machine"


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "pigeon"},
        {"kind": "dingtalk"},
        {"url": DINGTALK, "kind": "dingtalk", "audience": "machine"},
        {"url": DINGTALK, "kind": "dingtalk", "secret": "钥"},
        {"url": DINGTALK, "kind": "dingtalk", "mention_mobiles": ["not a number"]},
        {"url": DINGTALK, "kind": "dingtalk", "mention_user_ids": ["<@all>"]},
        {"url": DINGTALK, "kind": "dingtalk", "quiet_hours": NIGHT | {"zone": "Mars"}},
        {"url": DINGTALK, "kind": "dingtalk", "quiet_hours": NIGHT | {"windows": []}},
        {"url": DINGTALK, "kind": "dingtalk",
         "quiet_hours": {"windows": [{"from": "24:00", "to": "07:00"}]}},
        {"url": DINGTALK, "kind": "dingtalk",
         "quiet_hours": {"windows": [{"from": "22:00", "to": "22:00"}]}},
        {"kind": "alertmanager", "event_types": ["ticket.created"]},
        {"quiet_hours": NIGHT},
        {"mention_user_ids": ["li"]},
        {"language": "fr"},
    ],
    ids=str,
)  # fmt: skip
def test_orders_that_cannot_be(client: TestClient, get: Get, order: dict[str, Any]) -> None:
    problem(client.post(PLACE, json={"url": "https://example.org/hook"} | order), 422)
    assert get("/webhooks")["items"] == []


def test_a_kind_stays(client: TestClient) -> None:
    create(client, url="https://example.org/hook")
    order = {"url": "https://example.org/hook", "kind": "cloudevents"}
    problem(client.put(f"{PLACE}/1", json=order), 422)


def test_a_merged_delivery_names_its_digest(
    client: TestClient, connection: Connection, get: Get
) -> None:
    create(client, url=DINGTALK, kind="dingtalk")
    member, digest = queue_message(connection, 1) + queue_message(connection, 1)
    connection.execute(
        "UPDATE webhook_delivery SET state = 'merged', next_attempt_at = NULL, merged_into = %s"
        " WHERE webhook_delivery_id = %s",
        (digest, member),
    )
    (shown,) = get("/webhooks/1/deliveries", state="merged")["items"]
    assert (shown["delivery_id"], shown["merged_into"]) == (member, digest)
    assert get("/webhooks/1/deliveries")["items"][0]["merged_into"] is None
    problem(client.post(f"/api/v1/webhook-deliveries/{member}/replay"), 409)


def test_a_robot_s_sign_key_is_replaced_but_never_shown(client: TestClient) -> None:
    create(client, url=DINGTALK, kind="dingtalk", secret="SECtest")
    place = f"{PLACE}/1/secret-rotation"
    problem(client.post(place, json={}), 422)
    for key in ("SECother", ""):
        rotated = client.post(place, json={"secret": key, "overlap_s": 60})
        assert rotated.status_code == 200, rotated.text
        assert rotated.json()["secret"] is None
        assert rotated.json()["endpoint"]["previous_secret_expires_at"] is None
