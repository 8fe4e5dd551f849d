"""Every role against every route, over HTTP: exactly whom the matrix names comes in."""

import re

from fastapi.testclient import TestClient

from api.app import ROUTERS
from tests.access_matrix import ROLES, rows
from tests.api.conftest import MakeToken, Person, problem

#: Whoever may read them would read for ever.
ENDLESS = {"stream_events"}
PARTS = {
    "{code}": "R99", "{form}": "json", "{scope}": "trap", "{scope_ref}": "T999",
    "{sha256}": "0" * 64,
}  # fmt: skip


def requests() -> list[tuple[str, str, str]]:
    """Return operation, method and a path that names nothing, of every route."""
    found = []
    for router in ROUTERS:
        for route in router.routes:
            path = re.sub(
                r"\{\w+\}", lambda part: PARTS.get(part[0], "999999"), getattr(route, "path", "")
            )
            (method,) = getattr(route, "methods", ())
            found.append((getattr(route, "name", ""), method, path))
    return found


def test_each_role_comes_in_where_the_matrix_says(stranger: TestClient, person: Person) -> None:
    matrix = rows()
    for role in ROLES:
        headers = person(f"some-{role}", role)
        for name, method, path in requests():
            may = matrix[name].marks[role] != "."
            if matrix[name].opening != "-" or (may and name in ENDLESS) or name == "log_out":
                continue
            answer = stranger.request(method, path, headers=headers)
            let_in = answer.status_code not in {401, 403}
            assert let_in is may, f"{role} {method} {path}: {answer.status_code} {answer.text}"


def test_who_is_limited_to_towns_does_not_act_for_the_county(
    stranger: TestClient, person: Person
) -> None:
    headers = person("some-admin", "admin", towns=["wt"])
    for name, method, path in requests():
        if rows()[name].marks["admin"] == "C":
            problem(stranger.request(method, path, headers=headers), 403)


def test_without_a_credential_there_is_nothing_but_health_and_the_login(
    stranger: TestClient,
) -> None:
    for name, method, path in requests():
        answer = stranger.request(method, path)
        if name == "finish_oidc_login":
            assert "<form" in answer.text, "it is the login page that says no"
        elif name == "show_deep_link":
            problem(answer, 404)
        elif rows()[name].opening == "K":
            assert (answer.status_code, "api_key" in answer.text) == (403, True)
        elif path.startswith("/open311/"):
            assert (answer.status_code, "Bearer" in answer.text) == (401, True)
        elif rows()[name].opening == "O":
            assert answer.status_code not in {401, 403}, path
        else:
            problem(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert stranger.get("/", headers={"Accept": "text/html"}).headers["location"] == (
        "/login?next=%2F"
    )
    assert stranger.get("/static/theme.css").status_code == 200


def test_a_token_may_what_its_scopes_say(stranger: TestClient, make_token: MakeToken) -> None:
    reader = make_token("reader", "read")
    assert stranger.get("/api/v1/alerts", headers=reader).status_code == 200
    problem(stranger.post("/api/v1/complaints", headers=reader, json={}), 403)
    hotline = make_token("hotline", "complaints:write")
    problem(stranger.get("/api/v1/alerts", headers=hotline), 403)
    problem(stranger.post("/api/v1/complaints", headers=hotline, json={}), 422)
    assert stranger.get("/api/v1/me", headers=hotline).json()["scopes"] == ["complaints:write"]
