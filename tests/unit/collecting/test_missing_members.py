"""What AWS's models do not require may be missing: it costs its field, or the entry that it names.

Every optional member of every answer that collectors ask of an account is taken away in turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import pytest
from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape
from moto.core.utils import get_service_model

from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.service import Service
from cidb2.items.consistency import check_consistency
from cidb2.items.item import Item
from cidb2.types.actions import operations_of
from cidb2.types.catalog import DECLARED
from cidb2.validation import check
from functions.kms_collector.collector import KMS
from functions.s3_collector.collector import S3
from tests.support.builders import ACCOUNT, REGION
from tests.support.collecting import Collecting
from tests.support.fakes import FakeAccount, FakeAws, FakeSessions
from tests.support.small_account import FUNCTIONS, INSTANCES
from tests.support.synthetic import full_answer

OPERATIONS = Path(__file__).parents[2] / "faults" / "operations.txt"
LATER = "20261125T034830Z-1a2b3c4d"
POLICY = '{"Statement":[]}'
NAMES = ("one", "two")
"""Of the two resources of each account; what is taken away is taken from the first."""

Place = tuple[Any, ...]


@dataclass(frozen=True)
class CommandContext:
    """An operation: its answer, whose fields it tells, and which argument names the resource.

    `identity` are the members without which an entry of a listing is nobody's, `shared` those that
    tell something of both resources.
    """

    answer: Mapping[str, Any]
    fields: frozenset[str] = frozenset()
    argument: str | None = None
    is_paged: bool = False
    identity: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()


def entries_of(
    service: str, operation: str, place: Sequence[str], values: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a full answer whose list at `place` has an entry for each of `values`."""
    answer = full_answer(service, operation)
    holder = answer
    for name in place[:-1]:
        holder = holder[name][0]
        answer[name] = answer[name][:1]
    entry = holder[place[-1]][0]
    holder[place[-1]] = [{**deepcopy(entry), **each} for each in values]
    return answer


def ended(answer: dict[str, Any], *tokens: str, **flags: bool) -> dict[str, Any]:
    """Return an answer that is its listing's last page."""
    return {name: value for name, value in answer.items() if name not in tokens} | flags


def tags(key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: "team", value: "payments"}, {key: "Name", value: "web"}]


def of_ec2() -> dict[str, CommandContext]:
    answer = entries_of(
        "ec2",
        "DescribeInstances",
        ("Reservations", "Instances"),
        [{"InstanceId": f"i-{name}", "Tags": tags()} for name in NAMES],
    )
    answer["Reservations"][0]["OwnerId"] = ACCOUNT
    reservation = frozenset({"ReservationId", "OwnerId", "RequesterId"})
    return {
        "DescribeInstances": CommandContext(
            ended(answer, "NextToken"),
            frozenset({"configuration", "tags", "resourceName"}) | reservation,
            identity=frozenset({"InstanceId", "Instances", "Reservations"}),
            shared=reservation,
        )
    }


def of_kms() -> dict[str, CommandContext]:
    prefix = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
    keys = entries_of(
        "kms",
        "ListKeys",
        ("Keys",),
        [{"KeyId": name, "KeyArn": f"{prefix}/{name}"} for name in NAMES],
    )
    aliases = entries_of(
        "kms",
        "ListAliases",
        ("Aliases",),
        [{"AliasName": f"alias/{name}", "TargetKeyId": name} for name in NAMES],
    )
    described = full_answer(
        "kms",
        "DescribeKey",
        {"KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"},
    )
    last = {"Truncated": False}
    return {
        "ListKeys": CommandContext(
            ended(keys, "NextMarker", **last),
            is_paged=True,
            identity=frozenset({"Keys", "KeyArn", "KeyId"}),
        ),
        "ListAliases": CommandContext(
            ended(aliases, "NextMarker", **last),
            frozenset({"Aliases", "resourceName"}),
            is_paged=True,
            shared=frozenset({"Aliases"}),
        ),
        "DescribeKey": CommandContext(described, frozenset({"configuration"}), "KeyId"),
        "GetKeyPolicy": CommandContext({"Policy": POLICY}, frozenset({"Policy"}), "KeyId"),
        "GetKeyRotationStatus": CommandContext(
            full_answer("kms", "GetKeyRotationStatus"), frozenset({"RotationStatus"}), "KeyId"
        ),
        "ListResourceTags": CommandContext(
            {"Tags": tags("TagKey", "TagValue"), **last},
            frozenset({"tags"}),
            "KeyId",
            is_paged=True,
        ),
    }


def of_lambda() -> dict[str, CommandContext]:
    prefix = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    functions = entries_of(
        "lambda",
        "ListFunctions",
        ("Functions",),
        [{"FunctionName": name, "FunctionArn": f"{prefix}:{name}"} for name in NAMES],
    )
    described = full_answer("lambda", "GetFunctionConfiguration")
    urls = full_answer("lambda", "ListFunctionUrlConfigs")
    return {
        "ListFunctions": CommandContext(
            ended(functions, "NextMarker"),
            is_paged=True,
            identity=frozenset({"Functions", "FunctionArn"}),
        ),
        "GetFunctionConfiguration": CommandContext(
            described, frozenset({"configuration", "EnvironmentVariableNames"}), "FunctionName"
        ),
        "GetPolicy": CommandContext({"Policy": POLICY}, frozenset({"Policy"}), "FunctionName"),
        "ListFunctionUrlConfigs": CommandContext(
            ended(urls, "NextMarker"),
            frozenset({"FunctionUrlConfigs"}),
            "FunctionName",
            is_paged=True,
        ),
        "GetFunctionConcurrency": CommandContext(
            {"ReservedConcurrentExecutions": 5},
            frozenset({"ReservedConcurrentExecutions"}),
            "FunctionName",
        ),
        "ListTags": CommandContext({"Tags": {"team": "payments"}}, frozenset({"tags"}), "Resource"),
    }


S3_FIELDS = {
    "GetBucketAcl": "Acl",
    "GetBucketEncryption": "Encryption",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "Logging",
    "GetBucketOwnershipControls": "OwnershipControls",
    "GetBucketPolicyStatus": "PolicyStatus",
    "GetBucketVersioning": "Versioning",
    "GetPublicAccessBlock": "PublicAccessBlock",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketCors": "Cors",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketReplication": "Replication",
    "GetBucketRequestPayment": "RequestPayment",
    "GetBucketWebsite": "Website",
    "GetObjectLockConfiguration": "ObjectLockConfiguration",
}
S3_LISTS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
"""What ListBucket...Configurations lists of each bucket."""


def of_s3() -> dict[str, CommandContext]:
    listed = [{"Name": name, "BucketRegion": REGION} for name in NAMES]
    buckets = entries_of("s3", "ListBuckets", ("Buckets",), listed)
    return {
        "ListBuckets": CommandContext(
            ended(buckets, "ContinuationToken"),
            frozenset({"configuration"}),
            is_paged=True,
            identity=frozenset({"Buckets", "Name", "BucketRegion"}),
        ),
        "GetBucketTagging": CommandContext({"TagSet": tags()}, frozenset({"tags"}), "Bucket"),
        "GetBucketPolicy": CommandContext({"Policy": POLICY}, frozenset({"Policy"}), "Bucket"),
        **{
            operation: CommandContext(full_answer("s3", operation), frozenset({field}), "Bucket")
            for operation, field in S3_FIELDS.items()
        },
        **{
            f"ListBucket{name}Configurations": CommandContext(
                ended(
                    full_answer("s3", f"ListBucket{name}Configurations"),
                    "NextContinuationToken",
                    IsTruncated=False,
                ),
                frozenset({f"{name}Configurations"}),
                "Bucket",
            )
            for name in S3_LISTS
        },
    }


def of_s3control() -> dict[str, CommandContext]:
    answer = full_answer("s3control", "GetPublicAccessBlock")
    told = frozenset({*answer, *answer["PublicAccessBlockConfiguration"]})
    field = frozenset({"AccountPublicAccessBlock"})
    return {"GetPublicAccessBlock": CommandContext(answer, field, shared=told)}


ACCOUNTS: Mapping[str, tuple[Service, Callable[[], dict[str, CommandContext]]]] = {
    "ec2": (INSTANCES, of_ec2),
    "kms": (KMS, of_kms),
    "lambda": (FUNCTIONS, of_lambda),
    "s3": (S3, of_s3),
    "s3control": (S3, of_s3control),
}
OPERATIONS_OF = {name: tuple(asked()) for name, (_, asked) in ACCOUNTS.items()}


def optional(shape: Shape, answer: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of the members that are there and not required; of lists, in the first."""
    if isinstance(shape, StructureShape) and isinstance(answer, Mapping):
        for name in answer:
            if name not in shape.required_members:
                yield (*place, name)
            yield from optional(shape.members[name], answer[name], (*place, name))
    elif isinstance(shape, ListShape) and isinstance(answer, list) and answer:
        yield from optional(shape.member, answer[0], (*place, 0))


def without(answer: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return an answer with the member at `place` taken away."""
    damaged: Any = deepcopy(answer)
    holder = damaged
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    return cast("dict[str, Any]", damaged)


def respond(asked: CommandContext, damaged: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """Return what an operation answers; `damaged` for the first resource."""

    def answer(**arguments: Any) -> Any:
        about = str(arguments.get(asked.argument or "", NAMES[0]))
        told = damaged if damaged is not None and about.endswith(NAMES[0]) else asked.answer
        return [told] if asked.is_paged else told

    return answer


def collecting(service: str, asked: Mapping[str, CommandContext]) -> Collecting:
    collector = ACCOUNTS[service][0]
    collecting = Collecting(service=collector.name)
    collecting.service = collector
    answering = {name: each() for name, (of, each) in ACCOUNTS.items() if of is collector}
    clients = {
        name: FakeAws(**{xform_name(operation): respond(one) for operation, one in each.items()})
        for name, each in (answering | {service: asked}).items()
    }
    clients.setdefault("ec2", FakeAws())
    clients["ec2"].answers["describe_regions"] = {"Regions": [{"RegionName": REGION}]}
    collecting.account = FakeAccount(**clients)
    collecting.sessions = FakeSessions(collecting.account)
    return collecting


def fields(item: Item) -> dict[str, Any]:
    """Return the fields of an item, those of supplementaryConfiguration each on its own."""
    supplementary = item["supplementaryConfiguration"]
    names = ("resourceName", "tags", "configuration")
    return {name: item.get(name) for name in names} | supplementary


def by_arn(collecting: Collecting) -> dict[str, Item]:
    for item in collecting.published:
        check("item", item, "message")
        check_consistency(item)
    return {item["arn"]: item for item in collecting.published}


@pytest.mark.parametrize(
    ("service", "operation"),
    [(service, name) for service, names in OPERATIONS_OF.items() for name in names],
)
def test_an_optional_member_that_is_missing_costs_its_field_or_its_entry(
    service: str, operation: str
) -> None:
    asked = ACCOUNTS[service][1]()
    one = asked[operation]
    account = collecting(service, asked)
    account.collect()
    account.store()
    before = by_arn(account)
    assert {row["outcome"] for row in account.scopes.values()} == {"COMPLETE"}
    shape = get_service_model(service).operation_model(operation).output_shape
    for number, place in enumerate(optional(shape, one.answer)):
        account.begin_run(f"{LATER[:-8]}{number:08x}")
        aws = account.account.clients[service]
        aws.answers[xform_name(operation)] = respond(one, without(one.answer, place))
        account.collect()
        after = by_arn(account)
        [outcome] = account.outcomes.values()
        assert outcome in [("COMPLETE", None), ("PARTIAL", "INCOMPLETE_ANSWER")], place
        assert "DELETED" not in account.changes.values(), place
        if place[-1] in one.identity:
            assert outcome[0] == "PARTIAL", place
        else:
            assert after.keys() == before.keys(), place
        for arn, item in after.items():
            is_struck = arn.endswith(NAMES[0]) or place[-1] in one.shared
            may_differ = one.fields if is_struck else frozenset()
            differs = {
                name
                for name, value in fields(item).items()
                if value != fields(before[arn]).get(name)
            }
            assert differs <= may_differ, (place, arn)


def test_every_operation_that_collectors_call_in_accounts_is_tried() -> None:
    """Those of declared types are tried in test_declared_types."""
    called = {
        line.rpartition(" ")[2]
        for line in OPERATIONS.read_text().splitlines()
        if "| member " in line and not line.endswith("ec2:DescribeRegions")
    }
    tried = {f"{service}:{name}" for service, names in OPERATIONS_OF.items() for name in names}
    declared = {
        f"{client}:{operation}"
        for service in ("ec2", "iam", "lambda")
        for each in DECLARED[service].types
        if not each.listing.is_by_hand
        for client, operation in operations_of(DECLARED[service], each)
    }
    shared = {"ec2:DescribeInstances", "lambda:GetPolicy", "lambda:ListTags"}
    assert tried == called - declared | shared


@pytest.mark.parametrize(
    ("damage", "unknown"),
    [({"Key": "team"}, {"team": "", "Name": "web"}), ({"Value": "payments"}, {"Name": "web"})],
)
def test_a_tag_of_an_instance_without_value_is_empty_and_one_without_key_is_in_no_map(
    damage: dict[str, str], unknown: dict[str, str]
) -> None:
    asked = of_ec2()
    [first, _] = asked["DescribeInstances"].answer["Reservations"][0]["Instances"]
    first["Tags"][0] = damage
    account = collecting("ec2", asked)
    account.collect()
    [item, _] = account.published
    assert (item["tags"], item["resourceName"]) == (unknown, "web")
    assert item["configuration"]["Tags"][0] == damage


def paged(first: dict[str, Any]) -> Collecting:
    """Return an account whose keys are on two pages; `first` is the first page."""
    asked = of_kms()
    whole = asked["ListKeys"].answer
    account = collecting("kms", asked)
    account.collect()
    account.store()
    account.begin_run(LATER)
    pages: dict[str | None, dict[str, Any]]
    pages = {None: {**whole, "Keys": whole["Keys"][:1], **first}}
    pages["next"] = {**whole, "Keys": whole["Keys"][1:]}
    kms = account.account.clients["kms"]
    kms.answers["list_keys"] = lambda Marker=None, **_: [
        {name: value for name, value in pages[Marker].items() if value is not None}
    ]
    return account


def test_a_marker_is_followed_where_aws_does_not_say_whether_more_follows() -> None:
    account = paged({"NextMarker": "next", "Truncated": None})
    account.collect()
    assert [*account.changes.values()] == ["UNCHANGED", "UNCHANGED"]
    assert account.outcomes == {REGION: ("COMPLETE", None)}


def test_where_more_follows_and_no_marker_what_is_not_listed_is_not_deleted() -> None:
    account = paged({"NextMarker": None, "Truncated": True})
    account.collect()
    assert [*account.changes.values()] == ["UNCHANGED"]
    assert account.outcomes == {REGION: ("PARTIAL", "INCOMPLETE_ANSWER")}


def test_a_gap_in_a_listing_is_not_forgotten_by_the_next_invocation() -> None:
    progress = Progress(has_gaps=True)
    assert Progress.parse(progress.to_document()).has_gaps


def test_a_list_of_tags_that_ends_too_early_is_unreadable() -> None:
    asked = of_kms()
    asked["ListResourceTags"] = CommandContext(
        {"Tags": [], "NextMarker": "next"}, argument="KeyId", is_paged=True
    )
    account = collecting("kms", asked)
    account.collect()
    assert {item["unreadable"]["tags"] for item in account.published} == {"IncompleteAnswerError"}


EMPTY: Mapping[tuple[str, str], Mapping[str, Any]] = {
    **{
        ("s3", name): {}
        for name in (
            *("GetBucketAcl", "GetBucketLifecycleConfiguration"),
            *("GetBucketRequestPayment", "GetBucketWebsite"),
            *(f"ListBucket{kind}Configurations" for kind in S3_LISTS),
        )
    },
    ("s3", "GetBucketCors"): {"CORSRules": []},
    ("s3", "GetBucketEncryption"): {"ServerSideEncryptionConfiguration": {}},
    ("s3", "GetBucketPolicy"): {"Policy": ""},
    ("s3", "GetBucketPolicyStatus"): {"PolicyStatus": {}},
    ("s3", "GetBucketReplication"): {"ReplicationConfiguration": {}},
    ("s3", "GetObjectLockConfiguration"): {"ObjectLockConfiguration": {}},
    ("s3", "GetPublicAccessBlock"): {"PublicAccessBlockConfiguration": {}},
    ("kms", "DescribeKey"): {"KeyMetadata": {}},
    ("kms", "GetKeyRotationStatus"): {},
}
"""What botocore returns for an empty body."""


@pytest.mark.parametrize(("service", "operation"), EMPTY)
def test_an_answer_that_says_nothing_is_no_value_and_costs_its_field(
    service: str, operation: str
) -> None:
    asked = ACCOUNTS[service][1]()
    account = collecting(service, asked)
    account.collect()
    account.store()
    before = by_arn(account)
    account.begin_run(LATER)
    aws = account.account.clients[service]
    aws.answers[xform_name(operation)] = respond(asked[operation], EMPTY[service, operation])
    account.collect()
    [damaged] = [item for item in by_arn(account).values() if item["unreadable"]]
    assert set(damaged["unreadable"].values()) == {"IncompleteAnswerError"}
    assert fields(damaged) == fields(before[damaged["arn"]])


def test_tags_whose_pages_go_round_in_a_circle_are_unreadable_and_the_key_is_not() -> None:
    asked = of_kms()
    account = collecting("kms", asked)
    turns = ({"Tags": [], "NextMarker": marker, "Truncated": True} for marker in cycle("ab"))
    account.account.clients["kms"].answers["list_resource_tags"] = lambda **_: turns
    account.collect()
    assert {item["unreadable"]["tags"] for item in account.published} == {"PaginationError"}
    assert account.outcomes == {REGION: ("COMPLETE", None)}


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ([{"RegionName": REGION}, {"OptInStatus": "opted-in"}], ("COMPLETE", None)),
        ([{"OptInStatus": "opt-in-not-required"}], ("FAILED", "INCOMPLETE_ANSWER")),
        (None, ("FAILED", "INCOMPLETE_ANSWER")),
    ],
)
def test_a_region_without_a_name_costs_itself(
    regions: list[dict[str, str]] | None, expected: tuple[str, str | None]
) -> None:
    account = collecting("kms", of_kms())
    account.collect()
    account.store()
    account.begin_run(LATER)
    answer = {} if regions is None else {"Regions": regions}
    account.account.clients["ec2"].answers["describe_regions"] = answer
    account.collect()
    assert account.outcomes == {REGION: expected}
    assert "DELETED" not in account.changes.values()


def test_a_region_that_was_collected_before_has_a_row_where_aws_leaves_one_unnamed() -> None:
    account = collecting("kms", of_kms())
    ec2 = account.account.clients["ec2"]
    both = [{"RegionName": REGION}, {"RegionName": "us-east-1"}]
    ec2.answers["describe_regions"] = {"Regions": both}
    account.collect()
    account.begin_run(LATER)
    ec2.answers["describe_regions"] = {"Regions": [both[0], {}]}
    account.collect()
    assert account.outcomes["us-east-1"] == ("FAILED", "INCOMPLETE_ANSWER")
