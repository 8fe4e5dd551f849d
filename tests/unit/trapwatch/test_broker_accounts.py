import json
from base64 import b64decode
from hashlib import pbkdf2_hmac

import pytest

from core.errors import ConfigError
from trapwatch.broker_accounts.initial import initial_file
from trapwatch.broker_accounts.roles import ADMIN, WORKER, gateway_acls, worker_acls


def test_a_gateway_writes_under_its_own_id_and_reads_nothing() -> None:
    acls = gateway_acls("gw-1", [], [])
    assert [(acl["acltype"], acl["topic"], acl["allow"]) for acl in acls] == [
        ("publishClientSend", "trapwatch/v1/gw-1/#", True)
    ]


def test_further_patterns_are_granted_by_name() -> None:
    acls = gateway_acls("edge", ["spBv1.0/g/+/edge/#"], ["spBv1.0/g/NCMD/edge"])
    assert [acl["topic"] for acl in acls if acl["acltype"] == "publishClientSend"] == [
        "trapwatch/v1/edge/#", "spBv1.0/g/+/edge/#",
    ]  # fmt: skip
    assert {acl["acltype"] for acl in acls if acl["topic"] == "spBv1.0/g/NCMD/edge"} == {
        "subscribePattern", "unsubscribePattern", "publishClientReceive",
    }  # fmt: skip


@pytest.mark.parametrize("gateway", ["", " a", "a/b", "a+", "#", "x" * 65, "a\nb", ADMIN, WORKER])
def test_an_id_that_cannot_stand_in_a_topic_is_refused(gateway: str) -> None:
    with pytest.raises(ConfigError, match="gateway"):
        gateway_acls(gateway, [], [])


@pytest.mark.parametrize(
    "pattern", ["", "#", "+", "$SYS/#", "a/#/b", "a/b+", "trapwatch/v1/other/#", "trapwatch/+/x"]
)
def test_a_pattern_that_grants_too_much_or_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError):
        gateway_acls("gw-1", [pattern], [])


def test_workers_write_no_reading() -> None:
    granted = [acl["topic"] for acl in worker_acls() if acl["acltype"] == "publishClientSend"]
    assert not [topic for topic in granted if topic.startswith("trapwatch/v1")]


def test_the_first_file_denies_by_default_and_holds_hashes_only() -> None:
    document = json.loads(initial_file("admin-secret", "worker-secret", lambda n: b"s" * n))
    assert set(document["defaultACLAccess"].values()) == {False}
    assert "secret" not in json.dumps(document).replace("dynamic-security", "")
    worker = next(client for client in document["clients"] if client["username"] == WORKER)
    expected = pbkdf2_hmac("sha512", b"worker-secret", b64decode(worker["salt"]), 101, 64)
    assert b64decode(worker["password"]) == expected
