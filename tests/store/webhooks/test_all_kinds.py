"""One alert of a blockage reaches endpoints of all six kinds, each in its own form."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from alerts.timers import grouping
from alerts.webhooks import endpoints
from alerts.webhooks.kinds import KINDS, ROBOTS
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.outbox import put
from alerts.webhooks.outbox.messages import Message
from core.clock import ManualClock, SystemClock
from core.db import Connection
from core.instant import MINUTE_US, SECOND_US, from_us
from simulators.receiver import WebhookReceiver
from simulators.robot_server import RobotServer
from simulators.robots import Robot
from tests.relays import MakeRelay, connections, relay_makers
from tests.unit.alerts.webhooks.kinds.messages import SECRET, message
from tests.webhooks import PROTECTION

if TYPE_CHECKING:
    from core.clock import Clock

connection = pytest.fixture(connections)


@pytest.fixture
def clock() -> ManualClock:
    """The wall's time, which the reference library of the receivers' side goes by."""
    return ManualClock(SystemClock().now_us())


make_relay = pytest.fixture(relay_makers)
ROBOT_SECRETS = {"dingtalk": "SECtest", "wecom": None, "feishu": "signkey"}


class Everybody:
    """A receiver of each kind, with its endpoint."""

    def __init__(self, connection: Connection, clock: "Clock", stack: ExitStack) -> None:
        self.machines: dict[str, WebhookReceiver] = {}
        self.robots: dict[str, RobotServer] = {}
        for kind in KINDS:
            if kind in ROBOTS:
                secret = ROBOT_SECRETS[kind]
                robot = stack.enter_context(RobotServer(Robot(kind, secret=secret), clock=clock))
                self.robots[kind] = robot
                fields = EndpointFields(robot.url, audience="people", kind=kind)
            else:
                secret = SECRET
                machine = stack.enter_context(WebhookReceiver(SECRET, clock=clock))
                self.machines[kind] = machine
                fields = EndpointFields(machine.url, kind=kind)
            endpoints.create_endpoint(
                connection, fields, secret=secret, random_bytes=bytes(32), protection=PROTECTION,
                actor="li", now=clock.now(),
            )  # fmt: skip


@pytest.fixture
def everybody(connection: Connection, clock: ManualClock) -> Iterator[Everybody]:
    with ExitStack() as stack:
        yield Everybody(connection, clock, stack)


def tell(connection: Connection, clock: ManualClock, body: bytes) -> None:
    event_type = json.loads(body)["type"]
    kind = event_type.split(".")[0]
    told = Message(event_type, kind, "17", 1, None, "orange", body, "R03")
    with connection.transaction():
        put(connection, [told], clock.now())


def deliver(connection: Connection, clock: ManualClock, make_relay: MakeRelay) -> int:
    """Let people's half minute pass, and whatever Feishu does not like; send."""
    clock.advance_s(45)
    if clock.now_us() % (30 * MINUTE_US) < 15 * SECOND_US:  # the wall says whatever it says
        clock.advance_s(15)
    with connection.transaction():
        grouping.run_once(connection, clock.now_us())
    return make_relay().run_once()


def bodies(everybody: Everybody) -> dict[str, Any]:
    return {
        kind: one.json()
        for kind, receiver in everybody.machines.items()
        for one in receiver.deliveries
    }


def test_a_blockage_reaches_all_six(
    connection: Connection, everybody: Everybody, clock: ManualClock, make_relay: MakeRelay
) -> None:
    tell(connection, clock, message())
    assert deliver(connection, clock, make_relay) == 6
    for machine in everybody.machines.values():
        (got,) = machine.deliveries
        assert got.problem is None
        Webhook(SECRET).verify(got.body, got.headers)
    seen = bodies(everybody)
    assert seen["standard"] == json.loads(message())
    assert seen["cloudevents"]["data"] == seen["standard"]["data"]
    assert seen["alertmanager"]["alerts"][0]["labels"]["alertname"] == "R03"
    for robot in everybody.robots.values():
        (call,) = robot.calls
        assert call.is_accepted, call.answer
        assert "疑似堵塞" in call.body.decode()
    rows = connection.execute("SELECT state, count(*) FROM webhook_delivery GROUP BY 1").fetchall()
    assert rows == [("ok", 6)]


def test_a_ticket_reaches_all_that_have_a_form_for_it(
    connection: Connection, everybody: Everybody, clock: ManualClock, make_relay: MakeRelay
) -> None:
    data = {"ticket_id": 9, "seq": 1, "state": "new", "problem": "blockage", "severity": "orange"}
    tell(connection, clock, message("ticket.created", data))
    assert deliver(connection, clock, make_relay) == 5
    assert everybody.machines["alertmanager"].deliveries == []


def test_the_test_button_reaches_all_six(
    connection: Connection, everybody: Everybody, clock: ManualClock, make_relay: MakeRelay
) -> None:
    for endpoint in endpoints.list_endpoints(connection):
        endpoints.send_test(
            connection, endpoint.endpoint_id, random_bytes=bytes([endpoint.endpoint_id]) * 16,
            actor="li", now=clock.now(),
        )  # fmt: skip
    assert deliver(connection, clock, make_relay) == 6
    assert all(robot.calls[0].is_accepted for robot in everybody.robots.values())
    assert bodies(everybody)["cloudevents"]["type"] == "io.trapwatch.webhook.test"


@pytest.mark.parametrize(
    ("town_ids", "count"), [((), 2), ((1,), 1), ((1, 2), 2), ((3,), 0)], ids=str
)
def test_messages_of_several_towns(
    register: Connection, town_ids: tuple[int, ...], count: int
) -> None:
    register.execute(
        "INSERT INTO town (code, name, name_en) VALUES ('b', '乙镇', 'B'), ('c', '丙镇', 'C')"
    )
    now = from_us(1_767_574_800_000_000)
    endpoints.create_endpoint(
        register, EndpointFields("http://127.0.0.1:9/", town_ids=town_ids), secret=None,
        random_bytes=bytes(32), protection=PROTECTION, actor="li", now=now,
    )  # fmt: skip
    told = [
        Message("alert.fired", "alert", str(town), 1, town, "orange", message(), "R03")
        for town in (1, 2)
    ]
    with register.transaction():
        put(register, told, now)
    assert register.execute("SELECT count(*) FROM webhook_delivery").fetchone() == (count,)
