"""A backtest on what the database has is the replay of the history that was put there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.backtests.comparison import Occurrence
from alerts.backtests.run import run, select_recorded
from alerts.replays.county import replay_county
from alerts.rules.rulebook import RuleBook
from alerts.seed import seed_rules
from alerts.store import select_rules
from core.db import Connection, connect
from core.errors import InvalidRequestError
from core.instant import DAY_US, from_us
from scoring.simulated_past import past_of
from simulators.history import SimulatedHistory, simulate
from simulators.reporting import Reporting
from tests.store.histories import BUSY, as_stored, put_down
from trapwatch.commands.rules import app


#: Its 14 days begin on 2026-03-09, local time.
@pytest.fixture(scope="module")
def history() -> SimulatedHistory:
    return simulate(5, 10, 14, Reporting.named("20min"), rates=BUSY)


@pytest.fixture
def stored(database_url: str, history: SimulatedHistory) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as connection:
        seed_rules(connection, from_us(history.start_us))
        put_down(connection, history)
        yield connection


@pytest.fixture
def span_us(history: SimulatedHistory) -> tuple[int, int]:
    """The days from the fourth to the twelfth."""
    return history.start_us + 3 * DAY_US, history.start_us + 12 * DAY_US - 1


def expected(
    connection: Connection, history: SimulatedHistory, span_us: tuple[int, int]
) -> list[Occurrence]:
    past = as_stored(connection, past_of(replace(history, end_us=span_us[1]), 1_200))
    rulebook = RuleBook(select_rules(connection))
    for device in past.registry:
        rulebook.put(device)
    found = map(Occurrence.of_episode, replay_county(rulebook, past))
    return [o for o in found if span_us[0] <= o.fired_us <= span_us[1]]


def test_rules_in_force_raise_what_the_replay_of_the_history_raises(
    stored: Connection, history: SimulatedHistory, span_us: tuple[int, int]
) -> None:
    rulebook = RuleBook(select_rules(stored))
    found = run(stored, {"in force": rulebook}, span_us)
    assert found.device_count == 10
    raised = found.by_side["in force"]
    assert len({o.rule_code for o in raised}) >= 8, "the history has something for many rules"
    assert sorted(raised) == sorted(expected(stored, history, span_us))


def test_one_trap_is_judged_with_its_neighbours_but_reported_alone(
    stored: Connection, history: SimulatedHistory, span_us: tuple[int, int]
) -> None:
    everything = expected(stored, history, span_us)
    code = next(o.trap_code for o in everything if o.trap_code is not None)
    found = run(stored, {"in force": RuleBook(select_rules(stored))}, span_us, {code})
    assert sorted(found.by_side["in force"]) == sorted(o for o in everything if o.trap_code == code)


def test_an_unknown_trap_is_refused(stored: Connection, span_us: tuple[int, int]) -> None:
    with pytest.raises(InvalidRequestError, match="no device in service on trap NOPE"):
        run(stored, {"in force": RuleBook()}, span_us, {"NOPE"})


def test_the_command_compares_a_candidate_with_the_rule_in_force(
    stored: Connection,
    history: SimulatedHistory,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRAPWATCH_DATABASE__URL", database_url)
    rule = next(r.definition for r in select_rules(stored) if r.definition.code == "R01")
    never = rule.model_copy(update={"parameters": {**rule.parameters, "hold_s": 14 * 86_400.0}})
    (tmp_path / "r01.yaml").write_text(never.model_dump_json(), "utf-8")
    report = tmp_path / "report.json"
    days = ["--from", "2026-03-12", "--to", "2026-03-20"]
    arguments = ["backtest", *days, str(tmp_path / "r01.yaml"), "--json", str(report)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    sides = json.loads(report.read_text("utf-8"))
    in_force = [o for o in sides["in force"] if o["rule"] == "R01"]
    others = [o for o in sides["in force"] if o["rule"] != "R01"]
    assert sides["recorded"] == []
    assert in_force
    assert [o for o in sides["candidate"] if o["rule"] != "R01"] == others
    assert [o for o in sides["candidate"] if o["rule"] == "R01"] == []
    assert f"in force and candidate differ in {len(in_force)} alerts" in result.output
    assert f"R01   in force  {len(in_force):>7}" in result.output


def test_without_a_candidate_the_records_are_compared(
    stored: Connection, history: SimulatedHistory, span_us: tuple[int, int]
) -> None:
    told = next(
        o for o in expected(stored, history, span_us) if o.is_told and o.trap_code and o.ended_us
    )
    rule = next(r for r in select_rules(stored) if r.definition.code == told.rule_code)
    stored.execute(
        b"INSERT INTO alert (dedup_key, rule_id, rule_code, severity, trap_id, status, started_at,"
        b" fired_at, opened_at, ended_at, settled_at, value, peak_value, threshold, seq,"
        b" notified_at) SELECT %s, %s, %s, %s, trap_id, 'resolved', %s, %s, now(), %s, now(),"
        b" 0, 0, '{}', 1, now() FROM trap WHERE code = %s",
        (
            f"{told.rule_code}:{told.subject}", rule.rule_id, told.rule_code, told.severity,
            from_us(told.fired_us), from_us(told.fired_us), from_us(told.until_us), told.trap_code,
        ),
    )  # fmt: skip
    assert select_recorded(stored, span_us) == [told]
    assert select_recorded(stored, span_us, {told.trap_code or ""}) == [told]
    assert select_recorded(stored, span_us, {"another"}) == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--from", "yesterday", "--to", "2026-03-20"], "--from: a day such as 2026-03-01"),
        (["--from", "2026-03-12", "--to", "2026-03-32"], "--to: a day such as 2026-03-01"),
        (["--from", "2026-03-12", "--to", "2026-03-11"], "a day before --to"),
        (["--from", "2099-03-12", "--to", "2099-03-13"], "not in the future"),
    ],
)
def test_a_stretch_of_time_that_is_none_is_refused(options: list[str], complaint: str) -> None:
    result = CliRunner().invoke(app, ["backtest", *options])
    assert result.exit_code == 2
    assert complaint in result.output
