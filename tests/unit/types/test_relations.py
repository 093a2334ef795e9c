"""Edges follow from an item's configuration, in AWS Config's words."""

from typing import Any

import pytest

from cidb2.types.catalog import TYPES
from cidb2.types.relations import Edge, Relation, edges

INSTANCE = TYPES["ec2"]["AWS::EC2::Instance"]
TEMPLATE = TYPES["ec2"]["AWS::EC2::LaunchTemplate"]


def edges_of(declared: Any, **item: Any) -> set[tuple[str, str, str]]:
    return {(edge.name, edge.target_type, edge.target) for edge in edges(declared.edges, item)}


def test_an_instance_names_what_it_hangs_together_with() -> None:
    configuration = {
        "VpcId": "vpc-1",
        "SecurityGroups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}, {"GroupId": "sg-1"}],
        "BlockDeviceMappings": [{"Ebs": {"VolumeId": "vol-1"}}, {"DeviceName": "/dev/sdb"}],
        "SubnetId": "",
        "ImageId": {"odd": 1},
    }
    assert edges_of(INSTANCE, configuration=configuration) == {
        ("Is contained in Vpc", "AWS::EC2::VPC", "vpc-1"),
        ("Is associated with SecurityGroup", "AWS::EC2::SecurityGroup", "sg-1"),
        ("Is associated with SecurityGroup", "AWS::EC2::SecurityGroup", "sg-2"),
        ("Is attached to Volume", "AWS::EC2::Volume", "vol-1"),
    }


def test_each_edge_is_told_once() -> None:
    relations = [Relation.parse("A AWS::EC2::VPC"), Relation.parse("B AWS::EC2::VPC")]
    found = [*edges(relations, {"A": ["vpc-1", "vpc-1"], "B": "vpc-1"})]
    assert found == [Edge("Is contained in Vpc", "AWS::EC2::VPC", "vpc-1")]


def test_a_field_has_edges_too() -> None:
    versions = [{"LaunchTemplateData": {"ImageId": "ami-1"}}, {"LaunchTemplateData": {}}]
    item = {"configuration": {}, "supplementaryConfiguration": {"Versions": versions}}
    assert edges_of(TEMPLATE, **item) == {("Is associated with Image", "AWS::EC2::Image", "ami-1")}


def test_a_field_that_could_not_be_read_has_none() -> None:
    assert edges_of(TEMPLATE, configuration=None, supplementaryConfiguration={}) == set()


def test_an_edge_may_depend_on_the_content() -> None:
    relation = Relation.parse("Values.Value * associated Type=A", "configuration")
    values = [{"Value": "192.0.2.1"}]
    of_a, of_mx = ({"configuration": {"Type": kind, "Values": values}} for kind in ("A", "MX"))
    assert [edge.target for edge in edges([relation], of_a)] == ["192.0.2.1"]
    assert [*edges([relation], of_mx)] == [*edges([relation], {"configuration": None})] == []


def test_a_field_itself_may_be_the_target() -> None:
    relation = Relation.parse("@ AWS::EC2::SecurityGroup", "supplementaryConfiguration.Groups")
    item = {"supplementaryConfiguration": {"Groups": ["sg-1", "sg-2"]}}
    assert [edge.target for edge in edges([relation], item)] == ["sg-1", "sg-2"]


@pytest.mark.parametrize(
    "text",
    ["VpcId VPC", "VpcId AWS::EC2::VPC near", "Vpc..Id *", "VpcId * associated Type=A=B"],
)
def test_what_is_no_relation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Relation.parse(text)
