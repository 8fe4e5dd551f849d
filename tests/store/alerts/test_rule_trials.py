"""Trials of rules: what they find, and that one whose process dies is carried out by another."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from alerts.rule_trials import actions, desk, store
from alerts.rule_trials.desk import ATTEMPT_COUNT_MAX, SILENT, TrialDesk
from alerts.rule_trials.history import with_county
from alerts.rule_trials.model import BacktestReport, RuleTestReport
from alerts.rules.rulebook import Override, RuleBook
from alerts.seed import seed_rules
from alerts.store import select_rules
from core.backoff import Backoff
from core.clock import ManualClock
from core.database_link import DatabaseLink
from core.db import Connection, connect
from core.errors import ConflictError
from core.instant import DAY_US, from_us
from core.log import get_logger
from simulators.history import SimulatedHistory, simulate
from simulators.reporting import Reporting
from tests.store.conftest import NOW_US
from tests.store.histories import BUSY, put_down

STATES = b"SELECT state, attempt_count, problem FROM rule_trial ORDER BY rule_trial_id"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_US)


@pytest.fixture
def rules(database_url: str) -> Iterator[Connection]:
    """The shipped rules in force, and nothing else."""
    with connect(database_url, "test", autocommit=True) as connection:
        seed_rules(connection, from_us(NOW_US))
        yield connection


@pytest.fixture
def trials(database_url: str, clock: ManualClock) -> TrialDesk:
    return a_desk(database_url, clock)


def a_desk(url: str, clock: ManualClock) -> TrialDesk:
    log = get_logger("test")
    return TrialDesk(DatabaseLink(url, "test", backoff=Backoff(1.0, lambda: 0.0), log=log), clock)


def ask(
    connection: Connection,
    kind: str = "test",
    code: str = "R01",
    candidate: Mapping[str, object] | None = None,
) -> int:
    with connection.transaction():
        return actions.ask(
            connection,
            code,
            "test" if kind == "test" else "backtest",
            days=None if kind == "test" else 7,
            candidate=candidate or {},
            actor="li",
            now=from_us(NOW_US),
        )


def report(connection: Connection, trial_id: int) -> object:
    query = b"SELECT report FROM rule_trial WHERE rule_trial_id = %s"
    row = connection.execute(query, (trial_id,)).fetchone()
    assert row is not None
    return row[0]


def found_by(connection: Connection, trial_id: int) -> RuleTestReport:
    return RuleTestReport.model_validate(report(connection, trial_id))


def test_shipped_tests_pass_with_the_shipped_numbers(rules: Connection, trials: TrialDesk) -> None:
    for code in ("R01", "R02", "R16", "R17"):
        trial_id = ask(rules, code=code)
        assert trials.run_once(rules)
        found = found_by(rules, trial_id)
        assert len(found.tests) > 2
        assert all(test.passed for test in found.tests)
    assert not trials.run_once(rules)


def test_other_numbers_fail_the_tests_that_say_otherwise(
    rules: Connection, trials: TrialDesk
) -> None:
    candidate = ask(rules, candidate={"hold_s": 1_200})
    trials.run_once(rules)
    rules.execute(
        "INSERT INTO rule_override (rule_code, scope, scope_ref, parameters, reason, created_at)"
        " VALUES ('R01', 'county', '', '{\"hold_s\": 1200}', '', now())"
    )
    in_force = ask(rules)
    trials.run_once(rules)
    for trial_id in (candidate, in_force):
        found = found_by(rules, trial_id)
        failed = next(test for test in found.tests if not test.passed)
        assert any(not line.is_equal for one in failed.differences for line in one.lines)
    assert found_by(rules, candidate).candidate == {"hold_s": 1_200}
    assert found_by(rules, candidate).parameters["hold_s"] == 600
    assert found_by(rules, in_force).parameters["hold_s"] == 1_200


def test_a_rule_without_tests_and_one_that_is_gone(rules: Connection, trials: TrialDesk) -> None:
    empty = ask(rules, code="R05")
    trials.run_once(rules)
    assert found_by(rules, empty).tests == ()
    ask(rules, code="R99")
    trials.run_once(rules)
    assert rules.execute(STATES).fetchall()[1] == ("failed", 1, "rule R99 is no longer in force")


def test_one_of_a_kind_at_a_time_and_the_newest_are_kept(
    rules: Connection, trials: TrialDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "TRIAL_COUNT_MAX", 2)
    ask(rules)
    with pytest.raises(ConflictError, match="a test of R01 is not over yet"):
        ask(rules)
    ask(rules, code="R02")
    while trials.run_once(rules):
        pass
    backtest = ask(rules, "backtest")
    claimed = store.claim_trial(rules, clock.now(), clock.now() - SILENT, ATTEMPT_COUNT_MAX)
    assert claimed is not None
    for _ in range(actions.TRIAL_COUNT_MAX + 3):
        ask(rules)
        trials.run_once(rules)
    rows = rules.execute("SELECT rule_code, count(*) FROM rule_trial GROUP BY 1").fetchall()
    assert sorted(rows) == [("R01", actions.TRIAL_COUNT_MAX + 1), ("R02", 1)]
    assert claimed.rule_trial_id == backtest
    assert report(rules, backtest) is None, "the one that is running is not forgotten"
    (acts,) = rules.execute(
        "SELECT count(*) FROM audit_event WHERE subject_kind = 'rule' AND subject_id = 'R01'"
    )
    assert acts == (actions.TRIAL_COUNT_MAX + 5,)


def test_one_whose_process_died_is_carried_out_by_another_but_not_for_ever(
    rules: Connection, trials: TrialDesk, clock: ManualClock
) -> None:
    ask(rules)

    def left_behind() -> bool:
        """Claim it and die."""
        return (
            store.claim_trial(rules, clock.now(), clock.now() - SILENT, ATTEMPT_COUNT_MAX)
            is not None
        )

    assert left_behind()
    assert not trials.run_once(rules), "its process may be alive"
    clock.advance_s(SILENT.total_seconds() + 1)
    assert trials.run_once(rules)
    assert rules.execute(STATES).fetchall() == [("done", 2, None)]
    ask(rules)
    for _ in range(ATTEMPT_COUNT_MAX):
        assert left_behind()
        clock.advance_s(SILENT.total_seconds() + 1)
    assert not trials.run_once(rules)
    assert rules.execute(STATES).fetchall()[1] == (
        "failed",
        2,
        "its process ended 2 times while at it",
    )


def test_two_desks_do_not_take_the_same(
    rules: Connection, trials: TrialDesk, clock: ManualClock, database_url: str
) -> None:
    first, second = ask(rules), ask(rules, code="R02")
    with connect(database_url, "other") as other:
        claimed = store.claim_trial(other, clock.now(), clock.now() - SILENT, ATTEMPT_COUNT_MAX)
        assert claimed is not None
        assert claimed.rule_trial_id == first
        assert trials.run_once(rules)
        assert found_by(rules, second).tests
        other.rollback()
    assert trials.run_once(rules)
    assert found_by(rules, first).tests


@pytest.fixture(scope="module")
def history() -> SimulatedHistory:
    return simulate(5, 10, 14, Reporting.named("20min"), rates=BUSY)


@pytest.fixture
def past(rules: Connection, history: SimulatedHistory, clock: ManualClock) -> Connection:
    """Fourteen days of ten traps; now is at their end."""
    put_down(rules, history)
    clock.advance_s((history.start_us + 14 * DAY_US - clock.now_us()) / 1e6)
    return rules


def backtest(connection: Connection, trials: TrialDesk, **candidate: object) -> BacktestReport:
    trial_id = ask(connection, "backtest", candidate=candidate)
    assert trials.run_once(connection)
    return BacktestReport.model_validate(report(connection, trial_id))


def test_history_is_compared_with_the_records_or_with_a_candidate(
    past: Connection, trials: TrialDesk, clock: ManualClock
) -> None:
    found = backtest(past, trials)
    assert (found.before_side, found.after_side) == ("recorded", "in_force")
    assert (found.device_count, found.before_count) == (10, 0), "the history was put there"
    assert found.after_count == found.difference_count > 0
    assert sum(day.after for day in found.days) == found.after_count
    assert found.ends_at - found.starts_at == timedelta(days=7)
    assert found.ends_at == clock.now()
    never = backtest(past, trials, hold_s=14 * 86_400)
    assert (never.before_side, never.after_side) == ("in_force", "candidate")
    assert (never.before_count, never.after_count) == (found.after_count, 0)
    assert all(one.before is not None and one.after is None for one in never.differences)
    same = backtest(past, trials, hold_s=600)
    assert same.difference_count == 0


def test_too_much_history_is_said_and_a_stop_leaves_it_to_another(
    past: Connection, trials: TrialDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.backtests.run._DEVICES_AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(desk, "SECONDS_MAX", -1.0)
        ask(past, "backtest")
        assert trials.run_once(past)
    ((state, _, problem),) = past.execute(STATES)
    assert state == "failed"
    assert "ask for fewer days" in problem
    trial_id = ask(past, "backtest")
    trials._thread._stop.set()  # as close() does, while it is at it
    assert not trials.run_once(past)
    row = past.execute(
        "SELECT state, attempt_count FROM rule_trial WHERE rule_trial_id = %s", (trial_id,)
    ).fetchone()
    assert row == ("queued", 0)


def test_numbers_of_the_county_come_before_a_candidates(rules: Connection) -> None:
    rule = next(one for one in select_rules(rules) if one.definition.code == "R01")
    overrides = [
        Override("R01", "county", "", {"hold_s": 900, "samples_min": 3}),
        Override("R01", "town", "wt", {"hold_s": 60}),
        Override("R02", "county", "", {"hold_s": 5}),
    ]
    tried = with_county(overrides, "R01", {"hold_s": 1_200})
    assert RuleBook([rule], tried).county_parameters(rule) == rule.definition.parameters | {
        "hold_s": 1_200,
        "samples_min": 3,
    }
    assert {(o.rule_code, o.scope) for o in tried} == {(o.rule_code, o.scope) for o in overrides}
