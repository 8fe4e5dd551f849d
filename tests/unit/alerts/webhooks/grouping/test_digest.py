from datetime import UTC, datetime

import orjson

from alerts.webhooks.grouping.digest import digest, merged

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def alert(number: int, event: str = "fired", seq: int = 1, severity: str = "blue") -> bytes:
    data = {
        "episode_id": number, "seq": seq, "rule_id": "R14", "rule_name": "设备离线",
        "severity": severity, "status": "firing", "trap": f"T{number}", "gateway": None,
        "site": {"name": f"店{number}", "town": "魏塘", "address": ""},
    }  # fmt: skip
    return orjson.dumps(
        {"type": f"alert.{event}", "timestamp": "2026-01-05T00:59:30Z", "data": data}
    )


def data_of(*bodies: bytes) -> dict[str, object]:
    data = orjson.loads(digest(bodies, 3, NOW).body)["data"]
    assert isinstance(data, dict)
    return data


def test_a_power_cut_is_one_message() -> None:
    made = digest([alert(n) for n in range(1, 38)], 1, NOW)
    document = orjson.loads(made.body)
    assert (made.event_type, made.severity) == ("alert.grouped", "blue")
    assert (document["type"], document["timestamp"]) == ("alert.grouped", "2026-01-05T01:00:00Z")
    data = document["data"]
    assert (data["count"], data["events"], data["more"]) == (37, {"alert.fired": 37}, 17)
    assert (data["rule_id"], data["rule_name"], data["town"]) == ("R14", "设备离线", "魏塘")
    assert (data["since"], data["seq"]) == ("2026-01-05T00:59:30Z", 1)
    assert [found["name"] for found in data["first"]] == [f"店{n}" for n in range(1, 21)]
    assert data["first"][0] == {
        "type": "alert.fired", "severity": "blue", "episode_id": 1, "seq": 1, "status": "firing",
        "trap": "T1", "name": "店1",
    }  # fmt: skip
    assert len(made.body) < 20_000


def test_of_each_subject_the_newest_counts() -> None:
    data = data_of(alert(1), alert(2), alert(1, "resolved", 2))
    assert data["count"] == 2
    assert data["events"] == {"alert.resolved": 1, "alert.fired": 1}


def test_the_worst_severity_is_the_groups() -> None:
    assert digest([alert(1), alert(2, severity="red"), alert(3)], 1, NOW).severity == "red"


def test_tickets_are_grouped_by_their_problem() -> None:
    bodies = [
        orjson.dumps(
            {
                "type": "ticket.created",
                "timestamp": "2026-01-05T00:59:30Z",
                "data": {"ticket_id": n, "seq": 1, "problem": "overflow", "severity": "red",
                         "state": "new", "trap_id": n, "restaurant_id": n},
            }
        )
        for n in (1, 2)
    ]  # fmt: skip
    made = digest(bodies, 1, NOW)
    data = orjson.loads(made.body)["data"]
    assert made.event_type == "ticket.grouped"
    assert (data["problem"], data["count"], data["first"][1]["ticket_id"]) == ("overflow", 2, 2)


def test_messages_about_anything_are_one() -> None:
    ticket = orjson.dumps(
        {
            "type": "ticket.created",
            "timestamp": "2026-01-05T00:59:31Z",
            "data": {"ticket_id": 1, "seq": 1, "problem": "overflow", "severity": "yellow"},
        }
    )
    power_cut = digest([alert(n) for n in range(10, 47)], 1, NOW).body
    test = orjson.dumps(
        {"type": "webhook.test", "timestamp": "2026-01-05T00:59:32Z", "data": {"seq": 1}}
    )
    made = merged([alert(1), ticket, power_cut, power_cut, test, alert(1, "resolved", 2)], 5, NOW)
    assert (made.event_type, made.severity) == ("message.merged", "yellow")
    data = orjson.loads(made.body)["data"]
    assert data["count"] == 1 + 1 + 37 + 37 + 1
    assert data["events"] == {
        "alert.resolved": 1, "ticket.created": 1, "alert.grouped": 2, "webhook.test": 1,
    }  # fmt: skip
    assert [named.get("rule_name") for named in data["first"]] == [
        "设备离线", None, "设备离线", "设备离线", None,
    ]  # fmt: skip
    assert data["first"][0]["type"] == "alert.resolved"
    assert data["first"][1]["problem"] == "overflow"
    assert (data["first"][2]["count"], data["first"][2]["town"]) == (37, "魏塘")


def test_without_any_severity_it_is_the_lowest() -> None:
    test = b'{"type":"webhook.test","timestamp":"2026-01-05T00:59:32Z","data":{"seq":1}}'
    made = merged([test, test], 1, NOW)
    assert (made.severity, orjson.loads(made.body)["data"]["count"]) == ("blue", 2)
