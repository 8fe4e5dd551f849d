"""The description of the API is part of the contract: a change shows in its snapshot.

Write a new one with `TRAPWATCH_TEST_WRITE_SNAPSHOT=1 pytest tests/api/test_openapi.py`.
"""

import json
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI

SNAPSHOT = Path(__file__).with_name("openapi.json")


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


def test_description_is_the_one_agreed_on(app: FastAPI) -> None:
    document = json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("TRAPWATCH_TEST_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(document, "utf-8")
    assert json.loads(document) == json.loads(SNAPSHOT.read_text("utf-8"))


def test_every_operation_has_an_id_a_tag_words_and_problems(app: FastAPI) -> None:
    found = operations(app.openapi())
    assert {"list_alerts", "get_coverage", "list_trap_readings", "stream_events"} <= found.keys()
    document = app.openapi()
    assert len(found) == sum(len(methods) for methods in document["paths"].values())
    for name, operation in found.items():
        assert operation["tags"], name
        assert operation["summary"], name
        assert operation["description"], name
        assert "422" not in operation["responses"], name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name


def test_every_reference_resolves(app: FastAPI) -> None:
    document = app.openapi()
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= document["components"]["schemas"].keys()


def test_a_file_of_json_is_described_as_json(app: FastAPI) -> None:
    content = operations(app.openapi())["create_export"]["responses"]["200"]["content"]
    assert content["application/geo+json"]["schema"] == {"type": "object"}
    assert content["text/csv"]["schema"] == {"type": "string", "format": "binary"}


def test_figures_for_prometheus_are_described_with_their_type(app: FastAPI) -> None:
    answer = operations(app.openapi())["get_metrics"]["responses"]["200"]
    assert answer["content"].keys() == {"text/plain"}
