"""The checker finds what is wrong in a declaration, and says in which line."""

from dataclasses import replace
from typing import Any

import pytest

from cidb2.types.catalog import TYPES
from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes
from cidb2.types.models import service_model
from tests.support.declaration_faults import SOURCES, line_of, told
from tests.support.declarations import faults_of
from tests.support.declared import BALANCER

VOLUME = TYPES["ec2"]["AWS::EC2::Volume"]
LAUNCH_TEMPLATE = TYPES["ec2"]["AWS::EC2::LaunchTemplate"]
ATTRIBUTE = {"Attribute": "createVolumePermission"}


def service_of(*types: ResourceType, **fields: Any) -> ServiceTypes:
    given: dict[str, Any] = {"client": "ec2", "service": "ec2", "types": types, "page": 100}
    return ServiceTypes(**given | fields)


def field(**changed: Any) -> dict[str, Any]:
    call = Call(
        "DescribeVolumeAttribute",
        by={"VolumeId": "VolumeId"},
        arguments={"Attribute": "autoEnableIO"},
        take="AutoEnableIO",
    )
    return {"fields": {"AutoEnableIO": replace(call, **changed)}}


def in_batches(**changed: Any) -> dict[str, Any]:
    call = Call(
        "DescribeVolumeStatus",
        by={"VolumeIds": "VolumeId"},
        take="VolumeStatus",
        batch=20,
        match="VolumeId",
    )
    return {"fields": {"Status": replace(call, **changed)}}


def lookup(**changed: Any) -> dict[str, Any]:
    call = Lookup("DescribeVolumeStatus", of="VolumeId", match="VolumeId")
    return {"fields": {"Status": replace(call, **changed)}}


BY_HAND = ListingCall("DescribeVolumes", is_by_hand=True)
RIGHT = [
    {},
    field(),
    in_batches(),
    lookup(),
    {"volatile": ("Attachments.State=attaching", "State")},
    {"secret": ("Attachments.Device State!=attached", "**.SnapshotId")},
    {"documents": ("KmsKeyId",), "relations": ("KmsKeyId.Key AWS::KMS::Key",)},
    {"where": "State!=error", "tags": "Tags", "ordered": ("Attachments",)},
    {"tags": Call("DescribeTags", arguments={"Filters": []}, take="Tags")},
]
WRONG = [
    ({"arn_member": "$described.Arn"}, "`$described` needs `describe`"),
    ({"arn_member": "$described.Arn", "describe": in_batches()["fields"]["Status"]}, "for each"),
    ({"listing": ListingCall("DescribeVolumen")}, "listing: ec2 has no operation"),
    ({"listing": ListingCall("DeleteVolume")}, "listing: DeleteVolume answers nothing"),
    ({"listing": ListingCall("DescribeVolumes", page=5, arguments={"Ids": []})}, "no argument"),
    (
        {"listing": ListingCall("DescribeVolumes", page=5, arguments={"VolumeIds": "x"})},
        "listing: DescribeVolumes: Invalid type",
    ),
    (
        {"listing": ListingCall("DescribeVolumes", page=5, parent="AWS::X::Y", by={"DryRun": "Z"})},
        "listing: no type AWS::X::Y",
    ),
    ({"result": "Volume"}, "result: DescribeVolumesResult has no member 'Volume'"),
    ({"id": "VolumeIds", "arn": "volume/{VolumeIds}"}, "id: Volume has no member 'VolumeIds'"),
    ({"id": "Attachments", "arn": "volume/{Attachments}"}, "id: 'Attachments' is a structure"),
    ({"arn": "disk/{VolumeId}"}, "arn: no ARN of AWS's list"),
    ({"arn": "arn:{partition}:ec2:{region}::volume/{VolumeId}"}, "arn: no ARN of AWS's list"),
    ({"arn_member": "Arn"}, "arn_member: Volume has no member"),
    ({"name": "Label"}, "name: Volume has no member"),
    ({"owner": "Owner"}, "owner: Volume has no member"),
    ({"where": "Engine=neptune"}, "where: Volume has no member"),
    ({"home": "Region"}, "home: Volume has no member"),
    ({"home": "Attachments.InstanceId Role=PRIMARY"}, "home: VolumeAttachment has no member"),
    ({"home": "Attachments.InstanceId =x"}, "not a condition"),
    ({"around": ("RequesterId",)}, "around: DescribeVolumesResult has no member"),
    ({"volatile": ("Attachments.Status",)}, "volatile: VolumeAttachment has no member"),
    ({"secret": ("Password",)}, "secret: Volume has no member"),
    ({"secret": ("**.Password",)}, "secret: no member 'Password' anywhere"),
    ({"secret": ("Attachments.Device Kind=x",)}, "secret: VolumeAttachment has no member"),
    ({"secret": ("State =",)}, "not a condition"),
    ({"keep": ("State",)}, "keep: the model does not call it sensitive"),
    ({"documents": ("Attachments",)}, "documents: 'Attachments' is a structure"),
    ({"ordered": ("Devices",)}, "ordered: Volume has no member"),
    ({"relations": ("VpcId AWS::EC2::VPC",)}, "relations: Volume has no member"),
    ({"relations": ("KmsKeyId AWS::KMS::Schlüssel",)}, "not a type"),
    ({"relations": ("KmsKeyId AWS::KMS::Lock",)}, "relations: no type of CloudFormation"),
    ({"relations": ("KmsKeyId * associated Kind=a",)}, "relations: Volume has no member"),
    ({"identity": "DiskId"}, "identity: Volume has no member"),
    ({"encrypted": ("Encryption=True",)}, "encrypted: Volume has no member"),
    ({"exposed": ("IsPublic=True",)}, "exposed: Volume has no member"),
    ({"identifiers": ("Address",)}, "identifiers: Volume has no member"),
    ({"tags": "Labels"}, "tags: Volume has no member"),
    ({"tags": "Attachments"}, "tags: 'Attachments' are no tags"),
    ({"tags": Call("DescribeVolumes", take="Volumes")}, "tags: no tags"),
    ({"describe": Call("DescribeVolume")}, "describe: ec2 has no operation"),
    ({"listing": BY_HAND, "operations": ("GetDisk",)}, "operations: ec2 has no operation"),
    ({"listing": BY_HAND, "operations": ("ebs.GetDisk",)}, "operations: ebs has no operation"),
    ({"type": "AWS::EC2::Disk"}, "type: no type of CloudFormation"),
    (field(operation="DescribeVolumeAttributes"), "fields[AutoEnableIO]: ec2 has no operation"),
    (field(by={"Volume": "VolumeId"}), "fields[AutoEnableIO]: DescribeVolumeAttribute has no"),
    (field(by={"VolumeId": "Id"}), "fields[AutoEnableIO]: Volume has no member 'Id'"),
    (field(by={"VolumeId": "$parent.VolumeId"}), "fields[AutoEnableIO]: '$parent.VolumeId': the"),
    (field(arguments={}), 'Missing required parameter in input: "Attribute"'),
    (field(take="Auto"), "DescribeVolumeAttributeResult has no member 'Auto'"),
    (field(when="Kind=gp3"), "fields[AutoEnableIO].when: Volume has no member"),
    (field(volatile=("Status",)), "fields[AutoEnableIO].volatile: AttributeBooleanValue has"),
    (in_batches(match="Id"), "fields[Status]: VolumeStatusItem has no member 'Id'"),
    (
        in_batches(by={"NextToken": "VolumeId"}),
        "fields[Status]: DescribeVolumeStatus takes no list",
    ),
    (
        field(
            operation="DescribeVolumeStatus",
            arguments={},
            by={"VolumeIds": "VolumeId"},
            take="VolumeStatuses.VolumeStatus",
        ),
        "fields[AutoEnableIO]: VolumeStatusList has no member 'VolumeStatus'",
    ),
    (lookup(match="Id"), "fields[Status]: VolumeStatusItem has no member 'Id'"),
    (lookup(of="Id"), "fields[Status]: Volume has no member 'Id'"),
    (lookup(take="Id"), "fields[Status]: VolumeStatusItem has no member 'Id'"),
]


@pytest.mark.parametrize("changed", RIGHT)
def test_a_right_declaration_passes(changed: dict[str, Any]) -> None:
    assert told(faults_of(service_of(replace(VOLUME, **changed)))) == ""


@pytest.mark.parametrize(("changed", "problem"), WRONG)
def test_a_wrong_declaration_fails_by_what_is_wrong(changed: dict[str, Any], problem: str) -> None:
    try:
        service = service_of(replace(VOLUME, **changed))
    except ValueError as error:
        assert problem in str(error)
        return
    assert problem in told(faults_of(service))


def test_a_fault_names_file_and_line_of_what_is_to_be_mended() -> None:
    changed = replace(VOLUME, relations=("KmsKeyId AWS::KMS::Lock", *VOLUME.relations))
    [fault] = faults_of(service_of(changed))
    assert str(fault).startswith("ec2.py:")
    line = line_of("AWS::EC2::Volume", "SnapshotId AWS::EC2::Snapshot")
    name, _, number = line.partition(":")
    source = SOURCES / name
    assert '"SnapshotId AWS::EC2::Snapshot"' in source.read_text().splitlines()[int(number) - 1]


def test_an_error_code_that_the_operation_does_not_have_is_found() -> None:
    table = ResourceType(
        "AWS::DynamoDB::Table",
        listing=ListingCall("ListTables"),
        id="@",
        arn="table/{@}",
        name="@",
        describe=Call(
            "DescribeTable",
            by={"TableName": "@"},
            take="Table",
            absent=("ResourceNotFoundException", "NoSuchTable"),
        ),
        tags=Call("ListTagsOfResource", by={"ResourceArn": "$arn"}, take="Tags"),
    )
    service = service_of(table, client="dynamodb", service="dynamodb")
    [fault] = faults_of(service)
    assert "describe.absent: DescribeTable does not answer NoSuchTable" in str(fault)


def test_what_belongs_to_the_describing_call_is_declared_there() -> None:
    call = Call("DescribeTable", by={"TableName": "@"}, take="Table")
    table = ResourceType(
        "AWS::DynamoDB::Table", listing=ListingCall("ListTables"), id="@", arn="table/{@}"
    )
    odd = [
        replace(table, describe=replace(call, volatile=("Count",))),
        replace(table, describe=replace(call, relations=("TableId *",))),
        replace(table, describe=call, secret=("TableId",)),
    ]
    problems = ["describe.volatile: TableDescription has no member", *2 * ["is for the other"]]
    for each, problem in zip(odd, problems, strict=True):
        [fault] = faults_of(service_of(each, client="dynamodb", service="dynamodb"))
        assert problem in str(fault)


def test_names_alone_are_no_configuration() -> None:
    table = ResourceType(
        "AWS::DynamoDB::Table", listing=ListingCall("ListTables"), id="@", arn="table/{@}"
    )
    [fault] = faults_of(service_of(table, client="dynamodb", service="dynamodb"))
    assert "describe: names alone are no configuration" in str(fault)


def test_what_the_model_calls_sensitive_may_be_kept() -> None:
    [version] = LAUNCH_TEMPLATE.fields.values()
    kept = replace(version, keep=("LaunchTemplateData.UserData",))
    changed = replace(LAUNCH_TEMPLATE, fields={"Versions": kept})
    assert told(faults_of(service_of(changed))) == ""


def test_a_page_has_a_size_where_neither_the_model_nor_the_declaration_says_one() -> None:
    [fault] = faults_of(service_of(VOLUME, page=0))
    assert "listing: its model names no largest page" in str(fault)
    sized = replace(VOLUME, listing=ListingCall("DescribeVolumes", page=5))
    assert told(faults_of(service_of(sized, page=0))) == ""


def test_a_service_has_its_iam_prefix() -> None:
    [fault] = faults_of(service_of(VOLUME, service="ebs"))[-1:]
    assert "ec2 signs as ec2" in str(fault)


def test_the_actions_of_a_service_fit_into_a_session_policy() -> None:
    names = service_model("ec2").operation_names
    described = tuple(name for name in names if name.startswith("Describe"))
    service = service_of(replace(VOLUME, listing=BY_HAND, operations=described))
    assert "session policy: " in told(faults_of(service))


def test_a_batch_is_no_larger_than_the_model_allows() -> None:
    fields = {"client": "elbv2", "service": "elasticloadbalancing"}
    assert told(faults_of(service_of(BALANCER, **fields))) == ""
