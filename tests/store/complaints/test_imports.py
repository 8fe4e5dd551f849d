"""The samples, as they are exported, into the database."""

from typing import Any

import pytest

from core.db import Connection
from core.errors import InvalidRequestError
from tests.store.complaints.conftest import Load


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def test_an_nyc_export(county: Connection, load: Load) -> None:
    report = load("nyc311.csv")
    assert report.profile == "nyc311"
    assert report.counts() == {
        "read": 11,
        "new": 7,
        "known": 0,
        "updated": 0,
        "skipped": 1,
        "bad": 3,
    }
    assert report.skipped_types == {"Noise - Residential": 1}
    bad = [(f.line, f.column, f.value) for f in report.findings if f.is_bad]
    assert bad == [
        (10, "created_date", "2024-02-30 01:00"),
        (10, "latitude", "north"),
        (12, "unique_key", ""),
        (13, None, "60100010"),
    ]
    remarks = {(f.line, f.column): f.reason for f in report.findings if not f.is_bad}
    assert "exists twice" in remarks[8, "created_date"]
    assert "does not exist" in remarks[9, "created_date"]
    assert "left out" in remarks[11, "closed_date"]
    stored = rows(
        county,
        "SELECT external_ref, category, received_at::text, c.status, register_no, match_state,"
        " duplicate_of, w.code FROM complaint c LEFT JOIN restaurant r USING (restaurant_id)"
        " LEFT JOIN town w ON w.town_id = c.town_id"
        " ORDER BY external_ref",
    )
    assert stored[0] == (
        *("60100001", "sewer_blockage", "2024-02-01 04:59:00+00", "closed"),
        *("R2", "automatic", None, "bk"),
    )
    categories = {row[0]: row[1] for row in stored}
    assert categories["60100003"] == "dumping"
    assert categories["60100005"] == "fume"
    assert categories["60100006"] == "odour"
    assert categories["60100007"] == "sewage_overflow"
    repeated = {row[0]: row[6] for row in stored}
    assert repeated["60100002"] is not None, "the same drain, the next morning"
    assert repeated["60100005"] is None, "fume is never one matter with sewage"
    payload, note = rows(
        county, "SELECT payload, status_note FROM complaint ORDER BY external_ref"
    )[0]
    assert payload["agency"] == "DEP"
    assert note.endswith('say "sewer".')


def test_importing_twice_changes_nothing(county: Connection, load: Load) -> None:
    load("nyc311.csv")
    before = rows(county, "SELECT * FROM complaint ORDER BY complaint_id")
    again = load("nyc311.csv")
    assert (again.new, again.known, again.updated) == (0, 7, 0)
    assert rows(county, "SELECT * FROM complaint ORDER BY complaint_id") == before


def test_a_dry_run_reports_the_same_and_leaves_nothing(county: Connection, load: Load) -> None:
    dry = load("nyc311.csv", is_dry_run=True)
    counts = (
        "SELECT (SELECT count(*) FROM complaint) + (SELECT count(*) FROM complaint_import)"
        " + (SELECT count(*) FROM complaint_import_finding) + (SELECT count(*) FROM audit_event)"
    )
    assert rows(county, counts) == [(0,)]
    real = load("nyc311.csv")
    assert dry.counts() == real.counts()
    assert dry.findings == real.findings
    assert (dry.matched, dry.duplicates) == (real.matched, real.duplicates)
    assert dry.import_id is None
    found = rows(
        county,
        "SELECT line, column_name, value, reason, is_bad FROM complaint_import_finding"
        " ORDER BY place",
    )
    assert found == [tuple(finding) for finding in real.findings]


def test_strict_refuses_the_whole_file(county: Connection, load: Load) -> None:
    report = load("nyc311.csv", is_strict=True)
    assert (report.is_refused, report.bad) == (True, 3)
    assert rows(county, "SELECT count(*) FROM complaint") == [(0,)]
    assert not load("calgary311-titles.csv", is_strict=True).is_refused


@pytest.mark.parametrize("name", ["nyc311-2026.csv", "nyc311-api.csv.gz"])
def test_new_names_of_columns_and_descriptors(county: Connection, load: Load, name: str) -> None:
    report = load(name)
    assert (report.profile, report.new, report.bad) == ("nyc311", 2, 0)
    found = rows(
        county,
        "SELECT category, status, description, restaurant_id FROM complaint ORDER BY external_ref",
    )
    assert found[0] == ("sewer_blockage", "open", "Backup\nGrease from restaurant next door", 2)
    assert found[1][:2] == ("sewer_blockage", "closed")


def test_a_calgary_export(county: Connection, load: Load) -> None:
    report = load("calgary311.csv")
    assert (report.profile, report.new, report.skipped, report.bad) == ("calgary311", 3, 1, 1)
    bad = [(f.line, f.column) for f in report.findings if f.is_bad]
    assert bad == [(6, "requested_date"), (6, "latitude")]
    found = rows(
        county,
        "SELECT external_ref, c.received_at::text, status, closed_at IS NOT NULL, w.code,"
        " is_position_area, match_state, duplicate_of FROM complaint c"
        " LEFT JOIN town w USING (town_id) ORDER BY external_ref",
    )
    midnight = "2026-03-10 06:00:00+00"
    assert found[0] == ("26-00152823", midnight, "open", False, "HIL", True, "none", None)
    assert found[1] == ("26-00152824", midnight, "closed", True, "HIL", True, "none", None)
    assert found[2][4] is None, "no community: it counts in the county alone"


def test_a_calgary_export_with_titles(county: Connection, load: Load) -> None:
    report = load("calgary311-titles.csv")
    assert (report.profile, report.new, report.bad) == ("calgary311", 1, 0)


def test_a_hotline_export(county: Connection, load: Load) -> None:
    report = load("12345.csv")
    assert (report.encoding, report.profile) == ("gb18030", "12345")
    assert (report.new, report.skipped, report.bad) == (3, 1, 1)
    bad = [(f.line, f.column, f.value) for f in report.findings if f.is_bad]
    assert bad == [(7, "受理时间", "昨天下午"), (7, "纬度", "0, 0")]
    found = rows(
        county,
        "SELECT external_ref, category, channel, received_at::text, restaurant_id, match_state,"
        " duplicate_of, round(lon_deg::numeric, 5), round(lat_deg::numeric, 5) FROM complaint"
        " ORDER BY external_ref",
    )
    assert found[0][1:6] == ("sewage_overflow", "电话", "2026-01-04 03:02:33+00", 1, "automatic")
    assert [float(degrees) for degrees in found[0][7:]] == [120.92, 30.83], (
        "GCJ-02 is stored as WGS84"
    )
    assert found[1][1:6] == ("sewer_blockage", "wechat", "2026-01-04 05:20:00+00", 1, "automatic")
    assert found[2][1] == "fume"
    people = rows(county, "SELECT name, phone FROM complaint_reporter ORDER BY complaint_id")
    assert people == [("张某", "13800000001"), ("李某", "13800000002"), ("王某", None)]
    assert "1380000" not in str(rows(county, "SELECT c FROM complaint c"))


def test_our_own_template(county: Connection, load: Load) -> None:
    report = load("own.csv")
    assert (report.profile, report.new, report.bad) == ("own", 2, 1)
    bad = [(f.line, f.column) for f in report.findings if f.is_bad]
    assert bad == [(4, "category")]
    states = rows(county, "SELECT match_state, restaurant_id FROM complaint ORDER BY complaint_id")
    assert states == [("given", 1), ("automatic", 1)]


def test_a_later_export_changes_the_status_alone(county: Connection, load: Load) -> None:
    load("nyc311.csv")
    county.execute(
        "UPDATE complaint SET status = 'open', closed_at = NULL, description = 'ours'"
        " WHERE external_ref = '60100001'"
    )
    again = load("nyc311.csv")
    assert (again.known, again.updated) == (6, 1)
    assert rows(
        county, "SELECT status, description FROM complaint WHERE external_ref = '60100001'"
    ) == [("closed", "ours")]
    (audited,) = rows(
        county,
        "SELECT actor, detail->>'to' FROM audit_event WHERE action = 'complaint.status_changed'",
    )
    assert audited == ("clerk", "closed")


def test_a_file_of_no_known_kind(county: Connection, load: Load) -> None:
    with pytest.raises(InvalidRequestError, match="no column for external_ref"):
        load("own.csv", profile="nyc311")
    with pytest.raises(InvalidRequestError, match="there is no town"):
        load("own.csv", town_code="nowhere")
    assert rows(county, "SELECT count(*) FROM complaint_import") == [(0,)]
