"""The S3 collector: buckets and twenty configurations of each, every one a field of its own."""

import json
from typing import Any

import pytest

from cidb2.items.item import Item
from cidb2.types.s3 import FURTHER
from tests.support.aws import MEMBER, OTHER_MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.wire import Paging, Wire

pytestmark = pytest.mark.integration

TOKENS = Paging(reads="ContinuationToken", writes="ContinuationToken")
SCOPE = f"{MEMBER}/s3/global"
RUNS = ("20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1")
MANY_TAGS = {f"schlüssel-{number}": f"価値 {number}" for number in range(50)}
THIRD_RUN = "20261126T034830Z-0000000s1"
FRANKFURT = "eu-central-1"

READ_BY = {
    "tags": "GetBucketTagging",
    "supplementaryConfiguration.Acl": "GetBucketAcl",
    "supplementaryConfiguration.Encryption": "GetBucketEncryption",
    "supplementaryConfiguration.LifecycleConfiguration": "GetBucketLifecycleConfiguration",
    "supplementaryConfiguration.Logging": "GetBucketLogging",
    "supplementaryConfiguration.OwnershipControls": "GetBucketOwnershipControls",
    "supplementaryConfiguration.Policy": "GetBucketPolicy",
    "supplementaryConfiguration.PolicyStatus": "GetBucketPolicyStatus",
    "supplementaryConfiguration.PublicAccessBlock": "GetPublicAccessBlock",
    "supplementaryConfiguration.Versioning": "GetBucketVersioning",
    **{f"supplementaryConfiguration.{name}": call.operation for name, call in FURTHER.items()},
}
"""The operation that reads each field."""

ACCOUNT_BLOCK = "supplementaryConfiguration.AccountPublicAccessBlock"
"""What stands on each bucket of an account."""

NOT_CONFIGURED = {
    "tags": "NoSuchTagSet",
    "supplementaryConfiguration.Encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "supplementaryConfiguration.LifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "supplementaryConfiguration.OwnershipControls": "OwnershipControlsNotFoundError",
    "supplementaryConfiguration.Policy": "NoSuchBucketPolicy",
    "supplementaryConfiguration.PolicyStatus": "NoSuchBucketPolicy",
    "supplementaryConfiguration.PublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "supplementaryConfiguration.AccelerateConfiguration": "UnsupportedArgument",
    "supplementaryConfiguration.Cors": "NoSuchCORSConfiguration",
    "supplementaryConfiguration.ObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    "supplementaryConfiguration.Replication": "ReplicationConfigurationNotFoundError",
    "supplementaryConfiguration.Website": "NoSuchWebsiteConfiguration",
}
"""The error code by which S3 says that a field is not configured."""


def bucket_arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def plant_bucket(name: str, account: str = MEMBER, region: str = REGION) -> str:
    options = (
        {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    client("s3", account, region).create_bucket(Bucket=name, **options)
    return name


def policy_of(name: str) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Sid": "Größe"}
    return {
        "Version": "2012-10-17",
        "Statement": [statement | {"Resource": f"{bucket_arn(name)}/*"}],
    }


def configure(name: str, region: str = REGION) -> None:
    """Set everything that a bucket can have of what the collector reads."""
    s3 = client("s3", MEMBER, region)
    s3.put_bucket_tagging(
        Bucket=name,
        Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in MANY_TAGS.items()]},
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy_of(name)))
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "r",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 1},
                }
            ]
        },
    )
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": CORS_RULES})
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=WEBSITE)
    s3.put_bucket_accelerate_configuration(
        Bucket=name, AccelerateConfiguration={"Status": "Enabled"}
    )
    log_target = plant_bucket(f"{name}-logs", region=region)
    s3.put_bucket_acl(Bucket=log_target, ACL="log-delivery-write")
    s3.put_bucket_logging(
        Bucket=name,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": log_target, "TargetPrefix": "l/"}},
    )


CORS_RULES: Any = [
    {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://example.com"]},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]},
]
WEBSITE: Any = {"IndexDocument": {"Suffix": "index.html"}}


def fields(item: Item) -> dict[str, Any]:
    """Return the fields of an item that calls of their own read, by their full names."""
    return {
        "tags": item["tags"],
        **{
            f"supplementaryConfiguration.{name}": value
            for name, value in item["supplementaryConfiguration"].items()
        },
    }


def test_a_bucket_is_read_with_all_its_configurations(hub: Hub) -> None:
    configure(plant_bucket("whole", region=FRANKFURT), FRANKFURT)
    item = hub.take("s3", run=run_state(regions=None))[bucket_arn("whole")]
    configuration = item["configuration"]
    assert configuration is not None
    assert {*configuration} == {"Name", "CreationDate", "BucketRegion"}
    assert (configuration["Name"], configuration["BucketRegion"]) == ("whole", FRANKFURT)
    assert configuration["CreationDate"].endswith("Z")
    assert (item["resourceType"], item["resourceId"]) == ("AWS::S3::Bucket", "whole")
    assert (item["resourceName"], item["awsRegion"]) == ("whole", FRANKFURT)
    assert (item["accountId"], item["scope"]) == (MEMBER, SCOPE)
    assert (item["tags"], item["unreadable"]) == (MANY_TAGS, {})
    extra = item["supplementaryConfiguration"]
    assert extra["Policy"] == policy_of("whole")
    assert extra["PolicyStatus"] == {"IsPublic": False}
    [encryption] = extra["Encryption"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    assert extra["Versioning"] == {"Status": "Enabled"}
    assert extra["PublicAccessBlock"]["BlockPublicAcls"] is True
    assert extra["Logging"] == {"TargetBucket": "whole-logs", "TargetPrefix": "l/"}
    assert extra["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    assert [rule["ID"] for rule in extra["LifecycleConfiguration"]["Rules"]] == ["r"]
    assert [grant["Permission"] for grant in extra["Acl"]["Grants"]] == ["FULL_CONTROL"]
    assert extra["Cors"] == CORS_RULES
    assert extra["Website"] == WEBSITE
    assert extra["AccelerateConfiguration"] == {"Status": "Enabled"}
    assert extra["RequestPayment"] == {"Payer": "BucketOwner"}
    assert {*fields(item)} == {*READ_BY, ACCOUNT_BLOCK}


def test_what_is_not_configured_is_null_and_an_empty_map_of_tags(hub: Hub) -> None:
    plant_bucket("plain")
    item = hub.take("s3")[bucket_arn("plain")]
    found = fields(item)
    assert item["unreadable"] == {}
    assert found.pop("tags") == {}
    assert found.pop("supplementaryConfiguration.Encryption") is not None
    assert found.pop("supplementaryConfiguration.Acl") is not None
    assert found.pop("supplementaryConfiguration.RequestPayment") == {"Payer": "BucketOwner"}
    assert found == {
        f"supplementaryConfiguration.{name}": None
        for name in (
            "AccountPublicAccessBlock",
            "LifecycleConfiguration",
            "Logging",
            "OwnershipControls",
            "Policy",
            "PolicyStatus",
            "PublicAccessBlock",
            "Versioning",
            *(FURTHER.keys() - {"RequestPayment"}),
        )
    }


def test_aws_is_asked_for_pages_with_regions_and_for_each_bucket_where_it_is(
    hub: Hub, wire: Wire
) -> None:
    configure(plant_bucket("whole", region=FRANKFURT), FRANKFURT)
    hub.collect("s3", run=run_state(regions=None))
    [listing] = wire.of("ListBuckets")
    assert listing.parameters["MaxBuckets"] == 1000
    assert listing.region == REGION
    for operation in READ_BY.values():
        [call] = wire.of(operation, Bucket="whole")
        assert (call.region, call.account) == (FRANKFURT, MEMBER)
        assert call.parameters == {"Bucket": "whole", "ExpectedBucketOwner": MEMBER}
    called = {one.operation for one in wire.calls if one.access_key == listing.access_key}
    assert called == {"ListBuckets", *READ_BY.values()}


def test_a_list_of_configurations_is_asked_for_page_by_page(hub: Hub, wire: Wire) -> None:
    plant_bucket("plain")
    inventories = [{"Id": str(number)} for number in range(3)]
    pages = [
        {"InventoryConfigurationList": [one], "IsTruncated": one["Id"] != "2"}
        for one in inventories
    ]
    tokens = Paging(reads="ContinuationToken", writes="NextContinuationToken")
    wire.pages("ListBucketInventoryConfigurations", pages, tokens)
    item = hub.take("s3")[bucket_arn("plain")]
    found = item["supplementaryConfiguration"]["InventoryConfigurations"]
    assert [one["Id"] for one in found] == ["0", "1", "2"]
    calls = wire.of("ListBucketInventoryConfigurations")
    sent = [call.parameters.get("ContinuationToken") for call in calls]
    assert sent == [None, *tokens.tokens[:2]]
    assert {call.parameters["ExpectedBucketOwner"] for call in calls} == {MEMBER}


SCP = "x is not authorized to perform: y with an explicit deny in a service control policy"


def test_where_the_lead_region_is_closed_buckets_keep_the_date_that_is_known(
    hub: Hub, wire: Wire
) -> None:
    plant_bucket("old")
    before = hub.take("s3", run=run_state(RUNS[0]))[bucket_arn("old")]
    changed = {"Name": "old", "BucketRegion": REGION, "CreationDate": "2026-11-24T03:48:30Z"}
    new = changed | {"Name": "new"}
    plant_bucket("new")
    wire.answers("ListBuckets", {"Buckets": [changed, new]})
    wire.refuses("ListBuckets", "AccessDenied", SCP, region=REGION)
    items = hub.take("s3", run=run_state(RUNS[1]))
    after = items[bucket_arn("old")]
    assert (after["configuration"], after["contentHash"]) == (
        before["configuration"],
        before["contentHash"],
    )
    assert after["change"] == "UNCHANGED"
    assert items[bucket_arn("new")]["configuration"] == {"Name": "new", "BucketRegion": REGION}
    for name in ("old", "new"):
        assert items[bucket_arn(name)]["unreadable"] == {
            "configuration.CreationDate": "AccessDenied"
        }
    row = hub.scopes(RUNS[1])[SCOPE]
    assert (row["outcome"], row["unreadableReasons"]) == ("COMPLETE", {"SCP_DENIED": 2})


def test_the_policy_status_is_asked_for_only_where_there_is_a_policy(hub: Hub, wire: Wire) -> None:
    for name in ("with", "without"):
        plant_bucket(name)
    client("s3", MEMBER).put_bucket_policy(Bucket="with", Policy=json.dumps(policy_of("with")))
    hub.collect("s3")
    assert [call.parameters["Bucket"] for call in wire.of("GetBucketPolicyStatus")] == ["with"]


def test_every_page_is_read_under_the_token_that_aws_gave(hub: Hub, wire: Wire) -> None:
    names = [plant_bucket(name) for name in ("one", "two", "three")]
    pages = [{"Buckets": [{"Name": name, "BucketRegion": REGION}]} for name in names]
    wire.pages("ListBuckets", pages, TOKENS)
    assert {*hub.take("s3")} == {bucket_arn(name) for name in names}
    sent = [call.parameters.get("ContinuationToken") for call in wire.of("ListBuckets")]
    assert sent == [None, *TOKENS.tokens[:2]]


@pytest.mark.parametrize("field", READ_BY)
def test_what_may_not_be_read_is_named_and_costs_nothing_else(
    hub: Hub, wire: Wire, field: str
) -> None:
    configure(plant_bucket("whole"))
    hub.collect("s3", run=run_state(RUNS[0]))
    whole = hub.published()[bucket_arn("whole")]
    wire.refuses(READ_BY[field], "AccessDenied", Bucket="whole")
    hub.collect("s3", run=run_state(RUNS[1]))
    item = hub.published()[bucket_arn("whole")]
    assert item["unreadable"] == {field: "AccessDenied"}
    expected = fields(whole)
    if field == "tags":
        expected["tags"] = None
    else:
        del expected[field]
    assert fields(item) == expected
    assert item["configuration"] == whole["configuration"]
    scope = hub.scopes(RUNS[1])[SCOPE]
    assert (scope["outcome"], scope["unreadable"]) == ("COMPLETE", 1)


@pytest.mark.parametrize("field", READ_BY)
def test_what_may_no_longer_be_read_stays_as_it_was_last_known(
    hub: Hub, wire: Wire, field: str
) -> None:
    configure(plant_bucket("whole"))
    whole = hub.take("s3", run=run_state(RUNS[0]))[bucket_arn("whole")]
    wire.refuses(READ_BY[field], "AccessDenied", Bucket="whole")
    item = hub.take("s3", run=run_state(RUNS[1]))[bucket_arn("whole")]
    assert (item["change"], item["unreadable"]) == ("UNCHANGED", {field: "AccessDenied"})
    assert fields(item) == fields(whole)


@pytest.mark.parametrize("field", NOT_CONFIGURED)
def test_s3s_word_for_not_configured_makes_a_field_null(hub: Hub, wire: Wire, field: str) -> None:
    configure(plant_bucket("whole"))
    wire.refuses(READ_BY[field], NOT_CONFIGURED[field], Bucket="whole")
    item = hub.take("s3")[bucket_arn("whole")]
    assert item["unreadable"] == {}
    assert fields(item)[field] == ({} if field == "tags" else None)


def test_a_policy_that_may_not_be_read_still_has_its_status_read(hub: Hub, wire: Wire) -> None:
    configure(plant_bucket("whole"))
    wire.refuses("GetBucketPolicy", "AccessDenied")
    item = hub.take("s3")[bucket_arn("whole")]
    assert item["supplementaryConfiguration"]["PolicyStatus"] == {"IsPublic": False}


@pytest.mark.parametrize("operation", sorted(READ_BY.values()))
def test_a_bucket_that_vanishes_before_it_is_read_is_no_item(
    hub: Hub, wire: Wire, operation: str
) -> None:
    configure(plant_bucket("whole"))
    wire.refuses(operation, "NoSuchBucket", Bucket="whole")
    assert {*hub.take("s3")} == {bucket_arn("whole-logs")}
    scope = hub.scopes()[SCOPE]
    assert (scope["outcome"], scope["items"], scope["unreadable"]) == ("COMPLETE", 1, 0)


def test_a_bucket_that_makes_no_sense_costs_no_other_and_is_not_deleted(
    hub: Hub, wire: Wire
) -> None:
    for name in ("strange", "plain"):
        plant_bucket(name)
    hub.take("s3", run=run_state(RUNS[0]))
    listed = [{"Name": "strange"}, {"Name": "plain", "BucketRegion": REGION}]
    wire.answers("ListBuckets", {"Buckets": listed})
    items = hub.take("s3", run=run_state(RUNS[1]))
    assert {name.rpartition(":")[2]: item["runId"] for name, item in items.items()} == {
        "strange": RUNS[0],
        "plain": RUNS[1],
    }
    assert items[bucket_arn("strange")]["change"] != "DELETED"
    row = hub.scopes(RUNS[1])[SCOPE]
    assert (row["outcome"], row["reason"], row["items"]) == ("PARTIAL", "INCOMPLETE_ANSWER", 1)


def test_a_run_of_some_regions_leaves_the_other_buckets_alone(hub: Hub, wire: Wire) -> None:
    here, there = plant_bucket("here"), plant_bucket("there", region=FRANKFURT)
    hub.take("s3", run=run_state(RUNS[0], regions=None))
    items = hub.take("s3", run=run_state(RUNS[1], regions=[REGION]))
    assert items[bucket_arn(here)]["runId"] == RUNS[1]
    assert items[bucket_arn(there)]["runId"] == RUNS[0]
    assert items[bucket_arn(there)]["configurationItemStatus"] != "ResourceDeleted"
    assert len(wire.of("GetBucketAcl", Bucket=there)) == 1


def test_the_buckets_of_two_accounts_do_not_meet(hub: Hub) -> None:
    plant_bucket("mine")
    plant_bucket("theirs", OTHER_MEMBER)
    hub.take("s3", MEMBER)
    owners = {
        item["resourceName"]: item["accountId"] for item in hub.take("s3", OTHER_MEMBER).values()
    }
    assert owners == {"mine": MEMBER, "theirs": OTHER_MEMBER}


def block_public_access(account: str = MEMBER, **settings: bool) -> None:
    control = client("s3control", account)
    control.put_public_access_block(
        AccountId=account, PublicAccessBlockConfiguration={"IgnorePublicAcls": False, **settings}
    )


def opened(name: str) -> str:
    """Plant a bucket that everybody may read, but for what blocks that."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    statement["Resource"] = f"{bucket_arn(name)}/*"
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client("s3", MEMBER).put_bucket_policy(Bucket=plant_bucket(name), Policy=json.dumps(policy))
    return name


def test_what_the_account_blocks_is_asked_once_and_stands_on_each_bucket(
    hub: Hub, wire: Wire
) -> None:
    block_public_access(RestrictPublicBuckets=True)
    for name in ("one", "two"):
        plant_bucket(name)
    items = hub.take("s3")
    assert {*items} == {bucket_arn("one"), bucket_arn("two")}
    for item in items.values():
        assert fields(item)[ACCOUNT_BLOCK] == {
            "BlockPublicAcls": False,
            "BlockPublicPolicy": False,
            "IgnorePublicAcls": False,
            "RestrictPublicBuckets": True,
        }
    [call] = wire.of("GetPublicAccessBlock", service="s3control")
    assert (call.region, call.account, call.parameters) == (REGION, MEMBER, {"AccountId": MEMBER})


def test_a_bucket_is_public_until_its_account_blocks_it_and_unknown_where_that_is_denied(
    hub: Hub, wire: Wire
) -> None:
    opened("open")

    def finding(run: str) -> Any:
        hub.take("s3", run=run_state(run))
        return hub.scopes(run)[SCOPE].get("findings", {}).get("PUBLIC_BUCKET")

    public = {"count": 1, "unknown": 0, "arns": [bucket_arn("open")]}
    assert finding(RUNS[0]) == public
    block_public_access(RestrictPublicBuckets=True)
    assert finding(RUNS[1]) is None
    wire.refuses("GetPublicAccessBlock", "AccessDenied", service="s3control")
    assert finding(THIRD_RUN) == {"count": 0, "unknown": 1}
    item = hub.items()[bucket_arn("open")]
    assert item["unreadable"] == {ACCOUNT_BLOCK: "AccessDenied"}
    assert hub.scopes(THIRD_RUN)[SCOPE]["outcome"] == "COMPLETE"
