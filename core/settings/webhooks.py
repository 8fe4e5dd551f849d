"""The section ``webhooks``: how messages are delivered, and what is kept secret."""

from typing import Annotated

from pydantic import Field, SecretStr

from core.settings.sections import Section


class WebhookSettings(Section):
    """The relay that delivers webhook messages."""

    retry_delays_s: tuple[Annotated[int, Field(ge=0, le=2_592_000)], ...] = Field(
        (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000),
        description="waits after the 1st, 2nd, … failed attempt; then the delivery is dead",
    )
    retry_jitter_ratio: float = Field(
        0.2, ge=0, le=1, description="each wait is stretched by up to this share"
    )
    retry_floor_s: float = Field(
        30.0,
        ge=0,
        le=3_600,
        description="shortest wait after a timeout and after 429, 502 and 504, which hold back the "
        "endpoint's other deliveries as well",
    )
    order_wait_s: float = Field(
        10.0,
        ge=0,
        le=600,
        description="a message waits for an earlier one of its subject that is due within this "
        "time; longer and the news counts for more than its order",
    )
    timeout_s: float = Field(15.0, ge=0.1, le=60, description="one attempt, start to end")
    lease_s: float = Field(60.0, ge=1, le=3_600, description="claim of one relay on a delivery")
    claim_count_max: int = Field(64, ge=1, le=1_000, description="deliveries claimed at once")
    sender_count: int = Field(16, ge=1, le=256, description="concurrent attempts of one relay")
    secret_key: SecretStr | None = Field(
        None,
        description="encrypts the endpoints' URLs and secrets in the database: 32 bytes in base64 "
        "(`openssl rand -base64 32`); several, separated by commas: the first encrypts, each "
        "decrypts. Unset: no endpoint can be added. `trapwatch up` makes one",
    )
    allow_private: tuple[str, ...] = Field(
        (),
        description="networks (10.20.0.0/16) and host names inside which endpoints may be, and may "
        "be reached by http; all others must be public and https",
    )
    disable_after_s: int = Field(
        432_000,
        ge=60,
        le=31_536_000,
        description="an endpoint all of whose attempts failed for this long is disabled",
    )
    rotation_overlap_s: int = Field(
        86_400, ge=0, le=2_592_000, description="how long the old secret signs beside a new one"
    )
