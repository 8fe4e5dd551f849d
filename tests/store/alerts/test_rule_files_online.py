"""What the rule tests find in memory is what ingest, database and timers make of the same readings.

Of the rule tests in files, those cases that need nothing but readings of one trap and restarts.
"""

from pathlib import Path
from typing import Any

import pytest

from alerts.rule_tests.case import Case
from alerts.rule_tests.runner import Run, run
from alerts.rule_tests.scene import Scene
from alerts.rule_tests.suite import Suite, files_in, read_suite
from alerts.rule_tests.timeline import PLAIN, Moment, timeline
from alerts.rules.compiled import RuleInForce
from alerts.timers import latched_hold
from core.instant import MINUTE_US, SECOND_US, from_us, to_us
from core.reading import METRIC_BY_LABEL, METRIC_LABEL, Reading
from ingest.decoding import DecodedMessage
from ingest.delivery import Delivery
from tests.store.conftest import NOW_US, Ingest

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "tests" / "rules", ROOT / "alerts" / "rules" / "catalogue_tests"]
SUITES = [read_suite(path) for path in files_in(FOLDERS)]


def can_be_lived(suite: Suite, case: Case) -> bool:
    """Whether the database's register and rules are those of the test."""
    acts = {name for action in case.actions for name in action.model_fields_set} - {"at"}
    plain = all(
        series.trap is None and not series.tilt_baseline_deg and series.series.device == "D1"
        for series in case.input
    )
    own = set(suite.defaults.rules or ()) | set(case.rules or ())
    return plain and acts <= {"restart", "advance"} and bool(own) and own <= {
        "R01", "R02", "R16", "R17",
    }  # fmt: skip


CASES = [
    pytest.param(suite, case, id=case.name)
    for suite in SUITES
    for case in suite.cases
    if can_be_lived(suite, case)
]


def test_there_are_such_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_online_it_is_the_same(suite: Suite, case: Case, ingest: Ingest) -> None:
    case = case.model_copy(update={"start": from_us(NOW_US)})
    codes = case.rules or suite.defaults.rules or ()
    rules = [RuleInForce(n, 1, r) for n, r in enumerate(suite.rules, 1) if r.code in codes]
    expected = run(case, rules, suite.defaults, PLAIN)
    scene = Scene.of(case, suite.defaults)
    interval_s = scene.devices[1].report_interval_s
    ingest.connection.execute("UPDATE device SET report_interval_s = %s", (interval_s,))
    ingest.connection.execute("UPDATE rule SET enabled = code = ANY (%s)", (list(codes),))
    live(ingest, timeline(case, suite.defaults, scene, NOW_US))
    assert observed(ingest) == told(expected)


def live(ingest: Ingest, moments: dict[int, Moment]) -> None:
    """Let moments happen, with a timer that runs every minute, and at each of them."""
    now_us = NOW_US
    for offset_us, moment in moments.items():
        while now_us + MINUTE_US < NOW_US + offset_us:
            now_us += MINUTE_US
            pass_time(ingest, now_us)
        now_us = NOW_US + offset_us
        pass_time(ingest, now_us)
        if any(action.restart for action in moment.actions):
            ingest.restart()
        for batch in moment.batches:
            readings = [
                Reading("dev-1", METRIC_BY_LABEL[METRIC_LABEL[a.metric]], a.value, a.measured_at_us)
                for a in batch
            ]
            delivery = Delivery("trapwatch/v1/gw-1/up", b"{}", 1, 1, False, False, now_us, 1)
            ingest.settle(DecodedMessage(delivery, "gw-1", "native", readings))
        pass_time(ingest, now_us)


def pass_time(ingest: Ingest, now_us: int) -> None:
    ingest.clock.advance_s((now_us - ingest.clock.now_us()) / SECOND_US)
    with ingest.connection.transaction():
        latched_hold.run_once(ingest.connection, now_us)


def told(expected: Run) -> dict[str, list[Any]]:
    return {
        "episodes": [
            (e["rule"], e["started_at"], e["ended_at"], e["status"], e["severity"], e["reopened"])
            for e in expected.episodes
        ],
        "messages": [(n["at"] // SECOND_US, n["rule"], n["type"]) for n in expected.notifications],
        "tickets": [(t["state"], t["severity"], bool(t["flags"])) for t in expected.tickets[-1:]],
    }


def observed(ingest: Ingest) -> dict[str, list[Any]]:
    episodes = ingest.rows(
        "SELECT rule_code, started_at, ended_at, status, severity, reopen_count FROM alert"
        " ORDER BY started_at, rule_code"
    )
    return {
        "episodes": [
            (code, to_us(start) - NOW_US, None if end is None else to_us(end) - NOW_US, *rest)
            for code, start, end, *rest in episodes
        ],
        "messages": [
            ((to_us(at) - NOW_US) // SECOND_US, code, event_type)
            for at, code, event_type in ingest.rows(
                "SELECT m.created_at, a.rule_code, m.event_type FROM webhook_message m"
                " JOIN alert a ON m.subject_kind = 'alert' AND m.subject_id = a.alert_id::text"
                " ORDER BY 1, 2, m.webhook_message_id"
            )
        ],
        "tickets": ingest.rows("SELECT state, severity, sensor_cleared FROM ticket"),
    }
