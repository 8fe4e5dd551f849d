import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from alerts.claims.verification import differences_of, read_claim
from core.db import Connection
from tests.api.conftest import Acting, Get, problem
from tests.api.test_complaints import seed
from trapwatch.commands.claim import app as claim_command

CLAIM = "/api/v1/complaints/claim"
CLAIMS = "/api/v1/complaints/claims"
YEAR = {"baseline": "2024-01..2024-12", "period": "2025-04..2025-12"}


@pytest.fixture
def falling(connection: Connection) -> Connection:
    """Ten a month about R1 until its service began in 2025-03, then four; six about R4, always."""
    connection.execute("UPDATE device SET commissioned_at = NULL WHERE device_id = 5")
    for restaurant, before, after in ((1, 10, 4), (4, 6, 6)):
        connection.execute(
            "INSERT INTO complaint"
            "       (received_at, channel, category, restaurant_id, town_id, created_at)"
            " SELECT m + INTERVAL '9 days', '12345', 'odour', r.restaurant_id, r.town_id, now()"
            "   FROM generate_series('2024-01-01Z'::timestamptz, '2025-12-01Z', '1 month') AS m,"
            "        restaurant r,"
            "        generate_series(1, CASE WHEN m < '2025-03-01Z' THEN %s ELSE %s END)"
            "  WHERE r.restaurant_id = %s",
            (before, after, restaurant),
        )
    return connection


def test_a_claim_answers_with_all_that_is_needed_to_recompute_it(
    falling: Connection, client: TestClient
) -> None:
    answer = client.get(CLAIM, params=YEAR)
    assert answer.status_code == 200, answer.text
    claim = read_claim(answer.content)
    assert differences_of(claim) == []
    own = claim.figures.deduplicated
    assert (own.treated.base.count, own.treated.period.count) == (90, 36)
    assert own.treated.used == "exact"
    assert claim.verdict == "decreased"
    assert claim.may_print_percent
    assert own.comparison is not None
    assert (own.comparison.group.base.count, own.comparison.group.period.count) == (54, 54)
    assert claim.as_of.isoformat() == "2026-01-05T01:00:00+00:00"


def test_exposures_are_days_in_business_and_in_service(
    falling: Connection, client: TestClient
) -> None:
    """R1, R2, R3 are in service since March; R7 is suspended; R4, R5, R6 are not in service."""
    claim = read_claim(client.get(CLAIM, params=YEAR).content)
    assert claim.inputs.exposure_basis == "constant_before_register"
    assert claim.inputs.register_began_on is not None
    by_month = {month.month: month for month in claim.inputs.months}
    assert by_month["2024-02"].treated.site_days == 3 * 29
    assert by_month["2024-02"].treated.service_days == 0
    assert by_month["2025-04"].treated.service_days == 3 * 30
    assert by_month["2025-04"].comparison is not None
    assert by_month["2025-04"].comparison.site_days == 3 * 30
    assert (claim.inputs.treated_site_count, claim.inputs.comparison_site_count) == (3, 3)
    assert "exposure_assumed" in [caveat.code for caveat in claim.caveats]


def test_a_register_that_is_old_enough_counts_from_its_entries(
    falling: Connection, client: TestClient
) -> None:
    falling.execute("UPDATE restaurant SET created_at = '2023-05-01Z', updated_at = '2023-05-01Z'")
    falling.execute("UPDATE restaurant SET created_at = '2024-02-19Z' WHERE restaurant_id = 2")
    claim = read_claim(client.get(CLAIM, params=YEAR).content)
    assert claim.inputs.exposure_basis == "register_entry"
    days = {month.month: month.treated.site_days for month in claim.inputs.months}
    assert (days["2024-01"], days["2024-02"]) == (2 * 31, 2 * 29 + 11)


def test_business_that_stopped_and_began_again_is_known_from_the_trail(
    falling: Connection, client: TestClient
) -> None:
    for at, status in (("2025-05-10T16:00Z", "suspended"), ("2025-05-20T16:00Z", "open")):
        falling.execute(
            "INSERT INTO audit_event"
            "       (at, actor, action, subject_kind, subject_id, detail, canonical)"
            " VALUES (%s, 't', 'restaurant.changed', 'restaurant', '1',"
            "         jsonb_build_object('status', %s::text), '')",
            (at, status),
        )
    falling.execute(
        "UPDATE device SET status = 'retired', updated_at = '2025-06-15T16:00Z' WHERE device_id = 2"
    )
    claim = read_claim(client.get(CLAIM, params=YEAR).content)
    months = {month.month: month.treated for month in claim.inputs.months}
    assert (months["2025-05"].site_days, months["2025-05"].service_days) == (93 - 10, 93 - 10)
    assert (months["2025-06"].site_days, months["2025-06"].service_days) == (90, 60 + 15)
    assert claim.inputs.treated_site_count == 3, "who left later stays in the group"


def test_who_joins_within_the_period_is_in_neither_group(
    falling: Connection, client: TestClient
) -> None:
    falling.execute("UPDATE device SET commissioned_at = '2025-07-01Z' WHERE device_id = 1")
    claim = read_claim(client.get(CLAIM, params=YEAR).content)
    assert claim.inputs.joining_site_count == 1
    assert claim.figures.all.treated.period.count == 0
    assert sum(month.unassigned_count for month in claim.inputs.months) == 14 * 10 + 10 * 4


def test_towns_categories_and_the_whole_county(falling: Connection, client: TestClient) -> None:
    seed(falling, 5, "2024-06-10T00:00:00Z", category="cover", town=1)
    seed(falling, 7, "2024-06-10T00:00:00Z", category="fume", town=1)

    def base_counts(**asked: str) -> tuple[int, int | None]:
        answer = client.get(CLAIM, params=YEAR | {"treated": "all", "comparison": "none"} | asked)
        assert answer.status_code == 200, answer.text
        way = read_claim(answer.content).figures.all
        compared = way.comparison.group.base.count if way.comparison else None
        return way.treated.base.count, compared

    assert base_counts() == (90 + 54 + 5, None)
    assert base_counts(town="wt") == (95, None)
    assert base_counts(town="xt") == (54, None)
    assert base_counts(category="cover") == (5, None)
    assert base_counts(category="odour", comparison="other_categories") == (144, 5)
    assert base_counts(comparison="other_categories") == (149, 7)
    assert base_counts(treated="monitored", town="wt") == (90, None)


def test_rare_complaints_come_with_their_days(connection: Connection, client: TestClient) -> None:
    for month in range(1, 13):
        seed(connection, 2, f"2024-{month:02}-09T16:30:00Z")
    asked = YEAR | {"treated": "all", "comparison": "none"}
    claim = read_claim(client.get(CLAIM, params=asked).content)
    assert len(claim.inputs.complaint_days) == 24
    assert claim.inputs.complaint_days[0].isoformat() == "2024-01-10"
    assert claim.pauses is not None


@pytest.mark.parametrize(
    "change",
    [
        {"baseline": "2025-11", "period": "2025-12"},
        {"period": "2025-12..2026-01"},
        {"baseline": "2024"},
        {"town": "nowhere"},
        {"town": "ty"},
        {"category": "noise"},
        {"comparison": "last_month"},
        {"treated": "all"},
        {"treated": "monitored", "period": "2025-01"},
    ],
)
def test_claims_that_cannot_be_made(client: TestClient, change: dict[str, str]) -> None:
    problem(client.get(CLAIM, params=YEAR | change), 422)
    if "town" not in change:
        problem(client.post(CLAIMS, json=YEAR | change), 422)


def test_a_claim_is_frozen_and_revised_when_its_data_changed(
    falling: Connection, client: TestClient, get: Get, acting: Acting
) -> None:
    created = client.post(CLAIMS, json=YEAR, headers=acting("wang"))
    assert created.status_code == 201, created.text
    first = created.json()
    assert created.headers["location"] == f"{CLAIMS}/1"
    assert (first["revision"], first["is_latest"], first["created_by"]) == (1, True, "wang")
    problem(client.post(f"{CLAIMS}/1/revisions"), 409)
    seed(falling, 3, "2025-06-10T00:00:00Z")
    assert client.post(f"{CLAIMS}/1/revisions").status_code == 201
    assert client.post(f"{CLAIMS}/2/revisions").status_code == 409
    document = client.get(f"{CLAIMS}/1/document").content
    claim = read_claim(document)
    assert differences_of(claim) == []
    assert (claim.data_sha256, claim.document_sha256) == (
        first["data_sha256"],
        first["document_sha256"],
    )
    revised = get("/complaints/claims/2")
    assert (revised["first_claim_id"], revised["revision"]) == (1, 2)
    assert revised["data_sha256"] != first["data_sha256"]
    assert [row["claim_id"] for row in get("/complaints/claims")["items"]] == [2]
    every = get("/complaints/claims", all_revisions=True, limit=1)
    assert [row["claim_id"] for row in every["items"]] == [2]
    rest = get("/complaints/claims", all_revisions=True, after=every["next"])
    assert [(row["claim_id"], row["is_latest"]) for row in rest["items"]] == [(1, False)]
    assert get("/complaints/claims", verdict="increased")["items"] == []
    trail = falling.execute(
        "SELECT actor, action, subject_id FROM audit_event WHERE subject_kind = 'claim' ORDER BY 3"
    ).fetchall()
    assert trail == [("wang", "claim.saved", "1"), ("local", "claim.revised", "2")]
    for path in (f"{CLAIMS}/9", f"{CLAIMS}/9/document"):
        problem(client.get(path), 404)
    problem(client.post(f"{CLAIMS}/9/revisions"), 404)


def test_the_log_marks_trends_and_claims(falling: Connection, client: TestClient, get: Get) -> None:
    place = "/api/v1/complaints/intake-changes"
    order = {
        "at": "2025-03-01T00:00:00+08:00",
        "what": "12369 并入 12345",
        "source": "12345",
        "effect": "more",
    }
    created = client.post(place, json=order)
    assert created.status_code == 201, created.text
    entry = created.json()
    assert (entry["kind"], entry["author"], entry["at"]) == (
        "intake",
        "local",
        "2025-02-28T16:00:00Z",
    )
    assert client.get(created.headers["location"]).json() == entry
    assert get("/complaints/intake-changes")["items"] == [entry]
    assert get("/complaints/intake-changes", to="2025-02-28T16:00:00Z")["items"] == []
    assert get("/complaints/trend")["intake_changes"] == [entry]
    assert get("/complaints/trend", **{"from": "2025-04"})["intake_changes"] == []
    claim = read_claim(client.get(CLAIM, params=YEAR).content)
    assert "intake_change" in [caveat.code for caveat in claim.caveats]
    for bad in ({"effect": "none"}, {"at": "1969-01-01T00:00:00Z"}, {"what": ""}):
        problem(client.post(place, json=order | bad), 422)
    problem(client.get(f"{place}/9"), 404)


def test_the_command_makes_what_the_command_verifies(
    falling: Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    monkeypatch.setenv("TRAPWATCH_DATABASE__URL", database_url)
    file = tmp_path / "claim.json"
    asked = ["--baseline", "2024-01..2024-12", "--period", "2025-04..2025-12"]

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(claim_command, list(arguments))

    made = run("make", *asked, "-o", str(file))
    assert made.exit_code == 0, made.output
    assert "fell by 60 %" in made.output
    checked = run("verify", str(file), "--database", "--json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["verified"]
    seed(falling, 1, "2025-06-10T00:00:00Z")
    assert run("verify", str(file)).exit_code == 0
    stale = run("verify", str(file), "--database")
    assert stale.exit_code == 1
    assert "inputs.months[17].unassigned_count: 0 stated, 1 recomputed" in stale.output
    file.write_bytes(file.read_bytes().replace(b'"count":36', b'"count":37'))
    flipped = run("verify", str(file), "--json")
    assert flipped.exit_code == 1
    names = [one["at"] for one in json.loads(flipped.stdout)["differences"]]
    assert "figures.deduplicated.treated.period.count" in names
    file.write_bytes(b"{}")
    assert run("verify", str(file)).exit_code == 1
    assert run("verify", str(tmp_path / "none.json")).exit_code == 2
    assert run("make", *asked, "-o", str(file), "--comparison", "moon").exit_code == 2
    month = run("make", "--baseline", "2025-10", "--period", "2025-11", "-o", str(file))
    assert month.exit_code == 2
    assert "环比" in month.output
