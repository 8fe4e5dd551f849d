"""Which addresses webhooks may go to; how names become addresses is not this module's business."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.guard import AddressGuard

CLOSED = AddressGuard()

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.8"),
    *(
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.1.2.3",
    ),
    *("240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%2", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("2001:db8::1", "100::1"),
    # IPv4 inside IPv6: mapped, compatible, NAT64, a NAT64 of one's own, 6to4, Teredo
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "64:ff9b::10.0.0.1"),
    *("64:ff9b:1::8.8.8.8", "2002:0a00:0001::1", "2002:7f00:0001::", "2001:0:4136:e378::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    refusal = CLOSED.refusal("host.example", [address], is_encrypted=True)
    assert refusal is not None
    assert address in refusal


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:0808:0808::1",
    ],
)
def test_what_is_public_may_be_sent_to_by_https_only(address: str) -> None:
    assert CLOSED.refusal("host.example", [address], is_encrypted=True) is None
    refusal = CLOSED.refusal("host.example", [address], is_encrypted=False)
    assert refusal is not None
    assert "https is required" in refusal


@pytest.mark.parametrize(
    "notation",
    ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "017700000001", "0x7f000001", "127.0.0.1"],
)
def test_every_notation_of_loopback_ends_as_loopback(notation: str) -> None:
    """The system's look-up decides what a notation means; what is judged is its answer."""
    addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(notation, 80)]
    assert CLOSED.refusal(notation, addresses, is_encrypted=True) is not None


def test_one_bad_address_among_good_ones_is_enough() -> None:
    mixed = ["8.8.8.8", "10.0.0.1", "1.1.1.1"]
    refusal = CLOSED.refusal("rebind.example", mixed, is_encrypted=True)
    assert refusal is not None
    assert "10.0.0.1" in refusal


def test_a_listed_network_may_be_sent_to_even_by_http() -> None:
    guard = AddressGuard.parse(["10.20.0.0/16", "fd12::/48", "127.0.0.1"])
    for address in ("10.20.3.4", "fd12::7", "127.0.0.1", "::ffff:10.20.3.4"):
        assert guard.refusal("lan", [address], is_encrypted=False) is None
    for address in ("10.21.0.1", "fd13::7", "127.0.0.2", "::ffff:10.21.0.1"):
        assert guard.refusal("lan", [address], is_encrypted=True) is not None
    assert guard.refusal("lan", ["10.20.3.4", "10.21.0.1"], is_encrypted=True) is not None
    assert guard.refusal("lan", ["10.20.3.4", "8.8.8.8"], is_encrypted=False) is not None


def test_a_listed_host_may_be_anywhere_but_not_everywhere() -> None:
    guard = AddressGuard.parse(["Inspectors.LAN"])
    assert guard.refusal("inspectors.lan.", ["10.1.2.3"], is_encrypted=False) is None
    assert guard.refusal("other.lan", ["10.1.2.3"], is_encrypted=False) is not None
    for address in ("224.0.0.1", "0.0.0.0", "255.255.255.255", "ff02::1", "::ffff:224.0.0.1"):
        assert guard.refusal("inspectors.lan", [address], is_encrypted=True) is not None


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/33", "10.0.0.1/8", "what ever", "", "10.0.0", "a/b", "::g/8"]
)
def test_a_malformed_entry_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AddressGuard.parse([entry])


@given(st.ip_addresses(v=4))
def test_embedding_an_address_changes_nothing(address: object) -> None:
    plain = CLOSED.refusal("h", [str(address)], is_encrypted=True) is None
    for form in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert (CLOSED.refusal("h", [form], is_encrypted=True) is None) == plain
