"""paho clients as ingest needs them: MQTT 3.1.1, manual acknowledgement, credentials, TLS."""

import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from core.broker_address import BrokerAddress


def make_client(
    address: BrokerAddress, client_id: str, *, clean_session: bool = False
) -> mqtt.Client:
    """Return a client that is not connected yet.

    Raises: OSError: the authorities' file cannot be read.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cafile=address.tls_ca_file))
    return client


def end_session(address: BrokerAddress, client_id: str) -> None:
    """Make the broker forget a client's session: a clean one replaces it and ends at once.

    Raises: OSError: the broker cannot be reached.
    """
    client = make_client(address, client_id, clean_session=True)
    client.on_connect = lambda client, *_: client.disconnect()
    client.connect(address.host, address.port)
    client.loop_forever()
