"""S3 buckets and how they are configured; each denied call costs its own field."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.item import Change, live_item
from cidb2.items.resource import Resource
from cidb2.reasons import Reason
from cidb2.scope import GLOBAL, Scope
from functions.s3_collector.collector import S3Reader
from tests.support.builders import ACCOUNT, MOMENT, REGION, RUN_ID, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws

SCOPE = Scope(ACCOUNT, "s3", GLOBAL)
BUCKET = {
    "Name": "mine",
    "CreationDate": datetime(2026, 1, 2, tzinfo=UTC),
    "BucketRegion": REGION,
}
POLICY = {"Version": "2012-10-17", "Statement": []}
LISTS = {
    "Analytics": "analytics",
    "IntelligentTiering": "intelligent_tiering",
    "Inventory": "inventory",
    "Metrics": "metrics",
}
ANSWERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "get_bucket_encryption": (
        "Encryption",
        {"ServerSideEncryptionConfiguration": {"Rules": [1]}},
        {"Rules": [1]},
    ),
    "get_bucket_versioning": ("Versioning", {"Status": "Enabled"}, {"Status": "Enabled"}),
    "get_public_access_block": (
        "PublicAccessBlock",
        {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        {"BlockPublicAcls": True},
    ),
    "get_bucket_logging": (
        "Logging",
        {"LoggingEnabled": {"TargetBucket": "logs"}},
        {"TargetBucket": "logs"},
    ),
    "get_bucket_ownership_controls": (
        "OwnershipControls",
        {"OwnershipControls": {"Rules": []}},
        {"Rules": []},
    ),
    "get_bucket_lifecycle_configuration": (
        "LifecycleConfiguration",
        {"Rules": [{"ID": "a"}]},
        {"Rules": [{"ID": "a"}]},
    ),
    "get_bucket_acl": ("Acl", {"Owner": {"ID": "me"}}, {"Owner": {"ID": "me"}}),
    "get_bucket_policy": ("Policy", {"Policy": json.dumps(POLICY)}, POLICY),
    "get_bucket_policy_status": (
        "PolicyStatus",
        {"PolicyStatus": {"IsPublic": False}},
        {"IsPublic": False},
    ),
    "get_bucket_accelerate_configuration": (
        "AccelerateConfiguration",
        {"Status": "Suspended"},
        {"Status": "Suspended"},
    ),
    "get_bucket_cors": ("Cors", {"CORSRules": [{"ID": "a"}]}, [{"ID": "a"}]),
    "get_bucket_notification_configuration": (
        "NotificationConfiguration",
        {"EventBridgeConfiguration": {}},
        {"EventBridgeConfiguration": {}},
    ),
    "get_object_lock_configuration": (
        "ObjectLockConfiguration",
        {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
        {"ObjectLockEnabled": "Enabled"},
    ),
    "get_bucket_replication": (
        "Replication",
        {"ReplicationConfiguration": {"Role": "r", "Rules": []}},
        {"Role": "r", "Rules": []},
    ),
    "get_bucket_request_payment": (
        "RequestPayment",
        {"Payer": "BucketOwner"},
        {"Payer": "BucketOwner"},
    ),
    "get_bucket_website": (
        "Website",
        {"IndexDocument": {"Suffix": "i"}},
        {"IndexDocument": {"Suffix": "i"}},
    ),
    **{
        f"list_bucket_{snake}_configurations": (
            f"{name}Configurations",
            {f"{name}ConfigurationList": [{"Id": "a"}], "IsTruncated": False},
            [{"Id": "a"}],
        )
        for name, snake in LISTS.items()
    },
}
ACCOUNT_BLOCK = {"BlockPublicAcls": True, "RestrictPublicBuckets": False}
TAGGING = "get_bucket_tagging"
NOT_CONFIGURED = {
    "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
    "get_bucket_ownership_controls": "OwnershipControlsNotFoundError",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_policy_status": "NoSuchBucketPolicy",
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_bucket_accelerate_configuration": "MethodNotAllowed",
}
NOTHING: dict[str, Any] = {"ResponseMetadata": {}}
EMPTY: dict[str, dict[str, Any]] = {
    "get_bucket_versioning": NOTHING,
    "get_bucket_logging": NOTHING,
    "get_bucket_accelerate_configuration": NOTHING,
    "get_bucket_notification_configuration": NOTHING,
    **{
        f"list_bucket_{snake}_configurations": {"IsTruncated": False, **NOTHING}
        for snake in LISTS.values()
    },
}
"""The answers that mean 'not configured'."""

DENIED = client_error("AccessDenied", status=403)


def s3(**changes: Any) -> FakeAws:
    answers: dict[str, Any] = {
        call: answer | {"ResponseMetadata": {}} for call, (_, answer, _) in ANSWERS.items()
    }
    answers[TAGGING] = {"TagSet": [{"Key": "team", "Value": "payments"}]}
    answers["list_buckets"] = [{"Buckets": [BUCKET], "ContinuationToken": "next"}, {}]
    return FakeAws(**answers | changes)


def s3control(answer: Any = None) -> FakeAws:
    told = {"PublicAccessBlockConfiguration": ACCOUNT_BLOCK}
    return FakeAws(get_public_access_block=answer or told)


def read(
    client: FakeAws, regions: tuple[str, ...] | None = None, control: FakeAws | None = None
) -> Resource | None:
    """Return the account's one bucket."""
    account = cast("Any", FakeAccount(s3=client, s3control=control or s3control()))
    reading = S3Reader(account, SCOPE, a_run(regions=regions))
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    return reading.read(listed)


def bucket(client: FakeAws, control: FakeAws | None = None) -> Resource:
    resource = read(client, control=control)
    assert resource is not None
    return resource


def test_a_bucket_has_all_its_fields() -> None:
    found = bucket(s3())
    assert found.configuration == BUCKET | {"CreationDate": "2026-01-02T00:00:00Z"}
    told_of_it = {field: value for field, _, value in ANSWERS.values()}
    assert found.supplementary == told_of_it | {"AccountPublicAccessBlock": ACCOUNT_BLOCK}
    assert found.tags == {"team": "payments"}
    assert (found.resource_id, found.resource_name, found.region) == ("mine", "mine", REGION)
    assert found.arn == "arn:aws:s3:::mine"
    assert found.unreadable == {}


def test_a_bucket_is_asked_in_its_own_region() -> None:
    account = FakeAccount(s3=s3(), s3control=s3control())
    reading = S3Reader(cast("Any", account), SCOPE, a_run())
    for page in reading.pages(None):
        for listed in page.listed:
            reading.read(listed)
    assert account.asked[-2:] == [("s3", REGION), ("s3control", "us-east-1")]


def test_the_lead_region_lists_the_buckets_wherever_the_hub_is() -> None:
    account = FakeAccount(s3=s3())
    account.region = "ap-southeast-2"
    reading = S3Reader(cast("Any", account), SCOPE, a_run())
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    assert {*account.asked} == {("s3", "us-east-1")}
    resource = reading.read(listed)
    assert resource is not None
    assert resource.configuration == BUCKET | {"CreationDate": "2026-01-02T00:00:00Z"}


@pytest.mark.parametrize("refusals", [1, 5])
def test_from_elsewhere_a_bucket_has_no_date_and_says_why(refusals: int) -> None:
    words = "with an explicit deny in a service control policy"
    closed = client_error("AccessDenied", words, 403)
    answers = iter([*[closed] * refusals, [{"Buckets": [BUCKET]}]])
    account = FakeAccount(s3=s3(list_buckets=lambda **_: next(answers)))
    account.region = "eu-west-1"
    reading = S3Reader(cast("Any", account), SCOPE, a_run(regions=(REGION, "eu-north-1")))
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    places = dict.fromkeys(region for _, region in account.asked)
    assert [*places][:3] == ["us-east-1", "eu-west-1", "eu-north-1"][: refusals + 1]
    resource = reading.read(listed)
    assert resource is not None
    assert resource.configuration == {"Name": "mine", "BucketRegion": REGION}
    assert resource.unreadable["configuration.CreationDate"].reason is Reason.SCP_DENIED


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        *((call, client_error(code, status=404)) for call, code in NOT_CONFIGURED.items()),
        *EMPTY.items(),
    ],
)
def test_what_is_not_configured_is_null_and_not_unreadable(call: str, answer: Any) -> None:
    found = bucket(s3(**{call: answer}))
    assert found.supplementary[ANSWERS[call][0]] is None
    assert found.unreadable == {}


def test_a_bucket_without_tags_has_an_empty_map() -> None:
    assert bucket(s3(**{TAGGING: client_error("NoSuchTagSet", status=404)})).tags == {}


def test_the_status_of_no_policy_is_not_asked_for() -> None:
    client = s3(get_bucket_policy=client_error("NoSuchBucketPolicy", status=404))
    assert bucket(client).supplementary["PolicyStatus"] is None
    assert client.calls["get_bucket_policy_status"] == 0


def test_the_status_of_a_policy_that_cannot_be_read_is_asked_for() -> None:
    assert bucket(s3(get_bucket_policy=DENIED)).supplementary["PolicyStatus"] == {"IsPublic": False}


@pytest.mark.parametrize("call", [*ANSWERS, TAGGING])
def test_a_denied_call_marks_its_field_costs_no_other_and_is_no_change(call: str) -> None:
    yesterday, today = bucket(s3()), bucket(s3(**{call: DENIED}))
    field = "tags" if call == TAGGING else f"supplementaryConfiguration.{ANSWERS[call][0]}"
    assert today.unreadable_codes == {field: "AccessDenied"}
    known = live_item(yesterday, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    assert today.remembering(cast("Any", known)).content_hash == yesterday.content_hash


@pytest.mark.parametrize("call", [*ANSWERS, TAGGING])
def test_a_bucket_that_vanished_is_gone(call: str) -> None:
    with pytest.raises(ResourceGoneError):
        read(s3(**{call: client_error("NoSuchBucket", status=404)}))


def denying_everything(*listed_again: str, refusal: Exception = DENIED) -> FakeAws:
    def list_buckets(**given: Any) -> Any:
        if "Prefix" not in given:
            return [{"Buckets": [BUCKET]}]
        assert given == {"Prefix": "mine", "MaxBuckets": 1}
        return {"Buckets": [{"Name": name} for name in listed_again]}

    refused = dict.fromkeys([*ANSWERS, TAGGING], refusal)
    return s3(**refused, list_buckets=list_buckets)


@pytest.mark.parametrize("listed_again", [(), ("mine-too",)])
def test_a_bucket_that_denies_all_and_is_listed_no_more_is_anothers(
    listed_again: tuple[str, ...],
) -> None:
    with pytest.raises(ResourceGoneError):
        read(denying_everything(*listed_again))


def test_a_bucket_that_denies_all_and_is_still_listed_is_unreadable() -> None:
    found = bucket(denying_everything("mine"))
    assert found.supplementary == {"AccountPublicAccessBlock": ACCOUNT_BLOCK}
    assert {*found.unreadable_codes.values()} == {"AccessDenied"}
    assert len(found.unreadable_codes) == len(ANSWERS) + 1


def test_a_denial_that_says_who_denies_is_no_reason_to_list_again() -> None:
    words = "with an explicit deny in a service control policy"
    client = denying_everything(refusal=client_error("AccessDenied", words, 403))
    assert {each.reason for each in bucket(client).unreadable.values()} == {Reason.SCP_DENIED}
    assert len(client.arguments["list_buckets"]) == 1


def test_a_bucket_outside_the_runs_regions_is_left_out_unread() -> None:
    client = s3()
    assert read(client, regions=("us-east-1",)) is None
    assert client.calls.keys() == {"list_buckets"}
    assert read(client, regions=("us-east-1", REGION)) is not None


def test_the_listing_goes_on_at_awss_token_in_pages_that_bring_regions() -> None:
    client = s3()
    pages = list(S3Reader(cast("Any", FakeAccount(s3=client)), SCOPE, a_run()).pages("token"))
    assert [page.next_token for page in pages] == ["next", None]
    [arguments] = client.arguments["list_buckets"]
    assert arguments == {"PaginationConfig": {"PageSize": 1_000}, "ContinuationToken": "token"}


FIELD = "supplementaryConfiguration.AccountPublicAccessBlock"
NOT_FOUND = client_error("NoSuchPublicAccessBlockConfiguration", status=404)


def test_what_an_account_blocks_is_asked_once_and_stands_on_each_bucket() -> None:
    control = s3control()
    names = ("one", "two")
    listing = [{"Buckets": [BUCKET | {"Name": name} for name in names]}]
    account = FakeAccount(s3=s3(list_buckets=listing), s3control=control)
    reading = S3Reader(cast("Any", account), SCOPE, a_run())
    read = [reading.read(listed) for page in reading.pages(None) for listed in page.listed]
    found = [resource.supplementary["AccountPublicAccessBlock"] for resource in read if resource]
    assert found == [ACCOUNT_BLOCK, ACCOUNT_BLOCK]
    assert control.arguments["get_public_access_block"] == [{"AccountId": ACCOUNT}]


def test_an_account_that_blocks_nothing_is_not_unreadable_and_no_other_region_is_asked() -> None:
    control = s3control(NOT_FOUND)
    found = bucket(s3(), control)
    assert found.supplementary["AccountPublicAccessBlock"] is None
    assert found.unreadable == {}
    assert control.calls["get_public_access_block"] == 1


def test_where_the_account_may_not_be_asked_what_it_blocks_is_unknown() -> None:
    found = bucket(s3(), s3control(DENIED))
    assert "AccountPublicAccessBlock" not in found.supplementary
    assert {name: each.reason for name, each in found.unreadable.items()} == {
        FIELD: Reason.ACCESS_DENIED
    }


@pytest.mark.parametrize("answer", [{}, {"PublicAccessBlockConfiguration": {}}])
def test_an_answer_without_the_block_leaves_it_unknown(answer: dict[str, Any]) -> None:
    found = bucket(s3(), s3control({"ResponseMetadata": {}} | answer))
    assert found.unreadable[FIELD].reason is Reason.INCOMPLETE_ANSWER


def test_where_the_lead_region_is_closed_another_tells_what_the_account_blocks() -> None:
    words = "with an explicit deny in a service control policy"
    told = {"PublicAccessBlockConfiguration": ACCOUNT_BLOCK}
    answers = iter([client_error("AccessDenied", words, 403), told])
    control = s3control(lambda **_: next(answers))
    account = FakeAccount(s3=s3(), s3control=control)
    account.region = "eu-west-1"
    reading = S3Reader(cast("Any", account), SCOPE, a_run())
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    resource = reading.read(listed)
    assert resource is not None
    assert resource.supplementary["AccountPublicAccessBlock"] == ACCOUNT_BLOCK
    asked = [region for service, region in account.asked if service == "s3control"]
    assert asked == ["us-east-1", "eu-west-1"]


def test_what_a_bucket_does_not_survive_is_asked_again_for_the_next_one() -> None:
    told = {"PublicAccessBlockConfiguration": ACCOUNT_BLOCK}
    answers = iter([ValueError("no XML"), told])
    account = FakeAccount(s3=s3(), s3control=s3control(lambda **_: next(answers)))
    reading = S3Reader(cast("Any", account), SCOPE, a_run())
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    with pytest.raises(ValueError, match="no XML"):
        reading.read(listed)
    resource = reading.read(listed)
    assert resource is not None
    assert resource.supplementary["AccountPublicAccessBlock"] == ACCOUNT_BLOCK
