"""What may be a secret is dropped by the model's trait and by the declaration, and is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from cidb2.types.models import output_of, shape_at
from cidb2.types.secrets import Secrets


def dropped(
    shape: tuple[str, str, str],
    content: Any,
    secret: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> tuple[Any, set[str]]:
    client, operation, path = shape
    omitted: set[str] = set()
    secrets = Secrets(shape_at(output_of(client, operation), path), secret, keep)
    return secrets.drop(content, "configuration", omitted), omitted


VPN = ("ec2", "DescribeVpnConnections", "VpnConnections")
VOLUME = ("ec2", "DescribeVolumes", "Volumes")
DATABASE = ("rds", "DescribeDBInstances", "DBInstances")
WEB_ACL = ("wafv2", "GetWebACL", "WebACL")
BACKUP = ("backup", "GetBackupPlan", "@")


def test_a_pre_shared_key_is_dropped_wherever_it_stands() -> None:
    connection = {
        "VpnConnectionId": "vpn-1",
        "CustomerGatewayConfiguration": "<xml>secret</xml>",
        "Options": {"TunnelOptions": [{"PreSharedKey": "secret", "DpdTimeoutSeconds": 30}, {}]},
    }
    kept, omitted = dropped(VPN, connection)
    assert kept == {
        "VpnConnectionId": "vpn-1",
        "Options": {"TunnelOptions": [{"DpdTimeoutSeconds": 30}, {}]},
    }
    assert omitted == {
        "configuration.CustomerGatewayConfiguration",
        "configuration.Options.TunnelOptions.PreSharedKey",
    }


def test_what_is_not_set_is_not_told() -> None:
    kept, omitted = dropped(DATABASE, {"PendingModifiedValues": {"MasterUserPassword": ""}})
    assert (kept, omitted) == ({"PendingModifiedValues": {}}, set())


def test_the_list_of_a_type_is_dropped_too() -> None:
    volume = {"VolumeId": "vol-1", "Attachments": [{"Device": "/dev/sda", "State": "attached"}]}
    kept, omitted = dropped(VOLUME, volume, secret=["Attachments.Device"])
    assert kept == {"VolumeId": "vol-1", "Attachments": [{"State": "attached"}]}
    assert omitted == {"configuration.Attachments.Device"}


def test_all_values_of_a_map_may_be_secret() -> None:
    odd = {"Variables": {"A": {"Value": 1, "Name": "a"}, "B": {"Value": 2}}}
    kept, omitted = dropped(VOLUME, odd, secret=["Variables.*.Value"])
    assert kept == {"Variables": {"A": {"Name": "a"}, "B": {}}}
    assert omitted == {"configuration.Variables.*.Value"}


def test_what_is_kept_outweighs_the_model_and_not_the_list() -> None:
    connection = {"CustomerGatewayConfiguration": "xml"}
    path = ["CustomerGatewayConfiguration"]
    assert dropped(VPN, connection, keep=path) == (connection, set())
    assert dropped(VPN, connection, secret=path, keep=path)[0] == {}


def test_a_value_may_be_secret_only_beside_another() -> None:
    endpoints = {
        "Attachments": [
            {"State": "sqs", "Device": "arn:aws:sqs"},
            {"State": "http", "Device": "https://user:password@example.com"},
            {"Device": "unknown"},
        ]
    }
    kept, omitted = dropped(VOLUME, endpoints, secret=["Attachments.Device State!=sqs,lambda"])
    assert kept == {"Attachments": [endpoints["Attachments"][0], {"State": "http"}, {}]}
    assert omitted == {"configuration.Attachments.Device"}


def test_some_values_of_a_map_may_be_kept() -> None:
    properties = {"Variables": {"PASSWORD": "secret", "ENFORCE_SSL": "true"}}
    kept, omitted = dropped(
        VOLUME, properties, secret=["Variables.*"], keep=["Variables.ENFORCE_SSL"]
    )
    assert kept == {"Variables": {"ENFORCE_SSL": "true"}}
    assert omitted == {"configuration.Variables.*"}


def test_a_content_without_secrets_is_not_copied() -> None:
    volume = {"VolumeId": "vol-1"}
    assert dropped(VOLUME, volume)[0] is volume


def test_a_whole_content_may_be_secret() -> None:
    assert dropped(VOLUME, {"Key": "x"}, secret=["@"]) == (None, {"configuration"})


@pytest.mark.parametrize("content", ["text", None, 3, [], [{"Options": "odd"}], {"Options": None}])
def test_content_of_another_shape_passes(content: Any) -> None:
    assert dropped(VPN, content) == (content, set())


def test_a_shape_within_itself_is_followed_once() -> None:
    rule: dict[str, Any] = {
        "Statement": {"NotStatement": {"Statement": {"ByteMatchStatement": {}}}}
    }
    assert dropped(WEB_ACL, {"Rules": [rule]})[0] == {"Rules": [rule]}


def test_a_member_may_be_secret_wherever_it_stands() -> None:
    def statement(match: Any) -> Any:
        own = {"ByteMatchStatement": match}
        return {**own, "NotStatement": {"Statement": {"AndStatement": {"Statements": [own]}}}}

    rules = [
        {"Statement": statement({"SearchString": b"secret", "PositionalConstraint": "EXACTLY"})}
    ]
    kept, omitted = dropped(WEB_ACL, {"Rules": rules}, secret=["**.SearchString"])
    assert kept == {"Rules": [{"Statement": statement({"PositionalConstraint": "EXACTLY"})}]}
    nested = "NotStatement.Statement.AndStatement.Statements."
    assert omitted == {
        f"configuration.Rules.Statement.{where}ByteMatchStatement.SearchString"
        for where in ("", nested)
    }
