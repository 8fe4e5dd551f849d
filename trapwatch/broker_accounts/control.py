"""Commands to the plugin over MQTT: $CONTROL/dynamic-security/v1."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from core.broker_address import BrokerAddress
from core.errors import BrokerUnavailableError, TrapwatchError
from trapwatch.broker_accounts.roles import GATEWAY_ROLE_PREFIX, Acl
from trapwatch.mqtt_probe import Probe, probe

_TOPIC = "$CONTROL/dynamic-security/v1"
_RESPONSE = f"{_TOPIC}/response"


class AccountError(TrapwatchError):
    """The broker refused a change of accounts; the message is its own."""


class BrokerAccounts:
    """The accounts of gateways at one broker."""

    def __init__(self, session: Probe) -> None:
        self._session = session

    def add(self, gateway_id: str, secret: str, acls: Sequence[Acl]) -> None:
        """Create a gateway's role and account.

        Raises: AccountError: it exists, or the broker refuses.
        """
        role = GATEWAY_ROLE_PREFIX + gateway_id
        if gateway_id in self.list():
            raise AccountError(
                f"gateway {gateway_id} has an account already; `rotate` gives it a new secret"
            )
        self._run({"command": "deleteRole", "rolename": role}, may_fail=True)  # half an `add`
        self._run({"command": "createRole", "rolename": role, "acls": list(acls)})
        self._run(
            {
                "command": "createClient",
                "username": gateway_id,
                "password": secret,
                "roles": [{"rolename": role}],
            }
        )

    def rotate(self, gateway_id: str, secret: str) -> None:
        """Give a gateway another secret and cut its connection.

        Raises: AccountError: there is no such account.
        """
        self._require(gateway_id)
        self._run({"command": "setClientPassword", "username": gateway_id, "password": secret})
        # A live connection would outlive its secret: disabling cuts it.
        self._run({"command": "disableClient", "username": gateway_id})
        self._run({"command": "enableClient", "username": gateway_id})

    def revoke(self, gateway_id: str) -> None:
        """Delete a gateway's account and role; its connection is cut.

        Raises: AccountError: there is no such account.
        """
        self._require(gateway_id)
        self._run({"command": "deleteClient", "username": gateway_id})
        self._run({"command": "deleteRole", "rolename": GATEWAY_ROLE_PREFIX + gateway_id})

    def list(self) -> dict[str, list[str]]:
        """Return the gateways with the topic patterns they may write."""
        answer = self._run({"command": "listRoles", "verbose": True, "count": -1, "offset": 0})
        writes = {
            role["rolename"]: [
                acl["topic"]
                for acl in role.get("acls", [])
                if acl["acltype"] == "publishClientSend"
            ]
            for role in answer["data"]["roles"]
        }
        answer = self._run({"command": "listClients", "verbose": False, "count": -1, "offset": 0})
        return {
            name: writes[GATEWAY_ROLE_PREFIX + name]
            for name in sorted(answer["data"]["clients"])
            if GATEWAY_ROLE_PREFIX + name in writes
        }

    def _require(self, gateway_id: str) -> None:
        if gateway_id not in self.list():
            raise AccountError(f"gateway {gateway_id} has no account at this broker")

    def _run(self, command: dict[str, Any], *, may_fail: bool = False) -> dict[str, Any]:
        before = len(self._session.received)
        self._session.publish_one(_TOPIC, json.dumps({"commands": [command]}).encode())
        if self._session.wait_received(before + 1) == before:
            raise AccountError(
                "the broker does not answer: is the dynamic-security plugin loaded, and is this "
                "its administrator's account?"
            )
        (answer,) = json.loads(self._session.received[before][1])["responses"]
        if "error" in answer and not may_fail:
            raise AccountError(f"{command['command']}: {answer['error']}")
        return dict(answer)


@contextmanager
def broker_accounts(address: BrokerAddress) -> Iterator[BrokerAccounts]:
    """Yield the accounts of a broker, as its administrator.

    Raises: BrokerUnavailableError: not reached, or the administrator is refused.
    """
    try:
        with probe(address, f"trapwatch-admin-{token_hex(4)}") as session:
            session.subscribe(_RESPONSE)
            yield BrokerAccounts(session)
    except BrokerUnavailableError as error:
        raise BrokerUnavailableError(f"broker's administration: {error}") from None
