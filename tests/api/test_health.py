from fastapi.testclient import TestClient

from core.db import Connection


def test_ready_with_the_age_of_the_newest_heartbeat(
    client: TestClient, connection: Connection
) -> None:
    body = client.get("/readyz").json()
    assert body == {
        "ready": True,
        "problems": [],
        "ingest_heartbeat_age_s": None,
        "ingest_listening": False,
    }
    connection.execute(
        "INSERT INTO ingest_worker (client_id, listening_since, seen_at)"
        " VALUES ('w', '2026-01-05T00:00Z', '2026-01-05T00:59:48Z')"
    )
    body = client.get("/readyz").json()
    assert (body["ingest_heartbeat_age_s"], body["ingest_listening"]) == (12.0, True)


def test_not_ready_while_a_migration_is_missing(client: TestClient, connection: Connection) -> None:
    connection.execute("DELETE FROM schema_migration WHERE name LIKE '0006%'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "0006" in answer.json()["problems"][0]


def test_metrics_count_by_pattern_not_by_path(client: TestClient) -> None:
    client.get("/api/v1/alerts/1")
    client.get("/api/v1/alerts/99")
    client.get("/x/secret")
    text = client.get("/metrics").text
    labels = 'method="GET",route="/api/v1/alerts/{alert_id}"'
    assert f'trapwatch_http_requests_total{{{labels},status="200"}} 1.0' in text
    assert f'trapwatch_http_requests_total{{{labels},status="404"}} 1.0' in text
    assert "secret" not in text
    assert "process_resident_memory_bytes" in text
