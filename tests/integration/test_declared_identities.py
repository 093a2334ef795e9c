"""Declared types of IAM and Lambda, planted in moto and read over the wire."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cidb2.types.catalog import TYPES
from cidb2.types.relations import edges
from tests.support.aws import MEMBER, REGION, client
from tests.support.over_the_wire import items_of
from tests.support.wire import Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("hub")]

TAGS = [{"Key": "team", "Value": "payments"}]
TRUST = {"Version": "2012-10-17", "Statement": []}
METADATA = "<EntityDescriptor>" + "x" * 1_000 + "</EntityDescriptor>"


def instance_profile(iam: Any) -> Any:
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_instance_profile(InstanceProfileName="web", Path="/a/b/", Tags=TAGS)
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    return iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"][
        "InstanceProfileId"
    ]


def oidc_provider(iam: Any) -> Any:
    return iam.create_open_id_connect_provider(
        Url="https://oidc.example.com/id/1A2B", ThumbprintList=["a" * 40], Tags=TAGS
    )["OpenIDConnectProviderArn"]


def saml_provider(iam: Any) -> Any:
    return iam.create_saml_provider(Name="idp", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]


def server_certificate(iam: Any) -> Any:
    answer = iam.upload_server_certificate(
        ServerCertificateName="old", CertificateBody="body", PrivateKey="hunter2"
    )
    return answer["ServerCertificateMetadata"]["ServerCertificateId"]


def mfa_device(iam: Any) -> Any:
    return iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"][
        "SerialNumber"
    ]


def settings(iam: Any) -> Any:
    iam.update_account_password_policy(MinimumPasswordLength=14)
    return MEMBER


MAPPING = TYPES["lambda"]["AWS::Lambda::EventSourceMapping"]
UNTAGGED = {"AWS::IAM::SAMLProvider", "AWS::IAM::AccountSettings"}

PLANTED: dict[str, Callable[[Any], Any]] = {
    "AWS::IAM::InstanceProfile": instance_profile,
    "AWS::IAM::OIDCProvider": oidc_provider,
    "AWS::IAM::SAMLProvider": saml_provider,
    "AWS::IAM::ServerCertificate": server_certificate,
    "AWS::IAM::VirtualMFADevice": mfa_device,
    "AWS::IAM::AccountSettings": settings,
}


NOT_IN_MOTO = ("ListInstanceProfileTags", "ListServerCertificateTags", "ListMFADeviceTags")


@pytest.fixture(autouse=True)
def tags(wire: Wire) -> None:
    """Have the operations that moto does not know answer like those that it does."""
    for operation in NOT_IN_MOTO:
        wire.answers(operation, {"Tags": TAGS, "IsTruncated": False})


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_read(name: str) -> None:
    planted = PLANTED[name](client("iam", MEMBER))
    item = items_of("iam", name)[planted]
    assert item["configuration"]
    assert item["unreadable"] == {}
    if name not in UNTAGGED:
        assert item["tags"] == {"team": "payments"}


def test_secrets_of_providers_and_devices_are_left_out() -> None:
    iam = client("iam", MEMBER)
    provider, device = saml_provider(iam), mfa_device(iam)
    item = items_of("iam", "AWS::IAM::SAMLProvider")[provider]
    assert item["omitted"] == ["configuration.SAMLMetadataDocument"]
    assert "EntityDescriptor" not in str(item)
    assert "Base32StringSeed" not in items_of("iam", "AWS::IAM::VirtualMFADevice")[device]


def test_an_account_without_a_password_policy_has_none(wire: Wire) -> None:
    def policy() -> Any:
        item = items_of("iam", "AWS::IAM::AccountSettings")[MEMBER]
        return item["supplementaryConfiguration"]["PasswordPolicy"]

    assert policy() is None
    settings(client("iam", MEMBER))
    assert policy()["MinimumPasswordLength"] == 14


def test_a_trust_policy_within_an_instance_profile_is_json() -> None:
    profile = instance_profile(client("iam", MEMBER))
    configuration = items_of("iam", "AWS::IAM::InstanceProfile")[profile]["configuration"] or {}
    [role] = configuration["Roles"]
    assert role["AssumeRolePolicyDocument"] == TRUST


def test_aliases_and_mappings_belong_to_a_function() -> None:
    role = client("iam", MEMBER).create_role(
        RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    made = client("lambda", MEMBER)
    for name in ("one", "two"):
        made.create_function(
            FunctionName=name,
            Role=role["Role"]["Arn"],
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": b"no code of anybody"},
        )
        made.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    queue = client("sqs", MEMBER).create_queue(QueueName="jobs")["QueueUrl"]
    arn = client("sqs", MEMBER).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    mapping = made.create_event_source_mapping(
        FunctionName="one", EventSourceArn=arn["Attributes"]["QueueArn"]
    )["UUID"]
    aliases = items_of("lambda", "AWS::Lambda::Alias")
    prefix = f"arn:aws:lambda:{REGION}:{MEMBER}:function"
    assert aliases.keys() == {f"{prefix}:one:live", f"{prefix}:two:live"}
    [item] = items_of("lambda", "AWS::Lambda::EventSourceMapping").values()
    assert item["resourceId"] == mapping
    assert (item["tags"], item["unreadable"]) == ({}, {})
    found = {edge.target for edge in edges(MAPPING.edges, item)}
    assert found == {f"{prefix}:one", arn["Attributes"]["QueueArn"]}
