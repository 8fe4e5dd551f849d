"""OpenID Connect Core 1.0: the authorisation code flow with PKCE, as a relying party.

The provider's description and keys are fetched anew for each login: logins are rare, and nothing
can then be out of date. Never: which account a person gets (`api.login.oidc_accounts`).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.clock import Clock
from core.errors import ForbiddenError, TransientError
from core.settings import AccessSettings

_TIMEOUT_S = 10.0
_LEEWAY_S = 60
#: Signatures by the provider's own key; never ``none``, never one made with our secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class ProviderUnavailableError(TransientError):
    """The identity provider does not answer, or not as the specification says."""


class Handshake(NamedTuple):
    """What a login at the provider is bound to, kept by the browser until it comes back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def make(cls, random_text: Callable[[], str]) -> "Handshake":
        """Return a new one; each text has at least 43 characters (RFC 7636)."""
        return cls(random_text(), random_text(), random_text())

    @classmethod
    def parse(cls, cookie: str) -> "Handshake | None":
        """Return what a cookie carries; None: not one of ours."""
        parts = cookie.split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def __str__(self) -> str:
        return ".".join(self)


class IdentityProvider:
    """The provider that the settings name."""

    def __init__(self, settings: AccessSettings, redirect_url: str, clock: Clock) -> None:
        self._settings = settings
        self._redirect_url = redirect_url
        self._clock = clock
        self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Close what is open to it."""
        self._http.close()

    def login_url(self, handshake: Handshake) -> str:
        """Return where a browser has to go.

        Raises: ProviderUnavailableError.
        """
        url: str = prepare_grant_uri(
            self._describe()["authorization_endpoint"],
            self._settings.oidc_client_id,
            "code",
            redirect_uri=self._redirect_url,
            scope=" ".join(self._settings.oidc_scopes),
            state=handshake.state,
            nonce=handshake.nonce,
            code_challenge=create_s256_code_challenge(handshake.verifier),
            code_challenge_method="S256",
        )
        return url

    def redeem(self, code: str, handshake: Handshake) -> Mapping[str, Any]:
        """Return the checked claims of the ID token that a code is good for.

        Raises: ForbiddenError: the code or the token is not good; ProviderUnavailableError.
        """
        description = self._describe()
        answer = self._ask_for_token(description["token_endpoint"], code, handshake)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ForbiddenError("the identity provider gave no ID token")
        return self._check(token, self._keys(description["jwks_uri"]), handshake.nonce)

    def _describe(self) -> Mapping[str, str]:
        issuer = self._settings.oidc_issuer
        description = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if description.get("issuer") != issuer:
            raise ProviderUnavailableError("it calls itself by another name than OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            url = description.get(name)
            if not isinstance(url, str) or urlsplit(url).scheme != urlsplit(issuer).scheme:
                raise ProviderUnavailableError(f"its description has no good {name}")
        return cast(Mapping[str, str], description)

    def _keys(self, url: str) -> KeySet:
        try:
            return KeySet.import_key_set(cast(Any, self._get(url)))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailableError("its keys cannot be read") from error

    def _ask_for_token(self, url: str, code: str, handshake: Handshake) -> Mapping[str, Any]:
        secret = self._settings.oidc_client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "code_verifier": handshake.verifier,
            "client_id": self._settings.oidc_client_id,
        }
        if secret is not None:
            form["client_secret"] = secret.get_secret_value()
        try:
            answer = self._http.post(url, data=form, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise ProviderUnavailableError("it does not answer") from error
        if 400 <= answer.status_code < 500:
            raise ForbiddenError("the identity provider does not know this login (any longer)")
        return _json(answer)

    def _get(self, url: str) -> Mapping[str, Any]:
        try:
            return _json(self._http.get(url, headers={"Accept": "application/json"}))
        except httpx.HTTPError as error:
            raise ProviderUnavailableError("it does not answer") from error

    def _check(self, token: str, keys: KeySet, nonce: str) -> Mapping[str, Any]:
        """Return a token's claims (OpenID Connect Core, 3.1.3.7).

        Raises: ForbiddenError.
        """
        client_id = self._settings.oidc_client_id
        claims_are = jwt.JWTClaimsRegistry(
            now=self._clock.now_us() // 1_000_000,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, keys, algorithms=list(_ALGORITHMS)).claims
            claims_are.validate(claims)
        except (JoseError, ValueError) as error:
            raise ForbiddenError(f"the ID token is not good: {error}") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
            raise ForbiddenError("the ID token is not good: it was made for another")
        return claims


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    if answer.status_code != 200:
        raise ProviderUnavailableError(f"it answers {answer.status_code}")
    try:
        found = answer.json()
    except ValueError as error:
        raise ProviderUnavailableError("it does not answer in JSON") from error
    if not isinstance(found, dict):
        raise ProviderUnavailableError("it does not answer with an object")
    return found
