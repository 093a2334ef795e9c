"""EC2's findings: what opens a network or a disk to everybody, and what nobody knows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.findings.counting import Findings
from cidb2.items.findings.ec2_networks import opens_administration
from cidb2.items.findings.ec2_storage import is_public_image, is_public_snapshot
from cidb2.items.findings.encryption import is_unencrypted
from cidb2.items.findings.rule import Finding
from cidb2.items.findings.verdicts import Verdict
from tests.support.builders import a_resource
from tests.support.found import note
from tests.support.strategies import any_json, damaged

SSH, RDP = 22, 3389
EVERYWHERE, EVERYWHERE_6 = "0.0.0.0/0", "::/0"
HALVES = ("0.0.0.0/1", "128.0.0.0/1")
QUARTERS = ("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2")


def allowing(
    *cidrs: str, protocol: Any = "tcp", ports: tuple[Any, ...] = (SSH, SSH)
) -> dict[str, Any]:
    """Return an inbound permission as DescribeSecurityGroups does; without ports for all."""
    return {
        "IpProtocol": protocol,
        **dict(zip(("FromPort", "ToPort"), ports, strict=False)),
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }


def a_group(*permissions: Any, **changes: Any) -> Any:
    fields = {"configuration": {"GroupId": "sg-1", "IpPermissions": [*permissions]}} | changes
    return a_resource("sg-1", resource_type="AWS::EC2::SecurityGroup", **fields)


@pytest.mark.parametrize(
    ("permissions", "verdict"),
    [
        ([], False),
        ([allowing(EVERYWHERE)], True),
        ([allowing(EVERYWHERE_6)], True),
        ([allowing("0000:0:0:0:0:0:0:0/0")], True),
        ([allowing("2000::/3")], True),
        ([allowing("fc00::/7", "4000::/2")], False),
        ([allowing(EVERYWHERE, ports=(RDP, RDP))], True),
        ([allowing(EVERYWHERE, ports=(0, 65535))], True),
        ([allowing(EVERYWHERE, ports=(20, 30))], True),
        ([allowing(EVERYWHERE, protocol="6")], True),
        ([allowing(EVERYWHERE, protocol="-1", ports=())], True),
        ([allowing("192.0.2.0/24", EVERYWHERE)], True),
        ([allowing("192.0.2.0/24"), allowing(EVERYWHERE)], True),
        ([allowing("192.0.2.0/24", "2001:db8::/32")], False),
        ([allowing(EVERYWHERE, EVERYWHERE_6, ports=(443, 443))], False),
        ([allowing(EVERYWHERE, ports=(23, 3388))], False),
        ([allowing(EVERYWHERE, protocol="udp")], False),
        ([allowing(EVERYWHERE, protocol="icmp", ports=(-1, -1))], False),
        ([allowing(EVERYWHERE, protocol="50", ports=())], False),
    ],
)
def test_a_group_that_opens_an_administration_port_to_every_address_is_found(
    permissions: list[Any], verdict: Verdict
) -> None:
    assert opens_administration(a_group(*permissions)) is verdict


@pytest.mark.parametrize(
    ("permissions", "verdict"),
    [
        ([allowing(*HALVES)], True),
        ([allowing(HALVES[0]), allowing(HALVES[1])], True),
        ([allowing(HALVES[0]), allowing(HALVES[1], protocol="-1", ports=())], True),
        ([allowing(HALVES[0], ports=(0, 100)), allowing(*QUARTERS[2:])], True),
        ([allowing("::/1", "8000::/1")], True),
        ([allowing("2000::/4", "3000::/4")], True),
        ([allowing("2000::/4")], False),
        ([allowing(*QUARTERS, "10.0.0.0/8")], True),
        ([allowing(HALVES[0])], False),
        ([allowing(*QUARTERS[:3])], False),
        ([allowing(HALVES[0]), allowing(HALVES[1], ports=(RDP, RDP))], False),
        ([allowing(HALVES[0]), allowing(HALVES[1], ports=(443, 443))], False),
        ([allowing("0.0.0.0/1", "8000::/1")], False),
    ],
)
def test_rules_that_cover_every_address_together_count_as_one(
    permissions: list[Any], verdict: Verdict
) -> None:
    assert opens_administration(a_group(*permissions)) is verdict


ODD_RANGE = allowing() | {"IpRanges": [{"CidrIp": "all of them"}]}


@pytest.mark.parametrize(
    ("group", "verdict"),
    [
        (a_group(configuration=None), None),
        (a_group(configuration={"GroupId": "sg-1"}), None),
        (a_group(allowing(EVERYWHERE), unreadable={"configuration": "AccessDenied"}), None),
        (a_group(7), None),
        (a_group(ODD_RANGE), None),
        (a_group(allowing() | {"IpRanges": [{"Description": "no range"}]}), None),
        (a_group(allowing() | {"IpRanges": 7}), None),
        (a_group(allowing(EVERYWHERE, ports=())), None),
        (a_group(allowing(EVERYWHERE, protocol=None)), None),
        (a_group(ODD_RANGE, allowing(EVERYWHERE)), True),
        (a_group(ODD_RANGE | {"ToPort": 443, "FromPort": 443}), False),
        (a_group(allowing("192.0.2.0/24", ports=())), False),
        (a_group(allowing(HALVES[0]), allowing(HALVES[1], ports=())), None),
    ],
)
def test_what_aws_leaves_out_of_a_rule_is_unknown_if_it_could_open_the_port(
    group: Any, verdict: Verdict
) -> None:
    assert opens_administration(group) is verdict


FOR_ALL, FOR_ONE = [{"Group": "all"}], [{"UserId": "210987654321"}]


def shared(kind: str, *unreadable: str, configuration: Any = None, **supplementary: Any) -> Any:
    return a_resource(
        "shared",
        resource_type=f"AWS::EC2::{kind}",
        configuration=configuration,
        supplementary=supplementary,
        unreadable={f"supplementaryConfiguration.{name}": "Throttled" for name in unreadable},
    )


@pytest.mark.parametrize(
    ("snapshot", "verdict"),
    [
        (shared("Snapshot", IsPublic=True, CreateVolumePermissions=FOR_ALL), True),
        (shared("Snapshot", IsPublic=False, CreateVolumePermissions=FOR_ONE), False),
        (shared("Snapshot", IsPublic=False, CreateVolumePermissions=[]), False),
        (shared("Snapshot", "CreateVolumePermissions", IsPublic=True), True),
        (shared("Snapshot", "CreateVolumePermissions", IsPublic=False), False),
        (shared("Snapshot", "IsPublic", CreateVolumePermissions=[*FOR_ONE, *FOR_ALL]), True),
        (shared("Snapshot", "IsPublic", CreateVolumePermissions=FOR_ONE), False),
        (shared("Snapshot", "IsPublic", CreateVolumePermissions=None), None),
        (shared("Snapshot", "IsPublic", CreateVolumePermissions=[{}]), None),
        (shared("Snapshot", "IsPublic", "CreateVolumePermissions"), None),
        (shared("Snapshot", "IsPublic", "CreateVolumePermissions", IsPublic=True), None),
        (shared("Snapshot", IsPublic="yes"), None),
        (shared("Snapshot"), None),
    ],
)
def test_a_snapshot_is_public_if_everybody_may_restore_it(snapshot: Any, verdict: Verdict) -> None:
    assert is_public_snapshot(snapshot) is verdict


@pytest.mark.parametrize(
    ("image", "verdict"),
    [
        (shared("Image", LaunchPermissions=FOR_ALL, configuration={"Public": True}), True),
        (shared("Image", LaunchPermissions=FOR_ONE, configuration={"Public": False}), False),
        (shared("Image", LaunchPermissions=[]), False),
        (shared("Image", "LaunchPermissions", configuration={"Public": True}), True),
        (shared("Image", "LaunchPermissions", configuration={"Public": False}), False),
        (shared("Image", "LaunchPermissions", configuration={}), None),
        (shared("Image", LaunchPermissions=FOR_ALL, configuration={}), True),
    ],
)
def test_an_image_is_public_if_everybody_may_launch_it(image: Any, verdict: Verdict) -> None:
    assert is_public_image(image) is verdict


@pytest.mark.parametrize("kind", ["Volume", "Snapshot"])
@pytest.mark.parametrize(
    ("configuration", "verdict"),
    [
        ({"Encrypted": False}, True),
        ({"Encrypted": True}, False),
        ({"Encrypted": "false"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_disk_that_is_not_encrypted_is_found(
    kind: str, configuration: Any, verdict: Verdict
) -> None:
    assert is_unencrypted(shared(kind, configuration=configuration)) is verdict


def test_a_resource_may_have_several_findings_and_each_has_its_own_unknown() -> None:
    findings = Findings()
    note(findings, shared("Snapshot", configuration={"Encrypted": False}, IsPublic=True))
    note(findings, shared("Snapshot", "IsPublic", configuration={"Encrypted": False}))
    note(findings, shared("Snapshot", configuration={}, IsPublic=False))
    arn = shared("Snapshot").arn
    assert findings.to_document() == {
        Finding.PUBLIC_SNAPSHOT: {"count": 1, "unknown": 1, "arns": [arn]},
        Finding.UNENCRYPTED_SNAPSHOT: {"count": 2, "unknown": 1, "arns": [arn, arn]},
    }


SOUND: dict[str, Any] = {
    "SecurityGroup": {"configuration": {"IpPermissions": [allowing(*HALVES, EVERYWHERE_6)]}},
    "Snapshot": {
        "configuration": {"Encrypted": False},
        "supplementary": {"IsPublic": True, "CreateVolumePermissions": FOR_ALL},
    },
    "Image": {
        "configuration": {"Public": True},
        "supplementary": {"LaunchPermissions": FOR_ALL},
    },
    "Volume": {"configuration": {"Encrypted": False}},
}


@given(st.sampled_from([*SOUND]), st.data())
def test_whatever_is_in_a_resource_each_finding_is_judged_or_unknown(
    kind: str, data: st.DataObject
) -> None:
    fields = {
        name: data.draw(damaged(field, any_json), label=name) for name, field in SOUND[kind].items()
    }
    findings = Findings()
    note(findings, a_resource(resource_type=f"AWS::EC2::{kind}", **fields))
    for figures in findings.to_document().values():
        assert figures["count"] + figures["unknown"] == 1
