"""Evidence packs over HTTP; alert 2 and ticket 1 of the county belong together."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from alerts.evidence.blobs import BlobDir
from alerts.evidence.keys import make_key
from api.dependencies import Services
from core.db import Connection
from tests.api.conftest import Acting, Get, problem
from tests.verifier import load_verifier

PATH = "/api/v1/exports/evidence"
VERIFIER = load_verifier()


@pytest.fixture
def signing(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    services: Services = app.state.services
    evidence = services.settings.evidence.model_copy(
        update={
            "signing_key": SecretStr(make_key()),
            "blob_dir": tmp_path_factory.mktemp("blobs"),
        }
    )
    settings = services.settings.model_copy(update={"evidence": evidence})
    object.__setattr__(services, "settings", settings)
    object.__setattr__(services, "blobs", BlobDir(evidence.blob_dir))
    return app


def test_a_pack_is_downloaded_and_that_is_on_record(
    signing: FastAPI, client: TestClient, connection: Connection, acting: Acting
) -> None:
    assert signing is client.app
    answer = client.post(PATH, json={"ticket_id": 1}, headers=acting("陈", "clerk"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith('"evidence-ticket-1.zip"')
    files, problems = VERIFIER.read_archive(answer.content)
    assert problems == []
    # The county's ticket was not opened by the product: no audit line says how it came to be.
    assert VERIFIER.verify(answer.content).failed == ["ticket", "alerts"]
    held = files["checkpoint.txt"].decode()
    again = client.post(PATH, json={"ticket_id": 1, "known_checkpoint": held, "is_redacted": True})
    assert again.status_code == 200, again.text
    assert VERIFIER.verify(again.content, held=held).failed == ["ticket", "alerts"]
    rows = connection.execute(
        "SELECT actor, detail ->> 'is_redacted' FROM audit_event"
        " WHERE action = 'evidence.exported' ORDER BY audit_event_id"
    ).fetchall()
    assert rows == [("陈", "false"), ("local", "true")]


def test_what_cannot_be_exported(signing: FastAPI, client: TestClient) -> None:
    assert signing is client.app
    problem(client.post(PATH, json={"ticket_id": 9}), 404)
    problem(client.post(PATH, json={}), 422)
    problem(client.post(PATH, json={"ticket_id": 1, "known_checkpoint": "none"}), 422)
    other = "other.org/ledger\n1\nAAAA\n\n"
    found = problem(client.post(PATH, json={"ticket_id": 1, "known_checkpoint": other}), 422)
    assert "another ledger" in found["detail"]
    rewritten = "trapwatch.local/ledger\n1\nAAAA\n\n"
    found = problem(client.post(PATH, json={"ticket_id": 1, "known_checkpoint": rewritten}), 500)
    assert "does not continue" in found["detail"]


def test_without_a_key_nothing_is_exported(client: TestClient) -> None:
    assert "SIGNING_KEY" in problem(client.post(PATH, json={"ticket_id": 1}), 409)["detail"]


def test_an_alert_is_reviewed_and_shows_it(
    client: TestClient, get: Get, connection: Connection, acting: Acting
) -> None:
    path = "/api/v1/alerts/2/reviews"
    order = {"verdict": "not_confirmed", "reviewer": "钱", "basis": "到场未见"}
    assert get("/alerts/2")["reviews"] == []
    assert client.post(path, json=order, headers=acting("钱", "verifier")).status_code == 201
    second = order | {"verdict": "confirmed", "legal_reviewer": "周", "technical_reviewer": "吴"}
    answer = client.post(path, json=second)
    assert answer.status_code == 201
    first, last = answer.json()["reviews"]
    assert (first["verdict"], first["reviewed_by"], first["legal_reviewer"]) == (
        "not_confirmed", "钱", None,
    )  # fmt: skip
    assert (last["verdict"], last["technical_reviewer"]) == ("confirmed", "吴")
    assert connection.execute(
        "SELECT count(*) FROM audit_event WHERE action = 'alert.reviewed'"
    ).fetchone() == (2,)
    problem(client.post("/api/v1/alerts/9/reviews", json=order), 404)
    for change in ({"verdict": "guilty"}, {"reviewer": ""}, {"basis": ""}, {"colour": 1}):
        problem(client.post(path, json=order | change), 422)
