"""The demo county in a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerts.rules.catalogue import load_catalogue
from alerts.rules.kinds import parse_parameters
from alerts.tickets.store import route
from core.clock import ManualClock
from core.db import Connection, connect
from core.errors import InvalidRequestError
from core.registry.store import select_devices
from core.settings import Settings
from simulators.county import make_county
from tests.webhooks import VARIABLES
from trapwatch.commands import simulate
from trapwatch.demo import seed

NOW_US = 1_767_574_800_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SETTINGS = Settings.from_env(VARIABLES)
TABLES = (
    *("town", "restaurant", "trap", "gateway", "device", "complaint", "rule_override"),
    *("unit", "unit_route"),
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def counts(connection: Connection) -> dict[str, int]:
    found = {}
    for table in (*TABLES, "webhook_endpoint"):
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - ours
        assert row is not None
        found[table] = row[0]
    return found


def test_the_whole_county_is_written_once(database_url: str, connection: Connection) -> None:
    clock = ManualClock(NOW_US)
    county = make_county()
    assert seed(database_url, SETTINGS, "http://127.0.0.1:9/hook", SECRET, clock=clock) is True
    first = counts(connection)
    assert first["restaurant"] == 3_000
    assert first["trap"] == len(county.traps)
    assert first["device"] == len(county.devices)
    assert first["rule_override"] == 2
    assert (first["unit"], first["unit_route"]) == (10, 10)
    assert route(connection, 1, "overflow") == f"{county.towns[0].code}-squad"
    assert route(connection, 2, "cover") == "drainage"
    assert first["webhook_endpoint"] == 1
    assert seed(database_url, SETTINGS, "http://127.0.0.1:9/hook", SECRET, clock=clock) is False
    assert counts(connection) == first

    covered = connection.execute(
        "SELECT avg((EXISTS (SELECT FROM trap JOIN device USING (trap_id)"
        "  WHERE trap.restaurant_id = restaurant.restaurant_id AND device.status = 'active'"
        "    AND commissioned_at IS NOT NULL))::int)"
        "  FROM restaurant WHERE needs_trap AND status = 'open'"
    ).fetchone()
    assert covered is not None
    assert float(covered[0]) == pytest.approx(0.99, abs=0.0005)


def test_the_register_has_what_the_simulator_plays(
    database_url: str, connection: Connection
) -> None:
    county = make_county(3, 200)
    seed(database_url, SETTINGS, county_seed=3, restaurants=200)
    traps = {trap.code: trap for trap in county.traps}
    devices = {device.uid: device for device in select_devices(connection)}
    assert devices.keys() == {device.uid for device in county.devices}
    for planned in county.devices:
        device = devices[planned.uid]
        assert device.trap is not None
        assert device.trap.code == planned.trap_code
        assert device.trap.cover_mm == traps[planned.trap_code].cover_mm
        assert device.mount_height_mm == planned.mount_height_mm
        assert device.report_interval_s == 300


def test_overrides_fit_the_rules(database_url: str, connection: Connection) -> None:
    seed(database_url, SETTINGS, restaurants=50)
    rules = {rule.code: rule for rule in load_catalogue()}
    rows = connection.execute("SELECT rule_code, scope, parameters FROM rule_override").fetchall()
    assert {(code, scope) for code, scope, _ in rows} == {("R02", "county"), ("R16", "county")}
    for code, _, parameters in rows:
        rule = rules[code]
        merged = parse_parameters(rule.kind, dict(rule.parameters) | parameters)
        assert merged.hold_s == 10  # type: ignore[union-attr]  # level and cover rules have one


def test_repeated_complaints_point_to_an_earlier_one(
    database_url: str, connection: Connection
) -> None:
    seed(database_url, SETTINGS, clock=ManualClock(NOW_US))
    row = connection.execute(
        "SELECT count(*), bool_and(original.received_at < again.received_at),"
        "       bool_and(again.received_at < to_timestamp_us(%s))"
        "  FROM complaint AS again"
        "  JOIN complaint AS original ON original.complaint_id = again.duplicate_of",
        (NOW_US,),
    ).fetchone()
    assert row is not None
    assert row[0] > 10
    assert row[1:] == (True, True)


def test_two_seeders_at_once_write_one_county(database_url: str, connection: Connection) -> None:
    with ThreadPoolExecutor(2) as pool:
        wrote = list(pool.map(lambda _: seed(database_url, SETTINGS, restaurants=100), range(2)))
    assert sorted(wrote) == [False, True]
    assert counts(connection)["restaurant"] == 100


def test_a_bad_receiver_leaves_nothing_behind(database_url: str, connection: Connection) -> None:
    with pytest.raises(InvalidRequestError):
        seed(database_url, SETTINGS, "http://127.0.0.1:9/", "not-a-secret", restaurants=50)
    assert counts(connection) == dict.fromkeys((*TABLES, "webhook_endpoint"), 0)


def test_the_seed_command_says_what_it_did(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAPWATCH_DATABASE__URL", database_url)
    simulate.seed()
    simulate.seed()
    said = capsys.readouterr().out.splitlines()
    assert said == ["county written", "there is a town already: nothing written"]
