"""What items refer to, with account and region where they are known, and how others name them."""

from typing import Any

import pytest

from cidb2.items.relationships import (
    Relationship,
    dns_name,
    identifiers,
    relationships,
    unreadable_relations,
)
from cidb2.types.s3 import CORE, FURTHER

ACCOUNT, REGION, OTHER = "123456789012", "eu-west-1", "210987654321"
KEY = f"arn:aws:kms:us-east-1:{OTHER}:key/1"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


def item(kind: str, region: str = REGION, fields: Any = None, **configuration: Any) -> Any:
    return {
        "resourceType": f"AWS::{kind}",
        "accountId": ACCOUNT,
        "awsRegion": region,
        "configuration": configuration,
        "supplementaryConfiguration": fields or {},
        "unreadable": {},
    }


def placed(found: list[Relationship]) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.target_type, one.target, one.account_id, one.region) for one in found]


def test_an_id_is_in_the_account_and_region_of_what_names_it() -> None:
    snapshot = item("EC2::Snapshot", VolumeId="vol-1", KmsKeyId=KEY)
    assert relationships(snapshot) == [
        Relationship("Is associated with Volume", "AWS::EC2::Volume", "vol-1", ACCOUNT, REGION),
        Relationship("Is associated with Key", "AWS::KMS::Key", KEY, OTHER, "us-east-1"),
    ]


@pytest.mark.parametrize(
    ("member", "kind"), [("VpcId", "AWS::EC2::VPC"), ("ImageId", "AWS::EC2::Image")]
)
def test_what_may_be_shared_has_no_account(member: str, kind: str) -> None:
    assert placed(relationships(item("EC2::Instance", **{member: "x-1"}))) == [
        (kind, "x-1", None, None)
    ]


def test_what_is_global_is_in_no_region_and_a_bucket_in_any_account() -> None:
    user = item("IAM::User", "global", GroupList=["admins"])
    assert placed(relationships(user)) == [("AWS::IAM::Group", "admins", ACCOUNT, "global")]
    bucket = item("S3::Bucket", fields={"Logging": {"TargetBucket": "logs"}})
    assert placed(relationships(bucket)) == [("AWS::S3::Bucket", "logs", None, None)]


def test_a_bucket_leads_to_where_it_replicates_notifies_and_delivers_reports() -> None:
    def report(bucket: str, **more: Any) -> Any:
        return {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{bucket}", **more}}

    replica = {"Bucket": "arn:aws:s3:::replica", "Account": OTHER}
    replica["EncryptionConfiguration"] = {"ReplicaKmsKeyID": KEY}  # type: ignore[assignment]
    topic, queue = f"arn:aws:sns:{REGION}:{OTHER}:t", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    export = {"DataExport": {"Destination": report("analyses")}}
    fields = {
        "Replication": {
            "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Rules": [{"Destination": replica}],
        },
        "NotificationConfiguration": {
            "TopicConfigurations": [{"TopicArn": topic}],
            "QueueConfigurations": [{"QueueArn": queue}],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": LAMBDA}],
        },
        "InventoryConfigurations": [
            {"Destination": report("lists", Encryption={"SSEKMS": {"KeyId": KEY}})}
        ],
        "AnalyticsConfigurations": [{"StorageClassAnalysis": export}],
    }
    found = placed(relationships(item("S3::Bucket", fields=fields)))
    assert {(kind, target) for kind, target, *_ in found} == {
        ("AWS::S3::Bucket", "arn:aws:s3:::replica"),
        ("AWS::S3::Bucket", "arn:aws:s3:::lists"),
        ("AWS::S3::Bucket", "arn:aws:s3:::analyses"),
        ("AWS::IAM::Role", f"arn:aws:iam::{ACCOUNT}:role/r"),
        ("AWS::KMS::Key", KEY),
        ("AWS::SNS::Topic", topic),
        ("AWS::SQS::Queue", queue),
        ("AWS::Lambda::Function", LAMBDA),
    }


@pytest.mark.parametrize(
    ("arn", "target", "kind"),
    [
        (LAMBDA, LAMBDA, "AWS::Lambda::Function"),
        (f"{LAMBDA}:7", LAMBDA, "AWS::Lambda::Function"),
        (f"{LAMBDA}:$LATEST", LAMBDA, "AWS::Lambda::Function"),
        (f"{LAMBDA}:live", f"{LAMBDA}:live", "AWS::Lambda::Alias"),
        ("arn:aws:s3:::logs/AWSLogs/", "arn:aws:s3:::logs", "AWS::S3::Bucket"),
        (
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/a/b:*",
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/a/b",
            "AWS::Logs::LogGroup",
        ),
        (
            f"arn:aws:rds:{REGION}:{ACCOUNT}:db:x",
            f"arn:aws:rds:{REGION}:{ACCOUNT}:db:x",
            "*",  # of RDS, Neptune or DocumentDB
        ),
        ("arn:odd", "arn:odd", "*"),
    ],
)
def test_an_arn_says_its_type_and_is_cut_to_the_resource(arn: str, target: str, kind: str) -> None:
    rule = item("Events::Rule", fields={"Targets": [{"Arn": arn}]})
    assert [(one.target_type, one.target) for one in relationships(rule)] == [(kind, target)]


def test_a_function_is_found_in_the_uri_by_which_it_is_called() -> None:
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{LAMBDA}/invocations"
    api = item("AppSync::GraphQLApi", lambdaAuthorizerConfig={"authorizerUri": uri})
    assert (LAMBDA in {one.target for one in relationships(api)}) is True


def test_a_secret_is_named_without_what_is_selected_of_it() -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-a1b2c3"
    containers = [{"secrets": [{"valueFrom": f"{secret}:password::"}]}]
    task = item("ECS::TaskDefinition", taskDefinition={"containerDefinitions": containers})
    assert placed(relationships(task)) == [("AWS::SecretsManager::Secret", secret, ACCOUNT, REGION)]


@pytest.mark.parametrize(
    ("kind", "value", "targets"),
    [
        ("A", "192.0.2.1", [("*", "192.0.2.1")]),
        (
            "CNAME",
            "Site-1.eu-west-1.ELB.amazonaws.com.",
            [("*", "site-1.eu-west-1.elb.amazonaws.com")],
        ),
        ("CNAME", "logs.s3-website-us-east-1.amazonaws.com", [("AWS::S3::Bucket", "logs")]),
        ("MX", "10 mail.example.com", []),
        ("NS", "ns-1.awsdns-1.org.", []),
    ],
)
def test_a_record_leads_to_addresses_and_names(
    kind: str, value: str, targets: list[tuple[str, str]]
) -> None:
    record = item("Route53::RecordSet", "global", Type=kind, ResourceRecords=[{"Value": value}])
    assert [(one.target_type, one.target) for one in relationships(record)] == targets


def test_an_alias_leads_to_the_name_that_the_load_balancer_has() -> None:
    alias = {"DNSName": "dualstack.site-1.eu-west-1.elb.amazonaws.com."}
    record = item("Route53::RecordSet", "global", Type="A", AliasTarget=alias)
    balancer = item(
        "ElasticLoadBalancingV2::LoadBalancer", DNSName="Site-1.eu-west-1.elb.amazonaws.com"
    )
    assert [one.target for one in relationships(record)] == identifiers(balancer)


def test_a_policy_is_an_edge_to_whom_it_trusts() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "*"}
    key = item("KMS::Key", fields={"Policy": {"Statement": [statement, statement]}})
    assert relationships(key) == [
        Relationship("Trusts Account", "AWS::Organizations::Account", OTHER, OTHER)
    ]
    snapshot = item("EC2::Snapshot", fields={"CreateVolumePermissions": [{"UserId": OTHER}]})
    assert relationships(snapshot) == relationships(key)


def restorable(*accounts: str) -> Any:
    return {"Attributes": [{"AttributeName": "restore", "AttributeValues": [*accounts]}]}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("RDS::DBSnapshot", restorable(OTHER, "all")),
        ("RDS::DBClusterSnapshot", restorable(OTHER, "all")),
        ("Neptune::DBClusterSnapshot", restorable(OTHER, "all")),
        ("DocDB::DBClusterSnapshot", restorable(OTHER, "all")),
        ("SSM::Document", {"SharedWith": [OTHER, "All"]}),
        ("EC2::Snapshot", {"CreateVolumePermissions": [{"UserId": OTHER}, {"Group": "all"}]}),
        ("EC2::Image", {"LaunchPermissions": [{"UserId": OTHER}, {"Group": "all"}]}),
    ],
)
def test_what_is_shared_trusts_the_accounts_it_is_shared_with_and_all_is_everybody(
    kind: str, fields: Any
) -> None:
    found = relationships(item(kind, fields=fields))
    assert [(one.name, one.target, one.account_id) for one in found] == [
        ("Trusts Account", OTHER, OTHER),
        ("Trusts Everybody", "*", None),
    ]


def test_an_image_may_be_shared_with_an_organisation_or_a_unit() -> None:
    place = f"arn:aws:organizations::{OTHER}:"
    shared = [
        {"OrganizationArn": f"{place}organization/o-a1b2c3"},
        {"OrganizationalUnitArn": f"{place}ou/o-a1b2c3/ou-a1b2-c3d4e5f6"},
    ]
    found = relationships(item("EC2::Image", fields={"LaunchPermissions": shared}))
    assert [(one.name, one.account_id) for one in found] == [
        ("Trusts Organization", OTHER),
        ("Trusts OrganizationalUnit", OTHER),
    ]


def test_a_key_has_the_names_of_its_aliases_and_an_address_is_told_once() -> None:
    aliases = [{"AliasName": "alias/a", "AliasArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"}]
    key = item("KMS::Key", fields={"Aliases": aliases})
    assert identifiers(key) == ["alias/a", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"]
    addresses = [{"PrivateIpAddress": "10.0.0.1"}, {"PrivateIpAddress": "10.0.0.1"}, {}]
    assert identifiers(item("EC2::NetworkInterface", PrivateIpAddresses=addresses)) == ["10.0.0.1"]


@pytest.mark.parametrize(
    "odd", [None, 7, "", [], [None], {"a": 1}, [{"PrivateIpAddress": {"x": 1}}]]
)
def test_odd_content_names_nothing(odd: Any) -> None:
    interface = item("EC2::NetworkInterface", PrivateIpAddresses=odd, VpcId={}, Groups=odd)
    assert (identifiers(interface), relationships(interface)) == ([], [])
    assert relationships(item("S3::Bucket", fields={"Policy": odd})) == []


@pytest.mark.parametrize(
    ("kind", "field", "is_told"),
    [
        ("EC2::NetworkInterface", "configuration", True),
        ("Lambda::Function", "configuration.State", False),
        ("Lambda::Function", "configuration.VpcConfig", True),
        ("S3::Bucket", "supplementaryConfiguration.Encryption", True),
        ("S3::Bucket", "supplementaryConfiguration.Versioning", False),
        ("S3::Bucket", "supplementaryConfiguration.Policy", False),
        ("S3::Bucket", "tags", False),
    ],
)
def test_a_field_that_was_not_read_may_hide_relations(kind: str, field: str, is_told: bool) -> None:
    read = dict.fromkeys({**CORE, **FURTHER}.keys() - {field.rpartition(".")[2]})
    unread = {**item(kind, fields=read), "unreadable": {field: "AccessDenied"}}
    assert unreadable_relations(unread) == ([field] if is_told else [])


def test_a_field_that_is_left_out_may_hide_relations_and_one_that_is_not_configured_none() -> None:
    core = item("S3::Bucket", fields=dict.fromkeys(CORE))
    assert unreadable_relations(core) == [
        f"supplementaryConfiguration.{name}"
        for name in (
            "AnalyticsConfigurations",
            "InventoryConfigurations",
            "NotificationConfiguration",
            "Replication",
        )
    ]
    assert unreadable_relations(item("S3::Bucket", fields=dict.fromkeys({**CORE, **FURTHER}))) == []


def test_a_type_that_is_no_longer_collected_has_no_relations() -> None:
    gone = item("Gone::Type", VpcId="vpc-1")
    assert (identifiers(gone), relationships(gone)) == ([], [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://AbC.lambda-url.eu-west-1.on.aws/path", "abc.lambda-url.eu-west-1.on.aws"),
        ("alias/My.Key", "alias/My.Key"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8::1", "2001:DB8::1"),
        ("http://[", "http://["),
    ],
)
def test_dns_names_are_compared_in_lower_case_and_other_texts_as_they_are(
    text: str, name: str
) -> None:
    assert dns_name(text) == name
