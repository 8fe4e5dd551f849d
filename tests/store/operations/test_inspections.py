from datetime import UTC, datetime, timedelta

import pytest

from alerts.inspections import actions, store
from alerts.inspections.fullness import Dip
from alerts.inspections.store import Report
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import to_us

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
REPORT = Report(1, None, "王", NOW - HOUR, Dip(90, 400, 60), "")


def test_rules_are_given_fullness_and_since_when_it_is_known(register: Connection) -> None:
    number = actions.file_inspection(register, REPORT, "local", NOW)
    register.execute("UPDATE trap SET outlet_invert_mm = 500")
    (one,) = store.select_inspections(register, [1], NOW - HOUR, NOW)
    assert (one.inspection_id, one.inspected_us, one.filed_us, one.fullness_ratio) == (
        number, to_us(NOW - HOUR), to_us(NOW), 0.25,
    )  # fmt: skip
    assert store.select_inspections(register, [1], NOW - 2 * HOUR, NOW - HOUR) == []
    assert store.select_inspections(register, [2], NOW - HOUR, NOW) == []
    (audited,) = register.execute("SELECT action, subject_id, detail FROM audit_event")
    assert audited[:2] == ("inspection.filed", str(number))
    assert (audited[2]["dip"]["fog_mm"], audited[2]["depth_mm"]) == (90, 600)


def test_a_report_is_filed_once_at_a_trap_that_is(register: Connection) -> None:
    actions.file_inspection(register, REPORT, "local", NOW)
    with pytest.raises(ConflictError):
        actions.file_inspection(register, REPORT, "local", NOW)
    for wrong in (
        REPORT._replace(trap_id=9),
        REPORT._replace(job_id=9),
        REPORT._replace(dip=Dip(500, 400, 1)),
    ):
        with pytest.raises(InvalidRequestError):
            actions.file_inspection(register, wrong, "local", NOW)
    assert register.execute("SELECT count(*) FROM inspection").fetchone() == (1,)
