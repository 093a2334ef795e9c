"""The benchmarks stand on a front that answers as AWS does, counts, throttles, and is judged."""

import json
from collections import Counter
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from benchmarks import empty, planting
from benchmarks.calls import by_operation
from benchmarks.collecting import BrokenRunError, Collectors, a_run, as_hub
from benchmarks.front import Front
from benchmarks.minimum import minimum
from benchmarks.nothing import Nothing
from benchmarks.page import Table, write
from benchmarks.population import Population
from benchmarks.request import HUB, Called, access_key
from benchmarks.sample import BUCKET_OPERATIONS, IAM_KINDS, SAMPLES, Samples
from benchmarks.throttle import PUBLISHED, Rate, Throttle, scaled
from cidb2.aws.connections import Connections
from cidb2.aws.protocols import Protocols
from cidb2.run import Publish
from cidb2.services import COLLECTORS, ORGANIZATION, SERVICES
from cidb2.types.catalog import TYPES
from tools.services import collector

DETAILS = TYPES["iam"]["AWS::IAM::User"].listing
SMALL = Population(2, {"iam": 84, "kms": 45, "ec2": 45, "s3": 43})
"""Every sample at least once."""

MEMBER = SMALL.account_ids[0]

Facts = dict[str, Any]
"""What boto3 returned, by operation and resource."""


@pytest.fixture(scope="module")
def planted() -> tuple[Samples, Facts]:
    """The samples, and what boto3 made of moto's own answers about the same resources."""
    with planting.planted() as (account_id, clients):
        samples = planting.gather(account_id, clients)
        buckets = clients["s3"].list_buckets()["Buckets"][:SAMPLES]
        keys = clients["kms"].list_keys()["Keys"][:SAMPLES]
        return samples, {
            "instances": reservations(clients["ec2"])[:SAMPLES],
            "details": details(clients["iam"]),
            "buckets": [bucket_facts(clients["s3"], bucket["Name"]) for bucket in buckets],
            "keys": [key_facts(clients["kms"], key["KeyId"]) for key in keys],
        }


@pytest.fixture(scope="module")
def samples(planted: tuple[Samples, Facts]) -> Samples:
    return planted[0]


@pytest.fixture(scope="module")
def front(samples: Samples) -> Iterator[Front]:
    with Front(SMALL, samples, latency=0) as running:
        yield running


@pytest.fixture
def collectors(front: Front) -> Iterator[Collectors]:
    with as_hub(front):
        made = Collectors()
        front.forget()
        front.begin()
        yield made
        made.close()


def client(front: Front, service: str, region: str = "us-east-1", account: str = MEMBER) -> Any:
    return get_session().create_client(
        service,
        region_name=region,
        endpoint_url=front.endpoint,
        aws_access_key_id=access_key(account),
        aws_secret_access_key="secret",
    )


def reservations(ec2: Any) -> list[Any]:
    pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 1000})
    return [one for page in pages for one in page["Reservations"]]


def details(iam: Any) -> dict[str, list[Any]]:
    kinds = ["User", "Group", "Role", "LocalManagedPolicy"]
    answer = iam.get_account_authorization_details(Filter=kinds, MaxItems=1000)
    return {kind: answer[kind] for kind in IAM_KINDS}


def bucket_facts(s3: Any, bucket: str) -> list[Any]:
    return [answer_of(getattr(s3, xform_name(name)), Bucket=bucket) for name in OPERATIONS]


def key_facts(kms: Any, key: str) -> list[Any]:
    return [
        answer_of(kms.describe_key, KeyId=key),
        answer_of(kms.get_key_policy, KeyId=key, PolicyName="default"),
        answer_of(kms.get_key_rotation_status, KeyId=key),
        answer_of(kms.list_resource_tags, KeyId=key),
    ]


OPERATIONS = sorted(BUCKET_OPERATIONS.values())


def answer_of(call: Any, **arguments: str) -> Any:
    try:
        answer = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    answer.pop("ResponseMetadata")
    return answer


def shape_of(value: Any) -> Any:
    """Return a value without what tells one copy from another: texts of the same sample."""
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape_of(inner) for inner in value]
    return "text" if isinstance(value, str) else value


def in_order(values: list[Any], first: int) -> list[Any]:
    """Return copies in the order of their samples, `first` being the sample of copy 0."""
    by_sample = {(first + number) % SAMPLES: value for number, value in enumerate(values)}
    return [by_sample[sample] for sample in range(SAMPLES)]


def sample_of_first(service: str) -> int:
    return SMALL.copy(MEMBER, service, 0).sample


def test_instances_are_told_as_moto_tells_them(
    front: Front, planted: tuple[Samples, Facts]
) -> None:
    told = [one for region in SMALL.regions for one in reservations(client(front, "ec2", region))]
    told.sort(key=lambda reservation: reservation["ReservationId"])
    assert len(told) == SMALL.amounts["ec2"]
    assert shape_of(in_order(told, sample_of_first("ec2"))) == shape_of(planted[1]["instances"])


def test_identities_are_told_as_moto_tells_them(
    front: Front, planted: tuple[Samples, Facts]
) -> None:
    told = details(client(front, "iam"))
    for kind, number in IAM_KINDS.items():
        expected = [shape_of(one) for one in planting.chosen(planted[1]["details"], kind)]
        found = [shape_of(one) for one in told[kind]]
        assert len(found) == 2 * number
        assert all(one in expected for one in found)
        assert all(one in found for one in expected)


def test_buckets_and_keys_are_told_as_moto_tells_them(
    front: Front, planted: tuple[Samples, Facts]
) -> None:
    s3 = client(front, "s3")
    buckets = [one["Name"] for one in s3.list_buckets(MaxBuckets=1000)["Buckets"]]
    told = [bucket_facts(s3, name) for name in buckets]
    assert shape_of(in_order(told, sample_of_first("s3"))) == shape_of(planted[1]["buckets"])

    keys = []
    for region in SMALL.regions:
        kms = client(front, "kms", region)
        keys += [(k["KeyId"], kms) for k in kms.list_keys(Limit=1000)["Keys"]]
    keys.sort(key=lambda key: key[0][-12:])
    told = [key_facts(kms, key_id) for key_id, kms in keys]
    assert shape_of(in_order(told, sample_of_first("kms"))) == shape_of(planted[1]["keys"])


def test_listings_go_page_by_page(front: Front) -> None:
    s3 = client(front, "s3")
    paginator = s3.get_paginator("list_buckets")
    pages = [*paginator.paginate(PaginationConfig={"PageSize": 20})]
    assert [len(page["Buckets"]) for page in pages] == [20, 20, 3]
    assert len({bucket["Name"] for page in pages for bucket in page["Buckets"]}) == 43


def fewest_in_small_pages(samples: Samples) -> Counter[tuple[str, str]]:
    """Return the minimum, but in the pages in which IAM is listed: they bound memory."""
    calls = minimum(SMALL, samples)
    calls["iam", "GetAccountAuthorizationDetails"] *= ceil(SMALL.amounts["iam"] / DETAILS.page)
    return calls


def test_a_run_makes_the_fewest_calls_and_finds_everything(
    front: Front, collectors: Collectors, samples: Samples
) -> None:
    taken = collectors.take(front, SMALL, samples)
    assert taken.changes == {"CREATED": SMALL.resources}
    assert by_operation(taken.calls) == fewest_in_small_pages(samples)
    assert not taken.throttled


@pytest.mark.slow
def test_a_second_run_finds_nothing_new_and_publishes_no_changes(
    front: Front, collectors: Collectors, samples: Samples
) -> None:
    collectors.take(front, SMALL, samples)
    front.begin()
    assert collectors.take(front, SMALL, samples).changes == {"UNCHANGED": SMALL.resources}
    front.begin()
    taken = collectors.take(front, SMALL, samples, Publish.CHANGES)
    assert not taken.changes
    assert by_operation(taken.calls) == fewest_in_small_pages(samples)
    assert not [one for one in taken.calls if one.service == "sns"]
    assert front.requests_to_table("inventory").keys() == {"Query"}


@pytest.mark.slow
def test_a_run_that_finds_something_else_is_no_fast_run(
    front: Front, collectors: Collectors, samples: Samples
) -> None:
    more = Population(2, {**SMALL.amounts, "ec2": 46})
    with pytest.raises(BrokenRunError, match="2 resources surplus or missing"):
        collectors.take(front, more, samples)
    other = Population(2, SMALL.amounts, regions=SMALL.regions[:2])
    with pytest.raises(BrokenRunError, match="12 scopes should be complete"):
        collectors.take(front, other, samples)


def test_what_was_published_with_an_unreadable_field_is_known(front: Front) -> None:
    front.begin()
    item = {"change": "CREATED", "scope": f"{MEMBER}/kms/us-east-1", "contentHash": "0"}
    fields: dict[str, dict[str, str]] = {"whole": {}, "not whole": {"tags": "ThrottlingException"}}
    entries = [
        {"Id": arn[:3], "Message": json.dumps({**item, "arn": arn, "unreadable": unreadable})}
        for arn, unreadable in fields.items()
    ]
    sns = client(front, "sns", account=HUB)
    sns.publish_batch(TopicArn="arn:aws:sns:::topic", PublishBatchRequestEntries=entries)
    assert front.published().keys() == {"whole", "not whole"}
    assert front.unreadable() == {"not whole"}
    front.forget()


def test_requests_beyond_a_rate_are_refused_and_counted(front: Front) -> None:
    operation = ("ec2", "DescribeRegions")
    front.begin(rates={operation: Rate(2, 0.001, "")})
    ec2, elsewhere = client(front, "ec2"), client(front, "ec2", account=SMALL.account_ids[1])
    codes = [answer_of(one.describe_regions) for one in (ec2, ec2, elsewhere)]
    assert not [code for code in codes if isinstance(code, str)]
    assert front.calls() == {
        Called(MEMBER, "us-east-1", *operation): 2,
        Called(SMALL.account_ids[1], "us-east-1", *operation): 1,
    }
    assert answer_of(client_without_retries(front).describe_regions) == "RequestLimitExceeded"
    assert front.throttled() == {Called(MEMBER, "us-east-1", *operation): 1}
    front.begin()


def client_without_retries(front: Front) -> Any:
    return get_session().create_client(
        "ec2",
        region_name="us-east-1",
        endpoint_url=front.endpoint,
        aws_access_key_id=access_key(MEMBER),
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_bucket_of_requests_refills() -> None:
    moments = iter([0.0, 0.0, 0.0, 0.4, 0.5])
    throttle = Throttle({("kms", "ListKeys"): Rate(2, 2, "")}, lambda: next(moments))
    refused = [throttle.refuses(MEMBER, "us-east-1", "kms", "ListKeys") for _ in range(5)]
    assert refused == [False, False, True, True, False]
    assert not throttle.refuses(MEMBER, "us-east-1", "kms", "DescribeKey")


def test_scaled_rates_let_at_least_one_request_through() -> None:
    rate = scaled(0.001)["ec2", "DescribeInstances"]
    assert (rate.burst, rate.per_second) == (1, 0.02)
    assert all(one.page.startswith("https://docs.aws.amazon.com/") for one in PUBLISHED.values())


def test_a_table_is_written_in_its_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- calls -->\nold\n<!-- /calls -->\nafter\n")
    write("calls", Table(("operation", "calls"), [("a", 1_000), ("b", 2)]), page)
    table = "| operation | calls |\n| --- | --: |\n| a | 1,000 |\n| b | 2 |"
    assert page.read_text() == f"before\n<!-- calls -->\n\n{table}\n\n<!-- /calls -->\nafter\n"
    with pytest.raises(ValueError, match="no place for the table 'time'"):
        write("time", Table((), []), page)


def test_calls_of_the_hub_are_no_calls_that_read_accounts() -> None:
    counted = by_operation(
        Counter(
            {Called(HUB, "", "sns", "PublishBatch"): 3, Called(MEMBER, "", "kms", "ListKeys"): 2}
        )
    )
    assert counted == {("kms", "ListKeys"): 2}


def test_where_nothing_exists_every_way_gets_an_empty_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Nothing() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        for way in (empty.by_clients, empty.by_caller(Protocols(), Connections())):
            ask = way()
            for service, operations in empty.LISTINGS.items():
                for operation in operations:
                    answer = ask(service, "eu-west-1", operation)
                    answer.pop("ResponseMetadata")
                    assert not any(answer.values()), (service, operation, answer)


REPEATED = {
    "ec2": 8,
    "elasticloadbalancing": 2,
    "lambda": 2,
    "wafv2": 2,
}
"""The most calls of one operation in a region of an empty account, by service, if not one.

Each regional collector asks EC2 for the regions. Lambda's functions are listed by a reader of their
own, and again for their aliases. Classic load balancers and the web ACLs of CloudFront have an
operation of the same name.
"""


def test_an_empty_account_takes_one_call_for_each_listing(samples: Samples) -> None:
    empty_account = Population(1, {}, ("us-east-1", "eu-west-1"))
    with Front(empty_account, samples, latency=0) as nothing, as_hub(nothing):
        everything = Collectors(collectors=[collector(name) for name in COLLECTORS])
        run = a_run(empty_account, Publish.FULL, SERVICES)
        ended = everything.collect(run, empty_account.account_ids, COLLECTORS)
        everything.close()
        calls = nothing.calls()
    assert ended.keys() == {"COMPLETE"}
    assert {called.service for called in calls} >= {*SERVICES} - {ORGANIZATION} - RENAMED
    most: Counter[str] = Counter()
    for called, number in calls.items():
        if called.account_id != HUB:
            most[called.service] = max(most[called.service], number)
    assert {service: number for service, number in most.items() if number > 1} == REPEATED


RENAMED = {"cloudwatch"}
"""Services whose name differs in signatures."""
