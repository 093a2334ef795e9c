"""Every declared type, read from answers with all members: whole, and each lacking once."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from cidb2.aws.attributes import from_attributes
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.consistency import check_scope
from cidb2.items.item import Change, Item, live_item
from cidb2.items.resource import Resource
from cidb2.items.rows import current_row
from cidb2.lake.listings import line
from cidb2.publishing.messages import message_of
from cidb2.scope import GLOBAL, Scope
from cidb2.types.actions import calls_of
from cidb2.types.catalog import DECLARED
from cidb2.types.conditions import Conditional
from cidb2.types.declaration import ResourceType, ServiceTypes
from cidb2.types.models import paging_of
from cidb2.types.paths import ITSELF
from cidb2.types.secrets import ANYWHERE
from cidb2.validation import check
from tests.support.builders import ACCOUNT, MOMENT, REGION, RUN_ID
from tests.support.declared import Reading
from tests.support.items import ARNS
from tests.support.modelled import (
    SECRET,
    Place,
    answers_of,
    enclosing,
    members,
    reading_of,
    result_path,
    thinned,
    with_secrets,
    without,
)

TYPES = {
    each.type: (service, each)
    for service in DECLARED.values()
    for each in service.types
    if not each.listing.is_by_hand
}
_TARGET = "AdministrativeActions.TargetFileSystemValues"
_NESTED = f"AdministrativeActions.TargetSnapshotValues.{_TARGET}"
DEEPEST = {"AWS::WAFv2::WebACL": 6}
"""The deepest places that are tried: a web ACL has thousands of statements within statements."""
LEVELS = 3
"""Parts of the place of an entry's member: the list, the entry's index, the member."""

KNOWN_SECRETS = {
    "AWS::Organizations::Account": {"configuration.Email"},
    "AWS::Organizations::Organization": {
        "configuration.MasterAccountEmail",
        "supplementaryConfiguration.DelegatedAdministrators.Email",
    },
    "AWS::IAM::SAMLProvider": {"configuration.SAMLMetadataDocument"},
    "AWS::IAM::VirtualMFADevice": {"configuration.Base32StringSeed", "configuration.QRCodePNG"},
    "AWS::EC2::VPNConnection": {
        "configuration.CustomerGatewayConfiguration",
        "configuration.Options.TunnelOptions.PreSharedKey",
    },
    "AWS::EC2::LaunchTemplate": {
        "supplementaryConfiguration.Versions.LaunchTemplateData.UserData",
    },
    "AWS::ElasticLoadBalancingV2::Listener": {
        "configuration.DefaultActions.AuthenticateOidcConfig.ClientSecret",
        "supplementaryConfiguration.Rules.Actions.AuthenticateOidcConfig.ClientSecret",
        "supplementaryConfiguration.Rules.Conditions.HttpHeaderConfig.RegexValues",
        "supplementaryConfiguration.Rules.Conditions.HttpHeaderConfig.Values",
        "supplementaryConfiguration.Rules.Conditions.QueryStringConfig.Values.Value",
    },
    **{
        f"AWS::{service}::{name}": {"configuration.PendingModifiedValues.MasterUserPassword"}
        for service in ("RDS", "Neptune", "DocDB")
        for name in ("DBInstance", "DBCluster")
    },
    "AWS::FSx::Backup": {
        f"configuration.{path}.OntapConfiguration.FsxAdminPassword"
        for path in (
            "FileSystem",
            f"Volume.{_TARGET}",
            f"Volume.{_NESTED}",
        )
    },
    "AWS::FSx::FileSystem": {"configuration.OntapConfiguration.FsxAdminPassword"},
    "AWS::FSx::Volume": {
        f"configuration.{path}.OntapConfiguration.FsxAdminPassword" for path in (_TARGET, _NESTED)
    },
    "AWS::RDS::DBProxy": {"supplementaryConfiguration.TargetGroups.ConnectionPoolConfig.InitQuery"},
    "AWS::AutoScaling::LaunchConfiguration": {"configuration.UserData"},
    "AWS::ECS::Service": {
        "configuration.deployments.serviceConnectConfiguration.logConfiguration.options.*"
    },
    "AWS::ECS::TaskDefinition": {
        "configuration.taskDefinition.containerDefinitions.environment.value",
        "configuration.taskDefinition.containerDefinitions.firelensConfiguration.options.*",
        "configuration.taskDefinition.containerDefinitions.logConfiguration.options.*",
        "configuration.taskDefinition.volumes.dockerVolumeConfiguration.driverOpts.*",
    },
    "AWS::EKS::Addon": {"configuration.configurationValues"},
    "AWS::EKS::Cluster": {"configuration.connectorConfig.activationCode"},
    "AWS::OpenSearchService::Domain": {
        "configuration.AdvancedSecurityOptions.SAMLOptions.Idp.MetadataContent",
        "configuration.ModifyingProperties.ActiveValue",
        "configuration.ModifyingProperties.PendingValue",
    },
    "AWS::Redshift::Cluster": {"configuration.PendingModifiedValues.MasterUserPassword"},
    "AWS::RDS::OptionGroup": {"configuration.Options.OptionSettings.Value"},
    "AWS::ApiGateway::RestApi": {
        "supplementaryConfiguration.Stages.canarySettings.stageVariableOverrides",
        "supplementaryConfiguration.Stages.variables",
    },
    "AWS::ApiGatewayV2::Api": {
        "supplementaryConfiguration.Stages.StageVariables",
    },
    "AWS::Athena::WorkGroup": {
        "configuration.Configuration.AdditionalConfiguration",
        "configuration.Configuration.EngineConfiguration.AdditionalConfigs",
        "configuration.Configuration.EngineConfiguration.Classifications.Properties",
        "configuration.Configuration.EngineConfiguration.SparkProperties",
    },
    "AWS::CloudFormation::Stack": {
        "configuration.Outputs.OutputValue",
        "configuration.Parameters.ParameterValue",
        "configuration.Parameters.ResolvedValue",
    },
    "AWS::CloudFront::Distribution": {
        "configuration.DistributionConfig.Origins.Items.CustomHeaders.Items.HeaderValue",
        "configuration.DistributionConfig.TenantConfig.ParameterDefinitions.Definition.StringSchema.Comment",
    },
    "AWS::CodeBuild::Project": {
        "configuration.environment.environmentVariables.value",
        "configuration.secondarySources.buildspec",
        "configuration.source.buildspec",
        "configuration.webhook.payloadUrl",
        "configuration.webhook.secret",
    },
    "AWS::CodePipeline::Pipeline": {
        "**.commands",
        "configuration.stages.actions.configuration.*",
        "configuration.stages.actions.environmentVariables.value",
        "configuration.stages.beforeEntry.conditions.rules.configuration",
        "configuration.stages.onFailure.conditions.rules.configuration",
        "configuration.stages.onSuccess.conditions.rules.configuration",
        "configuration.variables.defaultValue",
    },
    "AWS::Cognito::UserPool": {
        "configuration.SmsConfiguration.EumsSms.ExternalId",
        "configuration.SmsConfiguration.ExternalId",
    },
    "AWS::EMR::Cluster": {
        "**.Properties",
        "configuration.Applications.AdditionalInfo",
        "configuration.KerberosAttributes.ADDomainJoinPassword",
        "configuration.KerberosAttributes.CrossRealmTrustPrincipalPassword",
        "configuration.KerberosAttributes.KdcAdminPassword",
    },
    "AWS::Events::Rule": {
        "supplementaryConfiguration.Targets.AppSyncParameters.GraphQLOperation",
        "supplementaryConfiguration.Targets.HttpParameters.HeaderParameters",
        "supplementaryConfiguration.Targets.HttpParameters.QueryStringParameters",
        "supplementaryConfiguration.Targets.Input",
        "supplementaryConfiguration.Targets.InputTransformer.InputTemplate",
        "supplementaryConfiguration.Targets.RedshiftDataParameters.Sql",
        "supplementaryConfiguration.Targets.SageMakerPipelineParameters.PipelineParameterList.Value",
    },
    "AWS::Glue::Connection": {
        "configuration.AthenaProperties",
        "configuration.AuthenticationConfiguration.OAuth2Properties.TokenUrlParametersMap",
        "configuration.ConnectionProperties.*",
        "configuration.PythonProperties",
        "configuration.SparkProperties",
    },
    "AWS::Glue::Job": {
        "configuration.CodeGenConfigurationNodes",
        "configuration.DefaultArguments",
        "configuration.NonOverridableArguments",
        "configuration.SourceControlDetails.AuthToken",
    },
    "AWS::KinesisFirehose::DeliveryStream": {
        "configuration.Destinations.HttpEndpointDestinationDescription.EndpointConfiguration.Url",
        "configuration.Destinations.HttpEndpointDestinationDescription.RequestConfiguration.CommonAttributes.AttributeName",
        "configuration.Destinations.HttpEndpointDestinationDescription.RequestConfiguration.CommonAttributes.AttributeValue",
        "configuration.Destinations.RedshiftDestinationDescription.ClusterJDBCURL",
        "configuration.Destinations.RedshiftDestinationDescription.CopyCommand.CopyOptions",
        "configuration.Destinations.RedshiftDestinationDescription.Username",
        "configuration.Destinations.SnowflakeDestinationDescription.AccountUrl",
        "configuration.Destinations.SnowflakeDestinationDescription.ContentColumnName",
        "configuration.Destinations.SnowflakeDestinationDescription.Database",
        "configuration.Destinations.SnowflakeDestinationDescription.MetaDataColumnName",
        "configuration.Destinations.SnowflakeDestinationDescription.Schema",
        "configuration.Destinations.SnowflakeDestinationDescription.SnowflakeRoleConfiguration.SnowflakeRole",
        "configuration.Destinations.SnowflakeDestinationDescription.SnowflakeVpcConfiguration.PrivateLinkVpceId",
        "configuration.Destinations.SnowflakeDestinationDescription.Table",
        "configuration.Destinations.SnowflakeDestinationDescription.User",
        "configuration.Destinations.SplunkDestinationDescription.HECToken",
    },
    "AWS::Route53::RecordSet": {
        "configuration.ResourceRecords",
    },
    "AWS::SNS::Subscription": {
        "configuration.Endpoint",
    },
    "AWS::SageMaker::NotebookInstance": {
        "configuration.Url",
    },
    "AWS::SecretsManager::Secret": {
        "configuration.ExternalSecretRotationMetadata.Value",
    },
    "AWS::StepFunctions::StateMachine": {
        "configuration.definition",
        "configuration.variableReferences",
    },
    "AWS::WAFv2::WebACL": {
        "**.InsertHeaders",
        "**.RegexString",
        "**.SearchString",
    },
}
"""What is left out today. A botocore that forgets one of them would let it in."""


def item_of(service: ServiceTypes, resource: Resource) -> Item:
    scope = Scope(ACCOUNT, service.service, GLOBAL if service.is_global else REGION)
    return live_item(resource, scope, RUN_ID, Change.CREATED, MOMENT)


def checked(service: ServiceTypes, resource: Resource) -> Item:
    """Return an item that the reporter takes."""
    item = item_of(service, resource)
    check("item", item, "item")
    check_scope(item)
    return item


def own(declared: ResourceType, reading: Reading) -> list[Resource]:
    """Return what a listing finds of a type; all, if a missing member makes it another type."""
    found = reading.read()
    return [each for each in found if declared.where or each.resource_type == declared.type]


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_read_whole(name: str) -> None:
    service, declared = TYPES[name]
    resources = reading_of(service, declared, answers_of(service, declared)).read()
    of_type = [each for each in resources if each.resource_type == name]
    assert of_type
    for resource in of_type:
        item = checked(service, resource)
        assert item["arn"] == ARNS[name].format(account=ACCOUNT, region=REGION, name="one")
        assert (item["unreadable"], item["tags"] is None) == ({}, False)
        assert item["supplementaryConfiguration"].keys() == {
            *declared.fields,
            *declared.told_around,
        }
        assert item["configuration"]


@pytest.mark.parametrize("name", TYPES)
def test_a_member_that_lacks_costs_a_field_or_the_entry_that_it_names(name: str) -> None:
    service, declared = TYPES[name]
    answers = thinned(answers_of(service, declared))
    whole = {each.arn for each in own(declared, reading_of(service, declared, answers))}
    for operation, places, lacking in lacking_some(name, answers):
        reading = reading_of(service, declared, {**answers, operation: lacking})
        lacks = [page for page in reading.pages() if page.lacks or page.error]
        resources = own(declared, reading)
        for resource in resources:
            checked(service, resource)
        if lacks:
            assert all(is_identity(name, operation, each) for each in places), (operation, places)
        elif all(place[-1] in optional(service, declared) for place in places):
            assert len({each.arn for each in resources}) == len(whole), (operation, places)
        elif not any(is_home(name, each) for each in places):
            assert {each.arn for each in resources} == whole, (operation, places)


def lacking_some(name: str, answers: dict[str, Any]) -> Iterator[tuple[str, list[Place], Any]]:
    """Yield answers in which each member lacks once.

    Each that a page or an entry has lacks alone. Of those further within, the first members of all
    structures of a level lack together, then the second ones and so on. Places below `DEEPEST` are
    not tried.
    """
    for operation, answer in answers.items():
        rounds = defaultdict[tuple[int, int], list[Place]](list)
        for place in members(answer):
            if len(place) > DEEPEST.get(name, len(place)):
                continue
            if len(place) <= LEVELS or is_identity(name, operation, place):
                yield operation, [place], without(answer, place)
            else:
                number = [*enclosing(answer, place)].index(place[-1])
                rounds[len(place), number].append(place)
        for places in rounds.values():
            yield operation, places, without(answer, *places)


def is_identity(name: str, operation: str, place: Place) -> bool:
    """Tell whether a member at a place is a list of entries, or what names one."""
    service = TYPES[name][0]
    path = ".".join(part for part in place if isinstance(part, str))
    types = [each for each in service.types if each.listing.operation == operation]
    if not types:
        return is_described_name(TYPES[name][1], operation, path)
    return any(is_named(service, each, path) for each in types)


def is_named(service: ServiceTypes, declared: ResourceType, path: str) -> bool:
    """Tell whether a path of a listing's answer leads to its list, or to what names an entry."""
    result = result_path(service, declared)
    if result == ITSELF:
        return True
    template = service.arns[declared.type]
    named = {declared.id, declared.region, *template.paths} - {""}
    named |= set() if template.can_be_made else {declared.arn_member}
    paging = paging_of(service.client_of(declared.listing), declared.listing.operation)
    lists = {result, result.partition(".")[0], paging and paging.flag}
    names = {f"{result}.{each.rstrip('/:')}" for each in named}
    return path in lists or any(f"{name}.".startswith(f"{path}.") for name in names)


def optional(service: ServiceTypes, declared: ResourceType) -> set[str]:
    """Return the members that an ARN has where a resource has them."""
    template = service.arns[declared.type]
    return {*template.paths} - {*template.required}


def is_home(name: str, place: Place) -> bool:
    """Tell whether a member says which region a resource belongs to, or encloses what does."""
    service, declared = TYPES[name]
    if not declared.home or service.arns[name].region:
        return False
    home = Conditional.parse(declared.home)
    above = f"{result_path(service, declared)}.{home.path.rpartition('.')[0]}"
    told = [home.path.rpartition(".")[2], home.condition.path if home.condition else ""]
    path = ".".join(part for part in place if isinstance(part, str))
    return any(f"{above}.{each}".startswith(path) for each in told)


def is_described_name(declared: ResourceType, operation: str, path: str) -> bool:
    """Tell whether a member of a description has the ARN, or encloses it."""
    describe, (above, _, member) = declared.describe, declared.arn_member.partition(".")
    if describe is None or operation != describe.operation or above != "$described":
        return False
    return f"{describe.take}.{member}".startswith(path)


@pytest.mark.parametrize("name", TYPES)
def test_no_secret_is_in_an_item_a_message_a_row_or_the_lake(name: str) -> None:
    service, declared = TYPES[name]
    planted, count = with_secrets(service, declared, thinned(answers_of(service, declared)))
    assert (SECRET in json.dumps(planted, default=str)) is (count > 0)
    omitted = set[str]()
    for resource in own(declared, reading_of(service, declared, planted)):
        item = checked(service, resource)
        if resource.resource_type != name:
            continue  # what another type of the listing drops
        row = from_attributes(current_row(item, None))
        message = message_of(item, NO_CLAIM_CHECK)
        for kept in (item, row, message, line(item)):
            assert SECRET not in repr(kept)
        omitted |= {*item.get("omitted", [])}
    assert bool(omitted) is (count > 0)
    assert folded(declared, omitted) == KNOWN_SECRETS.get(name, set())


def folded(declared: ResourceType, omitted: set[str]) -> set[str]:
    """Return the omitted paths, with each member that is secret anywhere (`**.Name`) once."""
    texts = [text for each in (declared, *calls_of(declared)) for text in each.secret]
    anywhere = {text.removeprefix(ANYWHERE): text for text in texts if text.startswith(ANYWHERE)}
    return {anywhere.get(path.rpartition(".")[2], path) for path in omitted}


class _NoClaimCheck(ClaimCheck):
    """None of these items is too large for a message."""

    def __init__(self) -> None:
        pass


NO_CLAIM_CHECK = _NoClaimCheck()
