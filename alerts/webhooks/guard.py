"""Where webhooks may go: public addresses, and private ones only by an explicit allow list. Pure.

Whoever may add an endpoint could else make us call services that trust our network: a metadata
service, a database, a router. What is judged are the addresses that a name resolved to, of which
one is then connected to, not the text of a URL: every notation (127.1, 0x7f.1, 2130706433,
[::ffff:10.0.0.1]) and a name whose answer changes end here. Sources: RFC 6890 and the IANA
registries of special-purpose addresses; OWASP, Server-Side Request Forgery Prevention.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
#: All of IPv6 that is given out; loopback, local, compatible and NAT64 addresses lie outside.
_V6_GIVEN_OUT = ip_network("2000::/3")
#: Special-purpose networks that Python's ``is_global`` takes for public in some of its versions.
_SPECIAL = tuple(
    ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)
_BROADCAST = ip_address("255.255.255.255")
_V4_MASK = 0xFFFFFFFF


class AddressGuard:
    """The allow list: networks, and hosts by name, which may be anywhere but multicast."""

    def __init__(self, networks: Sequence[Network] = (), hosts: Sequence[str] = ()) -> None:
        self._networks = tuple(networks)
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    @classmethod
    def parse(cls, entries: Sequence[str]) -> "AddressGuard":
        """Return the guard of a list such as ``10.20.0.0/16, fd12::/48, inspectors.lan``.

        Raises: ValueError: an entry is neither a network nor a host name.
        """
        networks: list[Network] = []
        hosts: list[str] = []
        for entry in entries:
            if "/" in entry or entry.replace(".", "").isdigit() or ":" in entry:
                networks.append(ip_network(entry.strip("[]")))
            elif entry and all(part.replace("-", "").isalnum() for part in entry.split(".")):
                hosts.append(entry)
            else:
                raise ValueError(f"{entry!r} is neither a network (10.20.0.0/16) nor a host name")
        return cls(networks, hosts)

    def refusal(self, host: str, addresses: Sequence[str], *, is_encrypted: bool) -> str | None:
        """Return why nothing may be sent to a host with these addresses; None: it may.

        Every one of them has to pass, so that an answer that mixes public and private ones is no
        way in. Without TLS all have to be in the allow list.
        """
        named = host.lower().rstrip(".") in self._hosts
        for text in addresses:
            address = ip_address(text)
            if _is_never_a_receiver(address):
                return f"{host}: {text} is not the address of one machine"
            if named or self._is_listed(address):
                continue
            if not _is_public(address):
                return (
                    f"{host}: {text} is not a public address; private ones have to be in "
                    "TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE"
                )
            if not is_encrypted:
                return f"{host}: https is required outside of TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE"
        return None

    def is_named(self, host: str) -> bool:
        """Return whether a host is allowed by its name, whatever it resolves to."""
        return host.lower().rstrip(".") in self._hosts

    def _is_listed(self, address: Address) -> bool:
        forms = (address, _embedded(address))
        return any(form in network for network in self._networks for form in forms if form)


def _is_public(address: Address) -> bool:
    inner = _embedded(address)
    if inner is not None:
        return _is_public(inner)
    if isinstance(address, IPv6Address) and address not in _V6_GIVEN_OUT:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_reserved or address.is_multicast)


def _is_never_a_receiver(address: Address) -> bool:
    inner = _embedded(address)
    if inner is not None:
        return _is_never_a_receiver(inner)
    return address.is_multicast or address.is_unspecified or address == _BROADCAST


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that packets to an IPv6 address end at; None: it is its own."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & _V4_MASK)
    return address.ipv4_mapped or address.sixtofour
