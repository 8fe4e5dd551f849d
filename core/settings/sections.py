"""The sections of the settings: every variable with its default, bounds and description."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Section(BaseModel):
    """What all sections have in common: frozen, and no name that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class DatabaseSettings(Section):
    """TimescaleDB."""

    url: SecretStr = Field(
        SecretStr("postgresql://trapwatch@127.0.0.1:5432/trapwatch"),
        description="libpq connection URL; unset in `trapwatch up` means the embedded database",
    )
    pool_size_max: int = Field(10, ge=1, le=200, description="connections of one API process")


class MqttSettings(Section):
    """The broker."""

    url: SecretStr = Field(
        SecretStr("mqtt://127.0.0.1:1883"),
        description="mqtt[s]://[user:password@]host[:port]; unset in `trapwatch up` means the "
        "embedded broker",
    )
    admin_url: SecretStr | None = Field(
        None,
        description="account that manages the gateways' accounts (`trapwatch gateway`); unset "
        "beside `trapwatch up` means the embedded broker's",
    )
    tls_ca_file: Path | None = Field(
        None, description="PEM file of the authorities to trust for mqtts; unset: the system's"
    )
    client_id: str = Field(
        "trapwatch-ingest-1",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="stable id of this worker's persistent session; one per replica",
    )
    # Not shared by default: Mosquitto 2.0.21 forgets shared subscriptions when it restarts, and
    # acknowledges what nobody will get until a worker has subscribed again.
    share_group: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_.-]{0,64}$",
        description="shared-subscription group that splits the work over replicas; empty: none. "
        "With a group, a restart of Mosquitto loses what comes before a replica is back",
    )
    keepalive_s: int = Field(30, ge=5, le=600, description="MQTT keep-alive")
    reconnect_delay_s_max: float = Field(
        15.0, ge=0.1, le=300, description="longest wait before the next connection attempt"
    )


class IngestSettings(Section):
    """The worker that turns MQTT deliveries into committed rows."""

    topics: tuple[str, ...] = Field(
        (
            "trapwatch/v1/{gateway}/up=native",
            "trapwatch/v1/{gateway}/up/cbor=native-cbor",
            "trapwatch/v1/{gateway}/up/senml=senml",
            "trapwatch/v1/{gateway}/up/senml-cbor=senml-cbor",
            "trapwatch/v1/{gateway}/up/hj212=hj212",
            "trapwatch/v1/{gateway}/status=gateway-status",
            "application/+/device/{device}/event/up=chirpstack",
            "application/+/device/{device}/event/status=chirpstack",
            "application/+/device/{device}/event/join=chirpstack",
            "v3/+/devices/{device}/up=tts",
            "v1/gateway/telemetry=thingsboard-gateway",
            "v1/gateway/connect=thingsboard-gateway",
            "v1/gateway/disconnect=thingsboard-gateway",
            "v1/devices/{device}/telemetry=thingsboard-device",
            "spBv1.0/{group}/NBIRTH/{gateway}=sparkplug",
            "spBv1.0/{group}/NDATA/{gateway}=sparkplug",
            "spBv1.0/{group}/NDEATH/{gateway}=sparkplug",
            "spBv1.0/{group}/DBIRTH/{gateway}/{device}=sparkplug",
            "spBv1.0/{group}/DDATA/{gateway}/{device}=sparkplug",
            "spBv1.0/{group}/DDEATH/{gateway}/{device}=sparkplug",
        ),
        description="topic=codec; + is any level, {gateway} and {device} are any level and name "
        "it, {group} goes before the gateway's name",
    )
    batch_count_max: int = Field(4_000, ge=1, le=50_000, description="deliveries in one batch")
    batch_bytes_max: int = Field(
        8_000_000, ge=10_000, le=200_000_000, description="payload bytes in one batch"
    )
    batch_age_ms_max: int = Field(
        100, ge=1, le=10_000, description="longest wait of a batch's first delivery"
    )
    queue_count_max: int = Field(
        20_000,
        ge=1,
        le=65_535,
        description="unacknowledged deliveries that the broker may have out (mosquitto.conf's "
        "max_inflight_messages); up to twice as many are held in memory, after a reconnect",
    )
    queue_bytes_max: int = Field(
        268_435_456,
        ge=1_000_000,
        le=8_589_934_592,
        description="payload bytes of unacknowledged deliveries held in memory; above "
        "mosquitto.conf's max_inflight_bytes, so that the broker stops first",
    )
    payload_bytes_max: int = Field(
        262_144, ge=64, le=16_000_000, description="larger payloads are rejected, cut to this size"
    )
    clock_ahead_s_max: int = Field(
        300, ge=0, le=86_400, description="measured_at may be this far ahead of received_at"
    )
    backfill_days_max: int = Field(
        7, ge=0, le=3_650, description="measured_at may be this far behind received_at"
    )
    unclaimed_per_gateway_max: int = Field(
        500, ge=0, le=100_000, description="unknown devices one gateway may register an hour"
    )
    rejected_per_gateway_max: int = Field(
        1_000,
        ge=1,
        le=1_000_000,
        description="rejected messages of one gateway kept in an hour; more are only counted, "
        "with one sample a reason",
    )
    far_days_per_gateway_max: int = Field(
        5,
        ge=0,
        le=1_000,
        description="distinct days outside the accepted clock range that one gateway may store "
        "readings in, a day; each makes a partition",
    )
    retry_delay_s_max: float = Field(
        15.0, ge=0.05, le=300, description="longest wait before a failed transaction is retried"
    )
    metrics_port: int = Field(
        0, ge=0, le=65_535, description="loopback port of /metrics and /readyz; 0: none"
    )


class AlertsSettings(Section):
    """Rules, timers and tickets."""

    notify_age_s_max: int = Field(
        900, ge=1, le=604_800, description="older event times are recorded but never page"
    )
    device_offline_interval_s: float = Field(
        15.0, ge=0.2, le=3_600, description="pause between two looks for silent devices"
    )
    latched_hold_interval_s: float = Field(
        2.0, ge=0.1, le=600, description="pause between two looks at held cover events"
    )
    withheld_interval_s: float = Field(
        5.0, ge=0.1, le=600, description="pause between two looks for silences that have ended"
    )
    cluster_interval_s: float = Field(
        15.0, ge=0.1, le=600, description="pause between two looks for sewers that back up"
    )
    windowed_interval_s: float = Field(
        30.0, ge=0.1, le=600, description="pause between two looks whether windowed rules are due"
    )
    grouping_interval_s: float = Field(
        2.0, ge=0.1, le=600, description="pause between two looks for grouped messages that are due"
    )
    staleness_interval_s: float = Field(
        30.0,
        ge=0.1,
        le=600,
        description="pause between two looks for alerts whose data or rule or device is gone",
    )
    escalation_interval_s: float = Field(
        15.0,
        ge=0.1,
        le=600,
        description="pause between two looks for red alerts that nobody has in hand",
    )
    endpoints_interval_s: float = Field(
        30.0, ge=0.1, le=600, description="pause between two looks for webhook endpoints that fail"
    )
    coverage_interval_s: float = Field(
        10.0,
        ge=0.2,
        le=3_600,
        description="pause between two counts of who is covered; ten times as long as a count "
        "takes where that is more",
    )
    coverage_day_grace_s: int = Field(
        3_600,
        ge=0,
        le=43_200,
        description="how long after midnight a day of coverage is frozen",
    )
    town_index_file: Path | None = Field(
        None,
        description="indicators and weights of the towns' index (YAML); unset: the shipped ones",
    )
    retention_days: int = Field(
        1_827, ge=1, le=36_500, description="raw readings older than this are dropped"
    )
    metrics_port: int = Field(
        0, ge=0, le=65_535, description="loopback port of /metrics and /readyz; 0: none"
    )
    complaint_window_h: int = Field(
        72,
        ge=1,
        le=720,
        description="within it, complaints of one place and category repeat the first of them",
    )


class EvidenceSettings(Section):
    """The ledger over the audit trail, and the files that evidence refers to."""

    origin: str = Field(
        "trapwatch.local/ledger",
        pattern=r"^[A-Za-z0-9._/-]{1,200}$",
        description="name of this ledger in its checkpoints: a domain of yours and a path",
    )
    signing_key: SecretStr | None = Field(
        None,
        description="Ed25519 private key that signs checkpoints, as PEM; unset: there are none. "
        "`openssl genpkey -algorithm ed25519`; `trapwatch up` makes one",
    )
    checkpoint_interval_s: int = Field(
        3_600, ge=1, le=604_800, description="longest time that new entries wait to be signed for"
    )
    blob_dir: Path = Field(
        Path("var/evidence/blobs"),
        description="photos, documents and sealed readings by their SHA-256; one place for all "
        "processes, to be backed up with the database",
    )
    seal_grace_s: int = Field(
        21_600,
        ge=0,
        le=604_800,
        description="readings of a county day are sealed this long after its end",
    )
    seal_late_days: int = Field(
        8,
        ge=0,
        le=365,
        description="for so many days more a sealed day is looked at again, once a day; at least "
        "TRAPWATCH_INGEST__BACKFILL_DAYS_MAX and one",
    )
    seal_interval_s: float = Field(
        20.0, ge=0.1, le=3_600, description="pause between two runs that seal some hundred devices"
    )
    pack_bytes_max: int = Field(
        500_000_000,
        ge=1_000_000,
        le=4_000_000_000,
        description="an evidence pack of more than this is refused; it is held in memory",
    )
    attachment_bytes_max: int = Field(
        10_000_000, ge=10_000, le=200_000_000, description="one photo or document of a ticket"
    )
    trusted_keys: tuple[str, ...] = Field(
        (),
        description="verifier keys (`name+hash+base64`) of those who may hand tickets over to us "
        "and whose echoes count, joined by commas; `trapwatch handover key` prints ours",
    )
    handover_bytes_max: int = Field(
        20_000_000, ge=10_000, le=200_000_000, description="one hand-over document with its files"
    )


class ApiSettings(Section):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8_000, ge=0, le=65_535, description="port; 0: any free one")
    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost", "[::1]"),
        description="names by which callers may address the server (Host), or * for any; keeps "
        "other web sites out of an operator's browser",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="address of the pages as others see it; with https:// the session cookie is "
        "Secure and named __Host-trapwatch",
    )
    body_bytes_max: int = Field(1_000_000, ge=1_000, le=100_000_000, description="request body")
    coverage_target: float = Field(
        0.99, ge=0, le=1, description="share of restaurants that shall be connected, 0 to 1"
    )
    import_bytes_max: int = Field(
        50_000_000,
        ge=1_000,
        le=1_000_000_000,
        description="file of complaints that is sent to be imported, as sent and unpacked",
    )
    jurisdiction_id: str = Field(
        "trapwatch.local", description="jurisdiction_id that Open311 callers may name"
    )


class StackSettings(Section):
    """The embedded stack of `trapwatch up`."""

    data_dir: Path = Field(
        Path("var"), description="service tree, database cluster and broker store"
    )


class LogSettings(Section):
    """Logs."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="threshold")
    format: Literal["json", "text"] = Field("json", description="json for machines")
