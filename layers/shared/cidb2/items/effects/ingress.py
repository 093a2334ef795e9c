"""Tells whether a security group lets in more of the internet than before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any, Self

from cidb2.items.findings.content import listed, mapping, member
from cidb2.items.findings.ec2_networks import EVERY_PROTOCOL, ranges
from cidb2.items.findings.verdicts import Verdict, or_
from cidb2.items.resource import Resource

_GROUP = "AWS::EC2::SecurityGroup"
_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_EVERY_PORT = (-1, 65_535)

_PRIVATE: tuple[IPv4Network | IPv6Network, ...] = (
    *map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),
    *map(IPv4Network, ("127.0.0.0/8", "169.254.0.0/16")),
    *map(IPv6Network, ("fc00::/7", "fe80::/10", "::1/128")),
)
"""Addresses that are not reached over the internet (RFC 1918, 6598, 3927, 4193, 4291)."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class _Door:
    """A range of addresses that a group lets in, by a protocol and its ports."""

    protocol: str
    ports: tuple[int, int]
    network: Network

    def leads_as_far(self, other: Self) -> bool:
        """Tell whether the protocol and the ports of another door are among those of this one."""
        is_wide = self.protocol in (EVERY_PROTOCOL, other.protocol)
        return is_wide and self.ports[0] <= other.ports[0] and other.ports[1] <= self.ports[1]


def lets_more_in(before: Resource, after: Resource) -> Verdict:
    """Tell whether inbound rules let in public addresses that they did not let in before.

    Other groups and prefix lists are resources of their own, and are not judged here.
    """
    if after.resource_type != _GROUP:
        return False
    was, is_ = member(before, "IpPermissions"), member(after, "IpPermissions")
    if was is None or is_ is None:
        return None
    had, has = [*_doors(was)], [*_doors(is_)]
    known = [door for door in had if door]
    new = {*has} - {*had}
    is_open = or_(*(_is_new(door, known) for door in new if door is None or _is_public(door)))
    return None if is_open and None in had else is_open


def _doors(permissions: Any) -> Iterator[_Door | None]:
    """Yield what rules let in; None for what cannot be read."""
    for permission in listed(permissions):
        protocol, ports = mapping(permission).get("IpProtocol"), _ports(mapping(permission))
        for network in ranges(permission):
            if not isinstance(protocol, str) or ports is None or network is None:
                yield None
            else:
                yield _Door(_NAMES.get(protocol, protocol), ports, network)


def _ports(permission: Any) -> tuple[int, int] | None:
    """Return the ports, or ICMP's types, of a rule; None if they cannot be read."""
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if permission.get("IpProtocol") == EVERY_PROTOCOL or (first, last) in ((None, None), (-1, -1)):
        return _EVERY_PORT
    return (first, last) if isinstance(first, int) and isinstance(last, int) else None


def _is_public(door: _Door) -> bool:
    return not any(_is_in(door.network, private) for private in _PRIVATE)


def _is_new(door: _Door | None, known: Sequence[_Door]) -> Verdict:
    if door is None:
        return None
    reaching = [one.network for one in known if one.leads_as_far(door)]
    if any(_is_in(door.network, one) for one in reaching):
        return False
    if isinstance(door.network, IPv4Network):
        together = collapse_addresses(one for one in reaching if isinstance(one, IPv4Network))
        return not any(map(door.network.subnet_of, together))
    alike = collapse_addresses(one for one in reaching if isinstance(one, IPv6Network))
    return not any(map(door.network.subnet_of, alike))


def _is_in(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # one version
