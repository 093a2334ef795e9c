"""What would mislead a naive declaration of queues, names, APIs and logs."""

import json
from typing import Any

import pytest

from cidb2.types.actions import actions_of
from cidb2.types.catalog import DECLARED
from cidb2.types.relations import edges
from tests.support.builders import ACCOUNT, REGION, client_error
from tests.support.declared import Reading, pages_of
from tests.support.items import item_of

OTHER = "345678901234"
POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*"}]}


def reading(service: str, name: str, region: str = REGION, **answers: Any) -> Reading:
    return Reading(DECLARED[service], name, answers, region)


def edges_of(service: str, name: str, **fields: Any) -> set[tuple[str, str]]:
    [declared] = [each for each in DECLARED[service].types if each.type == name]
    return {(one.target_type, one.target) for one in edges(declared.edges, item_of(name, **fields))}


class TestQueues:
    """Attributes are a map of texts, with policies as texts within."""

    URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
    DEAD = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"

    def read(self, attributes: Any) -> Any:
        [one] = reading(
            "sqs",
            "AWS::SQS::Queue",
            list_queues={"QueueUrls": [self.URL]},
            get_queue_attributes=attributes,
            list_queue_tags={"ResponseMetadata": {}},
        ).read()
        return one

    def test_a_policy_within_is_json(self) -> None:
        texts = {
            "Policy": json.dumps(POLICY),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": self.DEAD, "maxReceiveCount": 3}),
            "VisibilityTimeout": "30",
        }
        one = self.read({"Attributes": texts})
        assert one.configuration["Policy"] == POLICY
        assert one.configuration["VisibilityTimeout"] == "30"
        assert (one.tags, one.unreadable) == ({}, {})
        found = edges_of("sqs", one.resource_type, configuration=one.configuration)
        assert ("AWS::SQS::Queue", self.DEAD) in found

    def test_a_queue_that_denies_its_attributes_is_listed(self) -> None:
        one = self.read(client_error("AccessDenied"))
        assert (one.arn, one.resource_id) == (f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs", self.URL)
        assert one.unreadable_codes == {"configuration": "AccessDenied"}


class TestSubscriptions:
    TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"

    def subscription(self, name: str, protocol: str, endpoint: str, owner: str) -> dict[str, str]:
        return {
            "SubscriptionArn": name if name == "PendingConfirmation" else f"{self.TOPIC}:{name}",
            "Protocol": protocol,
            "Endpoint": endpoint,
            "Owner": owner,
            "TopicArn": self.TOPIC,
        }

    def test_those_of_other_accounts_are_listed_and_addresses_are_not_kept(self) -> None:
        queue = f"arn:aws:sqs:{REGION}:{OTHER}:jobs"
        listed = [
            self.subscription("1", "sqs", queue, OTHER),
            self.subscription("2", "https", "https://user:password@example.com", ACCOUNT),
            self.subscription("3", "email", "somebody@example.com", ACCOUNT),
            self.subscription("PendingConfirmation", "email", "nobody@example.com", ACCOUNT),
        ]
        resources = reading(
            "sns",
            "AWS::SNS::Subscription",
            list_topics={"Topics": [{"TopicArn": self.TOPIC}]},
            list_subscriptions_by_topic={"Subscriptions": listed},
        ).read()
        assert [one.arn for one in resources] == [f"{self.TOPIC}:{number}" for number in (1, 2, 3)]
        endpoints = [(one.configuration or {}).get("Endpoint") for one in resources]
        assert endpoints == [queue, None, None]
        assert [one.omitted for one in resources] == [(), *2 * [("configuration.Endpoint",)]]


class TestDistributions:
    @pytest.mark.parametrize(("quantity", "lacks"), [(0, None), (1, "Items"), (None, "Items")])
    def test_a_list_without_entries_says_how_many_there_are(
        self, quantity: int | None, lacks: str | None
    ) -> None:
        listed = {"IsTruncated": False} | ({} if quantity is None else {"Quantity": quantity})
        [page] = reading(
            "cloudfront",
            "AWS::CloudFront::Distribution",
            list_distributions={"DistributionList": listed},
        ).pages()
        assert (page.listed, page.lacks) == ([], lacks)


class TestRecordSets:
    ZONE = "arn:aws:route53:::hostedzone/Z1"

    def test_they_have_arns_of_their_own(self) -> None:
        records = [
            {"Name": "a.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]},
            {"Name": "a.", "Type": "TXT", "ResourceRecords": [{"Value": '"key=secret"'}]},
            {"Name": "a.", "Type": "CNAME", "SetIdentifier": "blue"},
            {"Name": "a.", "Type": "CNAME", "SetIdentifier": "green"},
        ]

        def listed(HostedZoneId: str, MaxItems: str, **token: Any) -> Any:
            assert (HostedZoneId, MaxItems) == ("/hostedzone/Z1", "300")
            if not token:
                following = {"NextRecordName": "a.", "NextRecordType": "CNAME"}
                return {"ResourceRecordSets": records[:2], "IsTruncated": True, **following}
            assert token == {"StartRecordName": "a.", "StartRecordType": "CNAME"}
            return {"ResourceRecordSets": records[2:], "IsTruncated": False}

        zone = {"Id": "/hostedzone/Z1", "Name": "example.com."}
        address, text, blue, green = reading(
            "route53",
            "AWS::Route53::RecordSet",
            list_hosted_zones={"HostedZones": [zone], "IsTruncated": False},
            list_resource_record_sets=listed,
        ).read()
        assert [one.arn for one in (address, text, blue, green)] == [
            f"{self.ZONE}/recordset/a./A",
            f"{self.ZONE}/recordset/a./TXT",
            f"{self.ZONE}/recordset/a./CNAME/blue",
            f"{self.ZONE}/recordset/a./CNAME/green",
        ]
        assert address.configuration == records[0]
        assert text.configuration == {"Name": "a.", "Type": "TXT"}

    def test_a_private_zone_alone_is_asked_for_its_networks(self) -> None:
        zones = [
            {"Id": f"/hostedzone/Z{number}", "Name": "x.", "Config": {"PrivateZone": private}}
            for number, private in enumerate([True, False])
        ]
        asked = reading(
            "route53",
            "AWS::Route53::HostedZone",
            list_hosted_zones={"HostedZones": zones, "IsTruncated": False},
            list_query_logging_configs={"QueryLoggingConfigs": []},
            list_tags_for_resources=lambda ResourceIds, **_: {
                "ResourceTagSets": [{"ResourceId": each, "Tags": []} for each in ResourceIds]
            },
            get_hosted_zone={"VPCs": [{"VPCId": "vpc-1"}]},
        )
        private, public = asked.read()
        assert (private.resource_id, private.supplementary["VPCs"]) == ("Z0", [{"VPCId": "vpc-1"}])
        assert public.supplementary["VPCs"] is None
        assert asked.aws.calls["get_hosted_zone"] == 1
        assert asked.aws.calls["list_tags_for_resources"] == 1


def test_alarms_on_other_alarms_are_asked_for_by_name() -> None:
    asked = reading(
        "cloudwatch",
        "AWS::CloudWatch::CompositeAlarm",
        describe_alarms={
            "MetricAlarms": [{"AlarmName": "a"}],
            "CompositeAlarms": [{"AlarmName": "b"}],
        },
        list_tags_for_resource={"Tags": []},
    )
    assert [one.detail.id for one in asked.listed()] == ["a", "b"]
    [arguments] = asked.aws.arguments["describe_alarms"]
    assert arguments["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]


class TestApis:
    def test_their_arns_name_no_account_and_their_action_is_get(self) -> None:
        escaped = json.dumps(json.dumps(POLICY))[1:-1]
        [one] = reading(
            "apigateway",
            "AWS::ApiGateway::RestApi",
            get_rest_apis={"items": [{"id": "abc", "name": "orders", "policy": escaped}]},
            get_stages={"item": [{"stageName": "live", "variables": {"key": "secret"}}]},
            get_authorizers={"items": []},
        ).read()
        assert one.arn == f"arn:aws:apigateway:{REGION}::/restapis/abc"
        assert (one.configuration or {})["policy"] == POLICY
        assert one.supplementary["Stages"] == [{"stageName": "live"}]
        assert actions_of(DECLARED["apigateway"]) == ["apigateway:GET"]


def test_a_secret_that_is_to_be_deleted_is_not_asked_for_its_policy() -> None:
    place = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
    secrets = [
        {"Name": "a", "ARN": f"{place}:a-x1y2z3"},
        {"Name": "b", "ARN": f"{place}:b-x1y2z3", "DeletedDate": "2026-11-29"},
    ]
    asked = reading(
        "secretsmanager",
        "AWS::SecretsManager::Secret",
        list_secrets={"SecretList": secrets},
        get_resource_policy={"Name": "a"},
    )
    assert [one.unreadable for one in asked.read()] == [{}, {}]
    assert asked.aws.arguments["get_resource_policy"] == [{"SecretId": f"{place}:a-x1y2z3"}]
    assert asked.aws.arguments["list_secrets"][0]["IncludePlannedDeletion"] is True


@pytest.mark.parametrize(("name", "arn"), [("/a/b", "parameter/a/b"), ("url", "parameter/url")])
def test_a_parameter_without_an_arn_has_one_from_its_name(name: str, arn: str) -> None:
    [one] = reading(
        "ssm", "AWS::SSM::Parameter", describe_parameters={"Parameters": [{"Name": name}]}
    ).listed()
    assert one.arn == f"arn:aws:ssm:{REGION}:{ACCOUNT}:{arn}"


def test_the_filters_of_many_log_groups_are_one_listing() -> None:
    groups = [{"logGroupName": f"/aws/lambda/{number}"} for number in range(120)]
    asked = reading(
        "logs",
        "AWS::Logs::LogGroup",
        describe_log_groups=pages_of("logGroups", groups[:60], groups[60:], token="nextToken"),
        describe_metric_filters={
            "metricFilters": [{"filterName": "root", "logGroupName": "/aws/lambda/7"}]
        },
        list_tags_for_resource={"tags": {}},
    )
    resources = asked.read()
    assert len(resources) == 120
    filters = [one.supplementary["MetricFilters"] for one in resources]
    assert filters[7] == [{"filterName": "root", "logGroupName": "/aws/lambda/7"}]
    assert {None if each is None else "some" for each in filters} == {None, "some"}
    assert asked.aws.calls["describe_metric_filters"] == 1


@pytest.mark.parametrize("path", ["default", "orders", "aws.partner/shop/1"])
def test_a_rule_belongs_to_its_bus(path: str) -> None:
    bus = {"Name": path, "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{path}"}
    place = "rule" if path == "default" else f"rule/{path}"
    rule = {"Name": "stops", "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:{place}/stops"}
    asked = reading(
        "events",
        "AWS::Events::Rule",
        list_event_buses={"EventBuses": [bus]},
        list_rules={"Rules": [rule]},
        list_targets_by_rule={"Targets": [{"Id": "1", "Arn": "arn:x", "Input": "secret"}]},
        list_tags_for_resource={"Tags": []},
    )
    [one] = asked.read()
    assert (one.arn, one.supplementary["Targets"]) == (rule["Arn"], [{"Id": "1", "Arn": "arn:x"}])
    assert asked.aws.arguments["list_rules"][0]["EventBusName"] == path


def test_clusters_that_have_ended_are_not_asked_for() -> None:
    asked = reading("elasticmapreduce", "AWS::EMR::Cluster", list_clusters={"Clusters": []})
    assert asked.read() == []
    [arguments] = asked.aws.arguments["list_clusters"]
    assert not {"TERMINATED", "TERMINATED_WITH_ERRORS"} & {*arguments["ClusterStates"]}


def test_where_security_hub_is_not_enabled_nothing_is_to_list() -> None:
    asked = reading(
        "securityhub", "AWS::SecurityHub::Hub", describe_hub=client_error("InvalidAccessException")
    )
    assert asked.read() == []


def test_a_database_of_another_catalog_is_not_the_accounts() -> None:
    databases = [{"Name": "mine", "CatalogId": ACCOUNT}, {"Name": "theirs", "CatalogId": OTHER}]
    listed = reading(
        "glue", "AWS::Glue::Database", get_databases={"DatabaseList": databases}
    ).listed()
    assert [one.detail.id for one in listed] == ["mine"]


@pytest.mark.parametrize(
    ("service", "name", "arn", "told"),
    [
        (
            "config",
            "AWS::Config::ConfigRule",
            "config-rule/aws-service-rule/securityhub.amazonaws.com/config-rule-magmce",
            {"ConfigRuleId": "config-rule-magmce"},
        ),
        ("config", "AWS::Config::ConfigRule", "config-rule/id", {"ConfigRuleId": "id"}),
        ("sagemaker", "AWS::SageMaker::Endpoint", "endpoint/lower", {"EndpointName": "Lower"}),
    ],
)
def test_arns_of_another_form_than_the_name_are_admitted(
    service: str, name: str, arn: str, told: dict[str, str]
) -> None:
    template = DECLARED[service].arns[name]
    whole = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{arn}"
    [declared] = [each for each in DECLARED[service].types if each.type == name]
    values = {**told, declared.arn_member: whole}
    assert template.fits(arn, values)
