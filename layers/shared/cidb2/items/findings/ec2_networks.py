"""Findings of EC2 security groups."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any

from cidb2.items.findings.content import listed, mapping, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, or_
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_ADMINISTRATION_PORTS = (22, 3389)
"""SSH and RDP. Both need TCP: RDP uses UDP only beside a connection over TCP."""

EVERY_PROTOCOL = "-1"
_TCP = ("tcp", "6")

_EVERY_IPV4 = IPv4Network("0.0.0.0/0")
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""The global unicast addresses (RFC 4291); no other IPv6 address is reached over the internet."""

Range = IPv4Network | IPv6Network | None
"""A range of addresses; None if unknown."""

_RANGES: tuple[tuple[str, str, Callable[..., Range]], ...] = (
    ("IpRanges", "CidrIp", IPv4Network),
    ("Ipv6Ranges", "CidrIpv6", IPv6Network),
)


def opens_administration(group: Resource) -> Verdict:
    """Tell whether inbound rules open an administration port to all IPv4 or all public IPv6.

    Several rules may do so together, such as 0.0.0.0/1 and 128.0.0.0/1. A prefix list that a rule
    names is another resource, and its entries are not judged here.
    """
    permissions = member(group, "IpPermissions")
    if permissions is None:
        return None
    told = [(one, [*ranges(one)]) for one in listed(permissions)]
    return or_(*(_opens(port, told) for port in _ADMINISTRATION_PORTS))


def _opens(port: int, permissions: Collection[tuple[Any, Sequence[Range]]]) -> Verdict:
    """Tell whether permissions, each with its ranges, open a port."""
    reaching = [(_reaches(port, one), ranges) for one, ranges in permissions]
    certain = [each for verdict, ranges in reaching if verdict for each in ranges]
    possible = [each for verdict, ranges in reaching if verdict is not False for each in ranges]
    if _is_everything(certain):
        return True
    is_possible = len(possible) > len(certain) and _is_everything(possible)
    return None if None in possible or is_possible else False


def _reaches(port: int, permission: Any) -> Verdict:
    match permission:
        case {"IpProtocol": protocol} if protocol == EVERY_PROTOCOL:
            return True
        case {"IpProtocol": str(protocol)} if protocol not in _TCP:
            return False
        case {"IpProtocol": str(), "FromPort": int(first), "ToPort": int(last)}:
            return first <= port <= last
    return None


def ranges(permission: Any) -> Iterator[Range]:
    """Yield the address ranges of a rule, None for each that cannot be read."""
    if not isinstance(permission, Mapping):
        yield None
    for ranges, cidr, network in _RANGES:
        for entry in listed(mapping(permission).get(ranges) or []):
            yield _range(network, mapping(entry).get(cidr))


def _range(network: Callable[..., Range], cidr: Any) -> Range:
    try:
        return network(cidr, strict=False) if isinstance(cidr, str) else None
    except ValueError:
        return None


def _is_everything(ranges: Sequence[Range]) -> bool:
    ipv4 = collapse_addresses(one for one in ranges if isinstance(one, IPv4Network))
    ipv6 = collapse_addresses(one for one in ranges if isinstance(one, IPv6Network))
    return _EVERY_IPV4 in ipv4 or any(one.supernet_of(_PUBLIC_IPV6) for one in ipv6)


RULES = (
    Rule(
        Finding.OPEN_ADMINISTRATION_PORT,
        types=("AWS::EC2::SecurityGroup",),
        judge=opens_administration,
        title="Security groups that open SSH or RDP to every address",
        advice=(
            "aws ec2 revoke-security-group-ingress --group-id <group> --security-group-rule-ids "
            "<rule>. Session Manager and EC2 Instance Connect Endpoint need no open port."
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
)
