"""paho clients as ingest needs them: MQTT 3.1.1, manual acknowledgement, credentials, TLS."""

import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from core.broker_address import BrokerAddress
from ingest.buffered_socket import BufferedSocket


class BufferedClient(mqtt.Client):
    """A client for the external loop whose socket is buffered; flush it after ``loop_write``.

    Overrides two of paho's inner methods (2.2; a test watches that they are still called).
    """

    def _create_socket(self) -> BufferedSocket:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]

    def _handle_on_message(self, message: mqtt.MQTTMessage) -> None:
        # Without callbacks by topic there is nothing to look up for every message.
        if self.on_message is not None:
            self.on_message(self, self._userdata, message)


def make_client(
    address: BrokerAddress,
    client_id: str,
    *,
    clean_session: bool = False,
    kind: type[mqtt.Client] = mqtt.Client,
) -> mqtt.Client:
    """Return a client that is not connected yet.

    Raises: OSError: the authorities' file cannot be read.
    """
    client = kind(
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
