"""Trials of rules over HTTP: asked for, looked at, refused; the alerts process carries them out."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Get, Person, problem

PATH = "/api/v1/rules/R01/trials"
AUDIT = b"SELECT action, subject_id, detail ->> 'days' FROM audit_event WHERE subject_kind = 'rule'"


def test_a_trial_is_asked_for_and_found(
    client: TestClient, get: Get, connection: Connection
) -> None:
    asked = client.post(PATH, json={"kind": "test"})
    assert asked.status_code == 202, asked.text
    trial = asked.json()
    assert (trial["state"], trial["kind"], trial["days"]) == ("queued", "test", None)
    assert client.get(asked.headers["Location"]).json() == trial
    other = client.post(PATH, json={"kind": "backtest", "parameters": {"hold_s": 900}}).json()
    assert (other["days"], other["candidate"]) == (7, {"hold_s": 900})
    assert [one["kind"] for one in get("/rules/R01/trials")["items"]] == ["backtest", "test"]
    assert get("/rules/R02/trials")["items"] == []
    assert connection.execute(AUDIT).fetchall() == [
        ("rule_trial.test", "R01", None),
        ("rule_trial.backtest", "R01", "7"),
    ]
    said = problem(client.post(PATH, json={"kind": "test"}), 409)
    assert "not over yet" in said["detail"]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"kind": "dream"},
        {"kind": "test", "days": 7},
        {"kind": "backtest", "days": 0},
        {"kind": "backtest", "days": 32},
        {"kind": "test", "parameters": {"hold_s": -1}},
        {"kind": "test", "parameters": {"unknown": 1}},
    ],
)
def test_what_cannot_be_tried_is_refused(client: TestClient, get: Get, order: Any) -> None:
    problem(client.post(PATH, json=order), 422)
    assert get("/rules/R01/trials")["items"] == []


def test_what_is_not_there_and_who_may_not(
    stranger: TestClient, everything: dict[str, str], person: Person
) -> None:
    order = {"kind": "test"}
    problem(stranger.get("/api/v1/rules/R99/trials", headers=everything), 404)
    problem(stranger.post("/api/v1/rules/R99/trials", json=order, headers=everything), 404)
    problem(stranger.get(f"{PATH}/404", headers=everything), 404)
    inspector = person("wu", "inspector")
    assert stranger.get(PATH, headers=inspector).status_code == 200
    problem(stranger.post(PATH, json=order, headers=inspector), 403)
    of_a_town = person("su", "supervisor", towns=["wt"])
    problem(stranger.get(PATH, headers=of_a_town), 403)
    page = {"Accept": "text/html", "Accept-Language": "en"}
    assert "Trials" in stranger.get("/rules/R01", headers={**inspector, **page}).text
    assert "Trials" not in stranger.get("/rules/R01", headers={**of_a_town, **page}).text
