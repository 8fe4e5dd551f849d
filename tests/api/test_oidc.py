"""Login over an identity provider: a small one on loopback that signs with real keys."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from pydantic import SecretStr

from api.access import accounts
from api.access.model import Role
from api.access.records import AccountFields
from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, Pool
from core.settings import AccessSettings, ApiSettings, DatabaseSettings, Settings
from tests.api.conftest import NOW_US

NOW_S = NOW_US // 1_000_000
CLIENT_ID, CLIENT_SECRET = "trapwatch", "s3cret"


class Provider(ThreadingHTTPServer):
    """Description, keys, and tokens for codes; ``sign`` and ``change`` let a test spoil them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.keys = [
            RSAKey.generate_key(2048, {"kid": "r"}),
            ECKey.generate_key("P-256", {"kid": "e"}),
        ]
        self.logins: dict[str, dict[str, str]] = {}
        self.person: dict[str, Any] = {"sub": "42", "preferred_username": "li", "roles": ["crew"]}
        self.change: Callable[[dict[str, Any]], None] = lambda _claims: None
        self.sign: Callable[[dict[str, Any]], str] = self.sign_rs256
        self.redeemed: list[dict[str, str]] = []

    def sign_rs256(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "r"}, claims, self.keys[0])

    def sign_es256(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": "e"}, claims, self.keys[1])

    def log_in(self, url: str) -> tuple[str, str]:
        """Do what the person does there; return the code and the state."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        self.logins["the-code"] = asked
        return "the-code", asked["state"]

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.redeemed.append(form)
        asked = self.logins.pop(form["code"], None)
        if asked is None or form.get("client_secret") != CLIENT_SECRET:
            return 400, {"error": "invalid_grant"}
        if create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "exp": NOW_S + 300, "iat": NOW_S,
            "nonce": asked["nonce"], **self.person,
        }  # fmt: skip
        self.change(claims)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(claims)}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path == "/keys":
            public = KeySet(self.server.keys).as_dict(private=False)
            self._answer(200, dict(public))
            return
        names = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
        urls = {name: f"{issuer}/{path}" for name, path in names.items()}
        self._answer(200, {"issuer": issuer, **urls})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(
            *self.server.redeem({name: values[0] for name, values in parse_qs(body).items()})
        )

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


MakeBrowser = Callable[..., TestClient]


@pytest.fixture
def make_browser(
    database_url: str, pool: Pool, clock: ManualClock, provider: Provider
) -> Iterator[MakeBrowser]:
    """A browser of an application that trusts the provider."""
    opened: list[TestClient] = []

    def make(**fields: Any) -> TestClient:
        access = AccessSettings(
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SecretStr(CLIENT_SECRET),
            logins_per_min=1_000,
            **fields,
        )
        settings = Settings(
            database=DatabaseSettings(url=SecretStr(database_url)),
            api=ApiSettings(hosts=("testserver",), public_url="https://testserver"),
            access=access,
        )
        app = create_app(settings, pool, clock)
        client = TestClient(app, base_url="https://testserver", follow_redirects=False)
        opened.append(client.__enter__())
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


def come_in(browser: TestClient, provider: Provider, **spoilt: str) -> int:
    """Go to the provider and come back; return the status of the answer."""
    started = browser.get("/login/oidc?next=/docs")
    code, state = provider.log_in(started.headers["location"])
    back = {"code": code, "state": state, **spoilt}
    answer = browser.get("/login/oidc/callback", params=back)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/docs"
    return answer.status_code


GROUPS = {"oidc_roles": ("crew=inspector", "chiefs=admin"), "oidc_create_accounts": True}


@pytest.mark.parametrize("algorithm", ["rs256", "es256"])
def test_whoever_has_a_group_gets_an_account_with_its_roles(
    make_browser: MakeBrowser, provider: Provider, connection: Connection, algorithm: str
) -> None:
    browser = make_browser(**GROUPS)
    provider.sign = getattr(provider, f"sign_{algorithm}")
    assert come_in(browser, provider) == 303
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["roles"]) == ("li", ["inspector"])
    (cookie,) = [c for c in browser.cookies.jar if c.name == "__Host-trapwatch"]
    assert cookie.secure
    provider.person["roles"] = ["chiefs", "crew"]
    assert come_in(browser, provider) == 303
    assert browser.get("/api/v1/me").json()["roles"] == ["admin", "inspector"]
    actions = connection.execute(
        "SELECT DISTINCT action FROM audit_event WHERE actor = 'li' ORDER BY 1"
    ).fetchall()
    assert [name for (name,) in actions] == [
        "account.changed_by_provider", "account.created", "session.begun",
    ]  # fmt: skip


def unsigned(claims: dict[str, Any]) -> str:
    from base64 import urlsafe_b64encode as encode

    parts = [
        encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


def signed_by_another(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "r"}, claims, RSAKey.generate_key(2048))


def signed_with_our_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 8))


SPOILT: list[dict[str, Any] | Callable[[dict[str, Any]], str]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "somebody-else"},
    {"iss": "https://evil.example"},
    {"aud": [CLIENT_ID, "other"], "azp": "other"},
    {"exp": NOW_S - 120},
    {"exp": None},
    {"sub": None},
    {"iat": NOW_S + 3_600},
    unsigned,
    signed_by_another,
    signed_with_our_secret,
]


def test_a_token_that_is_not_good_lets_nobody_in(
    make_browser: MakeBrowser, provider: Provider, connection: Connection
) -> None:
    browser = make_browser(**GROUPS)
    sign = provider.sign
    for spoil in SPOILT:

        def change(claims: dict[str, Any], spoil: Any = spoil) -> None:
            claims.update({} if callable(spoil) else spoil)
            for name in [name for name, value in claims.items() if value is None]:
                del claims[name]

        provider.sign = spoil if callable(spoil) else sign
        provider.change = change
        assert come_in(browser, provider) == 401, spoil
        assert browser.get("/api/v1/me").status_code == 401
    assert connection.execute("SELECT count(*) FROM account").fetchone() == (0,)
    assert len(provider.redeemed) == len(SPOILT)
    refused = connection.execute("SELECT DISTINCT action, actor FROM audit_event").fetchall()
    assert refused == [("session.refused", "unknown")]


def test_a_login_that_did_not_begin_here_is_refused(
    make_browser: MakeBrowser, provider: Provider
) -> None:
    browser = make_browser(**GROUPS)
    assert come_in(browser, provider, state="forged") == 401
    assert come_in(browser, provider, code="") == 401
    assert provider.redeemed == []
    assert come_in(browser, provider, code="unknown") == 401
    browser.cookies.clear()
    assert browser.get("/login/oidc/callback?code=x&state=y").status_code == 401


def test_no_group_no_account(make_browser: MakeBrowser, provider: Provider) -> None:
    provider.person["roles"] = ["guests"]
    assert come_in(make_browser(**GROUPS), provider) == 401


def test_accounts_are_not_made_unless_that_is_set(
    make_browser: MakeBrowser, provider: Provider, connection: Connection, clock: ManualClock
) -> None:
    browser = make_browser()
    assert come_in(browser, provider) == 401
    with connection.transaction():
        accounts.add_account(
            connection, "li", AccountFields(roles=(Role.VERIFIER,)), actor="test", now=clock.now()
        )
    assert come_in(browser, provider) == 303
    assert browser.get("/api/v1/me").json()["roles"] == ["verifier"], "roles stay ours"
    provider.person["sub"] = "43"
    assert come_in(browser, provider) == 401, "another person of the same name there"


def test_a_name_there_does_not_take_over_an_account_with_a_password(
    make_browser: MakeBrowser, provider: Provider, connection: Connection, clock: ManualClock
) -> None:
    with connection.transaction():
        accounts.add_account(
            connection, "li", AccountFields(roles=(Role.ADMIN,)), password="correct horse",
            actor="test", now=clock.now(),
        )  # fmt: skip
    assert come_in(make_browser(**GROUPS), provider) == 401


def test_a_provider_that_is_away_is_said(make_browser: MakeBrowser, provider: Provider) -> None:
    browser = make_browser(**GROUPS)
    provider.issuer = "http://127.0.0.1:1"
    answer = browser.get("/login/oidc")
    assert answer.status_code == 401
    assert "统一身份认证" in answer.text
