"""The section of access: logins, allowances, OpenID Connect."""

from pydantic import Field, SecretStr

from core.settings.sections import Section


class AccessSettings(Section):
    """Who may use the HTTP API and the pages; docs/access.md."""

    session_idle_s: int = Field(
        3_600, ge=60, le=604_800, description="a login ends so long after its last request"
    )
    session_s_max: int = Field(
        43_200, ge=60, le=2_592_000, description="a login ends so long after it began"
    )
    requests_per_min: int = Field(
        1_200, ge=1, le=1_000_000, description="requests of one caller, by process"
    )
    logins_per_min: int = Field(
        20, ge=1, le=10_000, description="login attempts of one address, by process"
    )
    complaints_per_min: int = Field(
        60, ge=1, le=100_000, description="complaints handed in by one caller, by process"
    )
    public_complaints: bool = Field(
        False, description="whether complaints may be handed in without an account"
    )
    metrics_from_loopback: bool = Field(
        True, description="whether /metrics needs no token from this machine"
    )
    oidc_issuer: str = Field(
        "",
        pattern=r"^(https://.+|http://(127\.0\.0\.1|localhost)(:\d+)?(/.*)?)?$",
        description="OpenID Connect identity provider, https://…; empty: passwords only",
    )
    oidc_client_id: str = Field("", description="our name at the identity provider")
    oidc_client_secret: SecretStr | None = Field(
        None, description="our secret there; unset: a public client"
    )
    oidc_scopes: tuple[str, ...] = Field(
        ("openid", "profile"), description="what we ask the identity provider for"
    )
    oidc_name_claim: str = Field(
        "preferred_username", description="claim of the ID token that is the account's name"
    )
    oidc_roles_claim: str = Field(
        "roles", description="claim of the ID token that lists the person's groups there"
    )
    oidc_roles: tuple[str, ...] = Field(
        (), description="group=role, which group there has which role here; empty: roles stay ours"
    )
    oidc_create_accounts: bool = Field(
        False, description="whether whoever has a role by oidc_roles gets an account at first login"
    )
