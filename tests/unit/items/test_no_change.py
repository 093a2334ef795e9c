"""What nobody changed is UNCHANGED: what is volatile, and what only our knowledge of it changed.

`stored_by_an_earlier_release.json` holds what a release published that hashed everything but the
top of `configuration`, kept Lambda's own form of times, and dropped who requested an instance.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items import resource
from cidb2.items.item import Item
from cidb2.run import Publish
from tests.support.builders import a_config, client_error
from tests.support.collecting import Collecting
from tests.support.small_account import COLLECTED, account_block, client, small_account

STORED: list[Item] = json.loads(
    (Path(__file__).parent / "stored_by_an_earlier_release.json").read_text()
)
NEXT = "20261125T034830Z-{:08x}"
LATER = datetime(2027, 2, 3, tzinfo=UTC)
Edit = Callable[[Any], None]


def stored(service: str) -> list[Item]:
    return [deepcopy(item) for item in STORED if f"/{service}/" in item["scope"]]


def next_run(account: Collecting, number: int = 1, **changes: Any) -> dict[str, str]:
    """Store what was published, run again and return how each resource changed."""
    account.store()
    account.begin_run(NEXT.format(number), **changes)
    account.collect()
    return account.changes


@pytest.mark.parametrize("service", COLLECTED)
def test_what_an_earlier_release_stored_is_unchanged(service: str) -> None:
    account = small_account(service)
    account.inventory_table.store(stored(service))
    account.begin_run(NEXT.format(1))
    account.collect()
    assert set(account.changes.values()) == {"UNCHANGED"}
    news = a_config(publish=Publish.CHANGES)
    assert next_run(account, 2, config=news) == {}


@pytest.mark.parametrize("service", COLLECTED)
def test_what_somebody_changed_since_an_earlier_release_is_changed(service: str) -> None:
    account = small_account(service)
    items = stored(service)
    for item in items:
        item["contentHash"] = "0" * 64
        item["configuration"] = {**(item["configuration"] or {}), "Path": "/other/"}
    account.inventory_table.store(items)
    account.begin_run(NEXT.format(1))
    account.collect()
    assert set(account.changes.values()) == {"CHANGED"}


def instance(answers: dict[str, Any]) -> Any:
    return answers["describe_instances"][0]["Reservations"][0]["Instances"][0]


def metadata(answers: dict[str, Any]) -> Any:
    return answers["describe_key"]["KeyMetadata"]


def function(answers: dict[str, Any]) -> Any:
    return answers["get_function_configuration"]


def of_key(answers: dict[str, Any]) -> Any:
    return answers["get_access_key_last_used"]["AccessKeyLastUsed"]


def identities(answers: dict[str, Any]) -> Any:
    return answers["get_account_authorization_details"]


VOLATILE: list[tuple[str, Edit]] = [
    ("ec2", lambda a: instance(a)["State"].update(Code=272)),
    ("ec2", lambda a: instance(a)["MetadataOptions"].update(State="pending")),
    ("ec2", lambda a: instance(a)["BlockDeviceMappings"][0]["Ebs"].update(Status="attaching")),
    ("ec2", lambda a: instance(a)["NetworkInterfaces"][0].update(Status="attaching")),
    ("ec2", lambda a: instance(a)["NetworkInterfaces"][0]["Attachment"].update(Status="x")),
    ("iam", lambda a: of_key(a).update(LastUsedDate=LATER, ServiceName="ec2")),
    ("iam", lambda a: a["list_users"]["Users"][0].update(PasswordLastUsed=LATER)),
    ("iam", lambda a: identities(a)["RoleDetailList"][0]["RoleLastUsed"].update(Region="x")),
    ("iam", lambda a: identities(a)["Policies"][0].update(AttachmentCount=7)),
    ("kms", lambda a: metadata(a).update(CurrentKeyMaterialId="material-2")),
    ("kms", lambda a: a["get_key_rotation_status"].update(NextRotationDate=LATER)),
    ("kms", lambda a: a["get_key_rotation_status"].update(OnDemandRotationStartDate=LATER)),
    ("lambda", lambda a: function(a).update(RevisionId="revision-2")),
    ("lambda", lambda a: function(a).update(State="Inactive", StateReasonCode="Idle")),
    ("lambda", lambda a: function(a).update(LastUpdateStatus="InProgress")),
]


@pytest.mark.parametrize(("service", "edit"), VOLATILE, ids=map(str, range(len(VOLATILE))))
def test_what_changes_by_itself_is_kept_and_is_no_change(service: str, edit: Edit) -> None:
    account = small_account(service)
    account.collect()
    before = deepcopy(account.published)
    edit(client(account).answers)
    assert set(next_run(account).values()) == {"UNCHANGED"}
    told = [*zip(before, account.published, strict=True)]
    assert all(item["contentHash"] == was["contentHash"] for was, item in told)
    sections = ("configuration", "supplementaryConfiguration")
    assert [1 for was, item in told if any(item[name] != was[name] for name in sections)] == [1]


def test_what_somebody_sets_for_a_user_or_a_role_is_a_change_of_it() -> None:
    account = small_account("iam")
    account.collect()
    edits: list[tuple[str, Edit]] = [
        ("user/u", lambda a: a["list_access_keys"]["AccessKeyMetadata"].clear()),
        ("user/u", lambda a: a["list_mfa_devices"]["MFADevices"].append({"SerialNumber": "s"})),
        ("user/u", lambda a: a.update(get_login_profile=client_error("NoSuchEntity"))),
        ("role/r", lambda a: a["list_roles"]["Roles"][0].update(Description="new")),
        ("role/r", lambda a: a["list_roles"]["Roles"][0].update(MaxSessionDuration=7200)),
    ]
    for number, (arn, edit) in enumerate(edits, 1):
        edit(client(account).answers)
        changes = next_run(account, number)
        assert [one.rpartition(":")[2] for one in changes if changes[one] != "UNCHANGED"] == [arn]


CHANGES: list[tuple[str, Edit]] = [
    ("ec2", lambda a: instance(a)["State"].update(Code=80, Name="stopped")),
    ("ec2", lambda a: instance(a)["MetadataOptions"].update(HttpTokens="optional")),
    ("ec2", lambda a: instance(a)["BlockDeviceMappings"].clear()),
    ("ec2", lambda a: instance(a).update(IamInstanceProfile={"Arn": "arn"})),
    ("kms", lambda a: a["get_key_rotation_status"].update(KeyRotationEnabled=False)),
    ("lambda", lambda a: function(a).update(State="Failed", StateReasonCode="KMSKeyNotFound")),
    ("lambda", lambda a: function(a).update(LastUpdateStatus="Failed")),
    ("lambda", lambda a: function(a).update(LastModified="2026-11-25T00:00:00.000+0000")),
]


@pytest.mark.parametrize(("service", "edit"), CHANGES, ids=map(str, range(len(CHANGES))))
def test_what_somebody_sets_is_a_change(service: str, edit: Edit) -> None:
    account = small_account(service)
    account.collect()
    edit(client(account).answers)
    assert set(next_run(account).values()) == {"CHANGED"}


def test_what_an_account_blocks_for_its_buckets_is_a_change_of_each_bucket() -> None:
    account = small_account("s3")
    account.collect()
    block = account_block(RestrictPublicBuckets=True)
    control = account.account.clients["s3control"]
    control.answers["get_public_access_block"] = {"PublicAccessBlockConfiguration": block}
    assert set(next_run(account).values()) == {"CHANGED"}


READABLE: list[tuple[str, str]] = [
    ("kms", "get_key_policy"),
    ("kms", "get_key_rotation_status"),
    ("kms", "describe_key"),
    ("kms", "list_resource_tags"),
    ("kms", "list_aliases"),
    ("lambda", "get_function_configuration"),
    ("lambda", "list_tags"),
    ("iam", "list_policy_tags"),
    ("iam", "list_roles"),
    ("iam", "list_access_keys"),
    ("iam", "get_login_profile"),
    ("s3", "get_bucket_acl"),
]


@pytest.mark.parametrize(("service", "operation"), READABLE)
def test_a_field_that_becomes_readable_is_news_and_no_change(service: str, operation: str) -> None:
    account = small_account(service)
    answer = client(account).answers[operation]
    client(account).answers[operation] = client_error("AccessDeniedException")
    account.collect()
    client(account).answers[operation] = answer
    news = a_config(publish=Publish.CHANGES)
    assert set(next_run(account, config=news).values()) == {"UNCHANGED"}
    assert next_run(account, 2, config=news) == {}


def test_a_field_that_is_readable_again_and_differs_is_a_change() -> None:
    account = small_account("kms")
    account.collect()
    client(account).answers["get_key_policy"] = client_error("AccessDeniedException")
    assert set(next_run(account).values()) == {"UNCHANGED"}
    client(account).answers["get_key_policy"] = {"Policy": '{"Statement":[{"Sid":"new"}]}'}
    assert set(next_run(account, 2).values()) == {"CHANGED"}


@pytest.fixture
def newer_botocore(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what an update of botocore does: AWS's answers get a member of instances."""
    paths = {"AWS::EC2::Instance": ("configuration.Brand", "configuration.New")}
    monkeypatch.setattr(resource, "LEARNT", {name: some[:1] for name, some in paths.items()})
    return lambda: monkeypatch.setattr(resource, "LEARNT", paths)


def test_a_member_that_comes_with_a_newer_botocore_is_no_change_until_somebody_sets_it(
    newer_botocore: Callable[[], None],
) -> None:
    account = small_account("ec2")
    account.collect()
    newer_botocore()
    instance(client(account).answers)["New"] = "as AWS made it"
    assert set(next_run(account).values()) == {"UNCHANGED"}
    instance(client(account).answers)["New"] = "as somebody set it"
    assert set(next_run(account, 2).values()) == {"CHANGED"}


def test_a_member_that_was_known_before_and_that_somebody_sets_is_a_change_on_that_day_too(
    newer_botocore: Callable[[], None],
) -> None:
    account = small_account("ec2")
    account.collect()
    newer_botocore()
    instance(client(account).answers)["Brand"] = "as somebody set it"
    assert set(next_run(account).values()) == {"CHANGED"}


def test_where_the_hashes_agree_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    account = small_account("ec2")
    account.collect()
    asked: list[Any] = []

    def get(keys: Any) -> list[Any]:
        asked.extend(keys)
        return []

    monkeypatch.setattr(account.inventory_table, "get", get)
    assert set(next_run(account).values()) == {"UNCHANGED"}
    assert asked == []


FIELDS = ("tags", "resourceName", "configuration", "configuration.X", "configuration.State")


@given(
    st.sampled_from(STORED),
    st.sets(st.sampled_from(FIELDS)),
    st.none() | st.just({}),
    st.none() | st.just({}),
)
def test_whatever_is_unknown_of_a_stored_item_its_scope_is_complete(
    stored_item: Item, unreadable: set[str], tags: Any, configuration: Any
) -> None:
    item = deepcopy(stored_item)
    item["contentHash"], item["tags"], item["configuration"] = "0" * 64, tags, configuration
    item["unreadable"] = dict.fromkeys(unreadable, "AccessDenied")
    account = small_account(item["scope"].split("/")[1])
    account.inventory_table.store([item])
    account.collect()
    assert {outcome for outcome, _ in account.outcomes.values()} == {"COMPLETE"}
