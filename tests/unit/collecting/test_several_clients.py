"""One IAM prefix may be several services of botocore's: each listing says which one it asks."""

from dataclasses import replace
from typing import Any

import pytest

from cidb2.collecting.declared import listings_of
from cidb2.types.actions import actions_of
from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes
from tests.support.builders import ACCOUNT, REGION
from tests.support.declaration_faults import told
from tests.support.declarations import faults_of
from tests.support.declared import BALANCER, Reading, service_of

ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer"
CLASSIC = ResourceType(
    "AWS::ElasticLoadBalancing::LoadBalancer",
    listing=ListingCall("DescribeLoadBalancers", name="DescribeClassic", client="elb"),
    id="LoadBalancerName",
    arn="loadbalancer/{LoadBalancerName}",
    name="LoadBalancerName",
    tags=Call(
        "DescribeTags",
        by={"LoadBalancerNames": "LoadBalancerName"},
        take="Tags",
        batch=20,
        match="LoadBalancerName",
    ),
)


def balancing(*types: ResourceType) -> ServiceTypes:
    return service_of(*types, client="elbv2", service="elasticloadbalancing")


BALANCING = balancing(BALANCER, CLASSIC)


def test_the_declarations_are_right() -> None:
    assert told(faults_of(BALANCING)) == ""
    assert [each.name for each in listings_of(BALANCING)] == [
        "DescribeLoadBalancers",
        "DescribeClassic",
    ]
    assert actions_of(BALANCING) == [
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
    ]


def test_a_listing_and_the_calls_of_its_types_go_to_its_client() -> None:
    named: Any = {"LoadBalancerName": "web"}
    answers = {
        "describe_load_balancers": {"LoadBalancerDescriptions": [named]},
        "describe_tags": {"TagDescriptions": [{**named, "Tags": [{"Key": "a", "Value": "b"}]}]},
    }
    reading = Reading(BALANCING, CLASSIC.type, answers)
    [one] = reading.read()
    assert (one.arn, one.tags, one.unreadable) == (f"{ARN}/web", {"a": "b"}, {})
    assert {*reading.account.asked} == {("elb", REGION)}
    assert reading.aws.arguments["describe_load_balancers"] == [{"PageSize": 400}]


def test_a_listing_without_one_goes_to_the_services() -> None:
    arn = f"{ARN}/app/web/50dc6c495c0c9188"
    balancer = {"LoadBalancerName": "web", "LoadBalancerArn": arn}
    answers = {
        "describe_load_balancers": {"LoadBalancers": [balancer]},
        "describe_tags": {"TagDescriptions": [{"ResourceArn": arn, "Tags": []}]},
    }
    reading = Reading(BALANCING, BALANCER.type, answers)
    [one] = reading.read()
    assert (one.arn, one.tags) == (arn, {})
    assert {*reading.account.asked} == {("elbv2", REGION)}


def test_two_listings_of_a_service_have_different_names() -> None:
    alike = replace(CLASSIC, listing=ListingCall("DescribeLoadBalancers", client="elb"))
    with pytest.raises(ValueError, match="two listings have the same name"):
        balancing(BALANCER, alike)


def test_another_client_has_the_iam_prefix_too() -> None:
    stray = replace(CLASSIC, listing=ListingCall("DescribeLoadBalancers", client="ec2", name="x"))
    assert "ec2 signs as ec2" in told(faults_of(balancing(BALANCER, stray)))


def test_a_parent_is_listed_by_the_same_client() -> None:
    listener = ResourceType(
        "AWS::ElasticLoadBalancingV2::Listener",
        listing=ListingCall(
            "DescribeListeners", parent=CLASSIC.type, by={"LoadBalancerArn": "LoadBalancerName"}
        ),
        id="ListenerArn",
        arn="listener/app/**",
        arn_member="ListenerArn",
    )
    problem = "AWS::ElasticLoadBalancing::LoadBalancer is listed by elb"
    assert problem in told(faults_of(balancing(CLASSIC, listener)))
