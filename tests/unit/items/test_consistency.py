"""An item speaks of its own scope alone, whatever else somebody writes into one of its fields."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cidb2.aws.attributes import from_attributes
from cidb2.errors import InconsistentItemError, UnknownMessageError
from cidb2.items.consistency import CLOCK_SKEW, check_consistency
from cidb2.items.item import Change, Item, tombstone, without_claimed
from cidb2.items.rows import current_row, version_row
from cidb2.times import parse, sortable
from cidb2.types.catalog import DECLARED, TYPES
from functions.reporter.admission import Admission
from tests.support.builders import ACCOUNT, BUCKET, MOMENT, RUN_ID
from tests.support.clock import Clock
from tests.support.items import ARNS, SERVICE_OF, changed, identifies, item_of
from tests.support.messages import record

OTHER_ACCOUNT = "345678901234"
OTHER_REGION = "us-east-1"
LATER_RUN_ID = "20261124T040000Z-9c9d9e9f"
IDENTITY = ("scope", "accountId", "arn", "resourceType", "configurationItemStatus")
"""Fields that never pass with the value of an item that differs in all of them."""

ADMISSION = Admission("aws", BUCKET)


def admitted(item: Item) -> Item:
    return ADMISSION.admit(record(item)["body"])


def test_there_is_an_example_of_every_type() -> None:
    assert {*ARNS} == {name for names in TYPES.values() for name in names} == {*SERVICE_OF}
    assert {*SERVICE_OF.values()} == {*DECLARED}


@pytest.mark.parametrize("resource_type", ARNS)
@pytest.mark.parametrize("change", Change)
def test_what_a_collector_publishes_is_let_in(resource_type: str, change: Change) -> None:
    item = item_of(resource_type, change=change)
    assert admitted(item) == item
    assert admitted(tombstone(item, LATER_RUN_ID, "2026-11-24T04:00:00.000000Z"))


@pytest.mark.parametrize("resource_type", ARNS)
@pytest.mark.parametrize("field", IDENTITY)
def test_what_another_item_is_cannot_be_said_of_this_one(resource_type: str, field: str) -> None:
    item = item_of(resource_type)
    other_type = next(each for each in ARNS if SERVICE_OF[each] != SERVICE_OF[resource_type])
    gone = item_of(other_type, "two", account=OTHER_ACCOUNT, region=OTHER_REGION)
    other: Any = changed(gone, {"configurationItemStatus": "ResourceDeleted"})
    with pytest.raises(InconsistentItemError):
        admitted(changed(item, {field: other[field]}))


def place(item: Item) -> dict[str, str]:
    """Return the keys under which an item is stored, and what they say of whose it is."""
    rows = (from_attributes(row) for row in (current_row(item, None), version_row(item, 0)))
    keys: dict[str, str] = {}
    for row in rows:
        keys |= {
            name: row[name] for name in ("pk", "scopeKey", "scopeSort", "typeKey") if name in row
        }
        keys |= {"changed": row["changeKey"].partition("/")[2]} if "changeKey" in row else {}
    names = ("accountId", "resourceType", "scope", "arn")
    return keys | {name: str(item[name]) for name in names}  # type: ignore[literal-required]


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Draw a valid item; some are in S3."""
    item = item_of(
        draw(st.sampled_from([*ARNS])),
        draw(st.sampled_from(["one", "two"])),
        account=draw(st.sampled_from([ACCOUNT, OTHER_ACCOUNT])),
        region=draw(st.sampled_from(["eu-west-1", OTHER_REGION])),
        change=draw(st.sampled_from(Change)),
        runId=draw(st.sampled_from([RUN_ID, LATER_RUN_ID])),
        configurationItemCaptureTime=draw(
            st.sampled_from(["2026-11-24T04:00:00.000000Z", "2026-11-24T05:00:00.000000Z"])
        ),
    )
    if draw(st.booleans()):
        key = f"oversize/{item['scope']}/{draw(st.sampled_from(['a', 'b'])) * 64}.json"
        return without_claimed(item, {"bucket": BUCKET, "key": key})  # type: ignore[return-value]
    return item


def is_named_alike(item: Item, other: Item) -> bool:
    """Whether two types differ in nothing that an ARN shows, such as RDS's and Neptune's groups."""
    types = (item["resourceType"], other["resourceType"])
    one, another = (DECLARED[SERVICE_OF[each]].arns[each] for each in types)
    return types[0] != types[1] and one == another


@given(items(), items(), st.data())
def test_any_field_of_another_item_is_refused_or_harmless(
    item: Item, other: Item, data: st.DataObject
) -> None:
    """Harmless: it stays where it is, the resource of the same account, region and type."""
    assert admitted(item) == item
    field = data.draw(st.sampled_from([*other]))
    assume(field != "resourceType" or not is_named_alike(item, other))
    mixed = changed(item, {field: other[field]})  # type: ignore[literal-required]
    try:
        stored = admitted(mixed)
    except (InconsistentItemError, UnknownMessageError):
        return
    if stored["change"] == item["change"]:
        assert place(stored) == place(item)
    else:  # CHANGED or UNCHANGED, whose status is one
        assert {stored["change"], item["change"]} == {Change.CHANGED, Change.UNCHANGED}
    if SERVICE_OF[item["resourceType"]] != "s3":  # whose ARN names no region
        assert stored["awsRegion"] == item["awsRegion"]
    if identifies(item["resourceType"]):
        assert stored["resourceId"] == item["resourceId"]
    if pointer := stored.get("pointer"):
        assert pointer["key"].startswith(f"oversize/{item['scope']}/")


@pytest.mark.parametrize(
    ("resource_type", "field", "value"),
    [
        ("AWS::IAM::Role", "awsRegion", "eu-west-1"),
        ("AWS::IAM::Role", "scope", f"{ACCOUNT}/iam/eu-west-1"),
        ("AWS::IAM::Role", "resourceType", "AWS::IAM::User"),
        ("AWS::IAM::Role", "resourceName", "another"),
        ("AWS::IAM::Role", "arn", f"arn:aws:iam:eu-west-1:{ACCOUNT}:role/one"),
        ("AWS::IAM::Role", "arn", "arn:aws:iam::aws:role/one"),
        ("AWS::IAM::Role", "arn", "arn:aws:iam:::role/one"),
        ("AWS::S3::Bucket", "awsRegion", "global"),
        ("AWS::S3::Bucket", "awsRegion", "mars-1"),
        ("AWS::S3::Bucket", "scope", f"{ACCOUNT}/s3/eu-west-1"),
        ("AWS::S3::Bucket", "arn", f"arn:aws:s3::{ACCOUNT}:one"),
        ("AWS::S3::Bucket", "arn", "arn:aws:s3:eu-west-1::one"),
        ("AWS::S3::Bucket", "arn", "arn:aws-cn:s3:::one"),
        ("AWS::S3::Bucket", "resourceId", "another"),
        ("AWS::KMS::Key", "arn", f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/one"),
        ("AWS::KMS::Key", "resourceId", "another"),
        ("AWS::KMS::Key", "scope", f"{ACCOUNT}/kms/global"),
        ("AWS::KMS::Key", "scope", f"{ACCOUNT}/fax/eu-west-1"),
        ("AWS::EC2::Instance", "arn", f"arn:aws:ec2:eu-west-1:{OTHER_ACCOUNT}:instance/one"),
        ("AWS::Lambda::Function", "arn", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:one:live"),
        ("AWS::KMS::Key", "runId", "20261124T040000Z-1a2b3c4d"),
        ("AWS::KMS::Key", "runId", "20261324T034830Z-1a2b3c4d"),
        ("AWS::KMS::Key", "configurationItemCaptureTime", "2026-02-30T00:00:00.000000Z"),
        ("AWS::KMS::Key", "configurationItemCaptureTime", "0001-01-01T00:00:00.000000Z"),
        ("AWS::KMS::Key", "runId", "99991231T235959Z-1a2b3c4d"),
        ("AWS::KMS::Key", "configurationItemCaptureTime", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_a_field_and_without_a_value(
    resource_type: str, field: str, value: str
) -> None:
    with pytest.raises(InconsistentItemError) as refused:
        admitted(changed(item_of(resource_type), {field: value}))
    assert str(refused.value).partition(": ")[0] in item_of(resource_type)
    assert value not in str(refused.value)


def test_a_region_that_is_both_scope_and_arn_has_a_regions_name() -> None:
    with pytest.raises(InconsistentItemError, match="awsRegion"):
        admitted(item_of("AWS::KMS::Key", region="mars-1"))
    for region in ("us-gov-west-1", "eusc-de-east-1", "us-isob-east-1"):
        assert admitted(item_of("AWS::KMS::Key", region=region))


PATH_CHARACTERS = "".join(map(chr, range(0x21, 0x80)))
"""What the path of an IAM identity may consist of (IAM API Reference, CreateRole)."""


@pytest.mark.parametrize("resource_type", ["Group", "ManagedPolicy", "Role", "User"])
def test_an_identity_is_let_in_whatever_its_path(resource_type: str) -> None:
    item = item_of(f"AWS::IAM::{resource_type}")
    prefix, _, name = item["arn"].partition("/")
    assert admitted(changed(item, {"arn": f"{prefix}/{PATH_CHARACTERS}/{name}"}))


@pytest.mark.parametrize("field", ["runId", "scope", "accountId", "awsRegion", "arn"])
def test_no_line_end_slips_in_behind_a_field(field: str) -> None:
    item: Any = item_of("AWS::S3::Bucket")
    with pytest.raises(UnknownMessageError, match=field):
        admitted(changed(item, {field: f"{item[field]}\n"}))


def test_a_clock_may_be_minutes_ahead_and_no_more(clock: Clock) -> None:
    def ahead(by: timedelta) -> Item:
        moment = sortable(clock.moment + by)
        return item_of("AWS::KMS::Key", configurationItemCaptureTime=moment)

    assert admitted(ahead(CLOCK_SKEW))
    with pytest.raises(InconsistentItemError, match="is in the future"):
        admitted(ahead(CLOCK_SKEW + timedelta(microseconds=1)))


def test_a_run_may_have_begun_minutes_after_the_capture_and_no_more() -> None:
    limit = parse(MOMENT) + CLOCK_SKEW
    for seconds, fits in ((0, True), (1, False)):
        run_id = f"{limit + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}-1a2b3c4d"
        item = item_of("AWS::KMS::Key", runId=run_id)
        if fits:
            check_consistency(item)
        else:
            with pytest.raises(InconsistentItemError, match="runId"):
                check_consistency(item)


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("attackers-bucket", "oversize/{scope}/{name}"),
        (BUCKET, "runs/20261124T034830Z-1a2b3c4d/summary.json"),
        (BUCKET, "oversize/{name}"),
        (BUCKET, "{name}"),
        (BUCKET, "oversize/345678901234/kms/eu-west-1/{name}"),
        (BUCKET, "oversize/{scope}/../{name}"),
        (BUCKET, "oversize/{scope}/x/{name}"),
        (BUCKET, "oversize/{scope}/{name}\n"),
        (BUCKET, "oversize/{scope}/accounts.json"),
    ],
)
def test_a_pointer_leads_to_where_the_items_scope_deposits(bucket: str, key: str) -> None:
    item = item_of("AWS::KMS::Key")
    name = f"{'0' * 64}.json"

    def pointing(bucket: str, key: str) -> Any:
        key = key.format(scope=item["scope"], name=name)
        return without_claimed(item, {"bucket": bucket, "key": key})

    assert admitted(pointing(BUCKET, "oversize/{scope}/{name}"))
    with pytest.raises(InconsistentItemError, match="pointer"):
        admitted(pointing(bucket, key))
