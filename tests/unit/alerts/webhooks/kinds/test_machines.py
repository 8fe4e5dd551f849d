"""Standard Webhooks, CloudEvents and Alertmanager, against what their specifications say."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.kinds import KINDS, alertmanager
from alerts.webhooks.kinds.posting import Posting, Request
from core.instant import SECOND_US
from tests.unit.alerts.webhooks.kinds.messages import (
    BLOCKAGE,
    NOW_US,
    SECRET,
    UID,
    message,
    posting,
)

PUBLIC = "https://traps.example"


def assert_verified(request: Request) -> None:
    """What the reference library computes for the same second is what we send."""
    headers = dict(request.headers)
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(SECRET).sign(headers["webhook-id"], moment, request.body.decode())
    assert headers["webhook-signature"] == signature


def test_the_vector_of_standard_webhooks() -> None:
    sent = KINDS["standard"].render(
        Posting(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            b'{"test": 2432232314}',
            (SECRET,),
            1_614_265_330 * SECOND_US,
        )
    )
    assert dict(sent.headers) == {
        "content-type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert (sent.body, sent.query) == (b'{"test": 2432232314}', ())


def test_a_cloudevent_has_its_attributes_and_our_signature() -> None:
    sent = KINDS["cloudevents"].render(posting(public_url=PUBLIC))
    assert_verified(sent)
    assert dict(sent.headers)["content-type"] == "application/cloudevents+json; charset=utf-8"
    event = json.loads(sent.body)
    assert event.pop("data") == BLOCKAGE
    assert event == {
        "specversion": "1.0",
        "id": UID,
        "source": PUBLIC,
        "type": "io.trapwatch.alert.fired",
        "subject": "alerts/17",
        "time": "2026-01-05T01:00:00Z",
        "datacontenttype": "application/json",
    }


def test_a_cloudevent_without_a_subject_or_a_public_address() -> None:
    event = json.loads(KINDS["cloudevents"].render(posting(message("x.y", {"seq": 1}))).body)
    assert "subject" not in event
    assert event["source"] == "urn:trapwatch"


def test_an_alert_as_alertmanager_sends_it() -> None:
    sent = KINDS["alertmanager"].render(posting(public_url=PUBLIC))
    assert_verified(sent)
    document = json.loads(sent.body)
    (alert,) = document.pop("alerts")
    assert document == {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="R03"}}/{alert["fingerprint"]}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "trapwatch",
        "groupLabels": {"alertname": "R03"},
        "commonLabels": alert["labels"],
        "commonAnnotations": alert["annotations"],
        "externalURL": PUBLIC,
    }
    assert alert["labels"] == {
        "alertname": "R03", "severity": "orange", "trap": "T5", "device": "dev-5",
        "metric": "level_mm", "restaurant": "王家小馆", "register_no": "JS-0005",
        "town": "魏塘街道",
    }  # fmt: skip
    assert alert["annotations"]["summary"] == "疑似堵塞"
    assert alert["annotations"]["value"] == "812.0"
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-01-05T00:10:00Z", "0001-01-01T00:00:00Z")
    assert alert["generatorURL"] == f"{PUBLIC}/api/v1/alerts/17"


@pytest.mark.parametrize(
    ("event_type", "status", "ended_at", "ends_at"),
    [
        ("alert.resolved", "resolved", "2026-01-05T00:50:00Z", "2026-01-05T00:50:00Z"),
        ("alert.closed", "closed", None, "2026-01-05T01:00:00Z"),
    ],
)
def test_an_episode_keeps_its_identity_until_it_is_resolved(
    event_type: str, status: str, ended_at: str | None, ends_at: str
) -> None:
    first = json.loads(KINDS["alertmanager"].render(posting()).body)
    changed = message(event_type, status=status, ended_at=ended_at, severity="red", seq=4)
    last = json.loads(KINDS["alertmanager"].render(posting(changed)).body)
    assert (last["status"], last["alerts"][0]["endsAt"]) == ("resolved", ends_at)
    assert last["groupKey"] == first["groupKey"]
    assert last["alerts"][0]["fingerprint"] == first["alerts"][0]["fingerprint"]
    other = json.loads(KINDS["alertmanager"].render(posting(message(episode_id=18))).body)
    assert other["alerts"][0]["fingerprint"] != first["alerts"][0]["fingerprint"]


def test_alertmanager_speaks_english_if_asked() -> None:
    document = json.loads(KINDS["alertmanager"].render(posting(language="en")).body)
    assert document["commonAnnotations"]["summary"] == "Blockage suspected"


def test_alertmanager_carries_single_alerts_and_tests_only() -> None:
    carried = {one for one in EVENT_TYPES if KINDS["alertmanager"].can_carry(one)}
    assert carried == {
        "alert.fired", "alert.severity_raised", "alert.reopened", "alert.flapping",
        "alert.escalated", "alert.resolved", "alert.repeated", "alert.closed", "webhook.test",
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"ticket\.created is no alert"):
        alertmanager.render(posting(message("ticket.created")))


def test_a_test_message_is_an_alert_of_its_own() -> None:
    body = message("webhook.test", {"endpoint_id": 3, "seq": 1, "requested_by": "li"})
    document = json.loads(KINDS["alertmanager"].render(posting(body)).body)
    assert document["commonLabels"]["alertname"] == "TrapwatchTest"


def test_the_time_of_the_attempt_is_signed() -> None:
    later = KINDS["cloudevents"].render(posting(timestamp_us=NOW_US + 61 * SECOND_US))
    assert dict(later.headers)["webhook-timestamp"] == str(NOW_US // SECOND_US + 61)
    assert_verified(later)


@pytest.mark.parametrize("kind", ["cloudevents", "alertmanager", "dingtalk", "wecom", "feishu"])
def test_what_is_no_message_of_ours_has_no_form(kind: str) -> None:
    with pytest.raises(ValueError, match="not a message"):
        KINDS[kind].render(posting(b"[]"))
