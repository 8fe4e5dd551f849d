"""Payloads as devices, gateways and network servers send them, one module a family. Pure.

Written from the specifications that each module names, not from our decoders, so that they test
those.
"""

from simulators.encoders.chirpstack import (
    CHIRPSTACK_APPLICATION,
    chirpstack_join,
    chirpstack_status,
    chirpstack_uplink,
    uplink_topic,
)
from simulators.encoders.native import (
    native_batch,
    native_cbor,
    native_reading,
    status,
    status_topic,
    up_topic,
)
from simulators.encoders.senml import senml_cbor, senml_json, senml_topic
from simulators.encoders.thingsboard import (
    THINGSBOARD_CONNECT_TOPIC,
    THINGSBOARD_DISCONNECT_TOPIC,
    THINGSBOARD_TELEMETRY_TOPIC,
    thingsboard_device_telemetry,
    thingsboard_device_topic,
    thingsboard_presence,
    thingsboard_telemetry,
)
from simulators.encoders.tts import tts_topic, tts_uplink
from simulators.encoders.vendors import dc413, em310_udl, em500_swl, ldds75

__all__ = [
    "CHIRPSTACK_APPLICATION",
    "THINGSBOARD_CONNECT_TOPIC",
    "THINGSBOARD_DISCONNECT_TOPIC",
    "THINGSBOARD_TELEMETRY_TOPIC",
    "chirpstack_join",
    "chirpstack_status",
    "chirpstack_uplink",
    "dc413",
    "em310_udl",
    "em500_swl",
    "ldds75",
    "native_batch",
    "native_cbor",
    "native_reading",
    "senml_cbor",
    "senml_json",
    "senml_topic",
    "status",
    "status_topic",
    "thingsboard_device_telemetry",
    "thingsboard_device_topic",
    "thingsboard_presence",
    "thingsboard_telemetry",
    "tts_topic",
    "tts_uplink",
    "up_topic",
    "uplink_topic",
]
