"""The Lambda collector: policy, URLs, concurrency and tags of functions, each field on its own."""

import json
from collections import Counter
from typing import Any

import pytest

from cidb2.items.item import Item
from tests.support.aws import MEMBER, OTHER_MEMBER, REGION, client
from tests.support.hub import Hub, run_state
from tests.support.wire import Paging, Wire

pytestmark = pytest.mark.integration

SCOPE = f"{MEMBER}/lambda/{REGION}"
MARKERS = Paging(reads="Marker", writes="NextMarker")
RUNS = ("20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1")
SECRET = "hunter2-in-a-variable"
NOBODY = ("ResourceNotFoundException", "The resource you requested does not exist.")
NOT_LISTED = (
    *("State", "StateReason", "StateReasonCode"),
    *("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"),
    "RuntimeVersionConfig",
)
"""What AWS's ListFunctions leaves out."""
OPTIONAL = {
    "GetPolicy": "supplementaryConfiguration.Policy",
    "ListFunctionUrlConfigs": "supplementaryConfiguration.FunctionUrlConfigs",
    "GetFunctionConcurrency": "supplementaryConfiguration.ReservedConcurrentExecutions",
    "ListTags": "tags",
}
"""Each call that may be denied, and the field that this costs."""


def plant(
    name: str, *, account: str = MEMBER, region: str = REGION, whole: bool = False, **options: Any
) -> str:
    """Make a function, with everything that it may have where `whole`; return its ARN."""
    trust = {"Version": "2012-10-17", "Statement": []}
    role = client("iam", account).create_role(
        RoleName=f"{name}-{region}", AssumeRolePolicyDocument=json.dumps(trust)
    )
    made = client("lambda", account, region)
    arn = made.create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": b"no code of anybody"},
        **options,
    )["FunctionArn"]
    if whole:
        made.tag_resource(Resource=arn, Tags={"Größe": "klein"})
        made.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
        made.create_function_url_config(FunctionName=name, AuthType="NONE")
        made.add_permission(
            FunctionName=name,
            StatementId="everybody",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
        )
    return str(arn)


def supplementary(item: Item) -> dict[str, Any]:
    return item["supplementaryConfiguration"]


def fields(item: Item) -> dict[str, Any]:
    """Return the fields that have calls of their own, by the names that `unreadable` uses."""
    more = supplementary(item).items()
    named = {f"supplementaryConfiguration.{name}": value for name, value in more}
    return {"tags": item["tags"], **named}


def test_a_function_is_read_with_all_its_fields(hub: Hub) -> None:
    variables = {"Variables": {"STAGE": SECRET, "DB_PASSWORD": SECRET}}
    arn = plant("invoices", whole=True, Environment=variables, Description="Zahlungen 支払い")
    item = hub.take("lambda")[arn]
    configuration = item["configuration"]
    assert configuration is not None
    assert configuration["Description"] == "Zahlungen 支払い"
    assert configuration["Runtime"] == "python3.13"
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")
    assert "Environment" not in configuration
    assert item["resourceType"] == "AWS::Lambda::Function"
    assert (item["resourceId"], item["resourceName"]) == ("invoices", "invoices")
    assert (item["accountId"], item["awsRegion"], item["scope"]) == (MEMBER, REGION, SCOPE)
    assert item["tags"] == {"Größe": "klein"}
    assert item["unreadable"] == {}
    more = supplementary(item)
    assert more["EnvironmentVariableNames"] == ["DB_PASSWORD", "STAGE"]
    assert more["ReservedConcurrentExecutions"] == 5
    [url] = more["FunctionUrlConfigs"]
    assert (url["AuthType"], url["FunctionArn"]) == ("NONE", arn)
    [statement] = more["Policy"]["Statement"]
    assert (statement["Sid"], statement["Principal"]) == ("everybody", "*")
    assert SECRET not in json.dumps(item, ensure_ascii=False)


def test_a_function_with_nothing_has_nothing(hub: Hub) -> None:
    arn = plant("plain")
    item = hub.take("lambda")[arn]
    assert (item["tags"], item["unreadable"]) == ({}, {})
    assert {*supplementary(item).values()} == {None}
    assert len(supplementary(item)) == 4


def test_aws_is_asked_in_its_regions_for_large_pages_and_once_for_each_field(
    hub: Hub, wire: Wire
) -> None:
    arn = plant("invoices")
    hub.collect("lambda")
    asked = {
        call.operation: dict(call.parameters) for call in wire.calls if call.service == "lambda"
    }
    assert asked == {
        "ListFunctions": {"MaxItems": 50},
        "GetFunctionConfiguration": {"FunctionName": "invoices"},
        "GetPolicy": {"FunctionName": "invoices"},
        "ListFunctionUrlConfigs": {"FunctionName": "invoices", "MaxItems": 50},
        "GetFunctionConcurrency": {"FunctionName": "invoices"},
        "ListTags": {"Resource": arn},
        "ListAliases": {"FunctionName": "invoices", "MaxItems": 10_000},
        "ListEventSourceMappings": {"MaxItems": 100},
        "ListLayers": {"MaxItems": 50},
    }
    # Functions are listed once more, as the parents of aliases.
    assert sum(call.service == "lambda" for call in wire.calls) == len(asked) + 1


def test_a_region_without_functions_takes_a_call_for_each_listing(hub: Hub, wire: Wire) -> None:
    hub.collect("lambda")
    assert sorted(call.operation for call in wire.calls if call.service == "lambda") == [
        "ListEventSourceMappings",
        "ListFunctions",
        "ListFunctions",
        "ListLayers",
    ]
    assert hub.scopes()[SCOPE]["outcome"] == "COMPLETE"


def test_every_page_of_functions_and_urls_is_read(hub: Hub, wire: Wire) -> None:
    arns = [plant(name) for name in ("a", "b", "c")]
    listed = [{"FunctionName": arn.rpartition(":")[2], "FunctionArn": arn} for arn in arns]
    wire.pages("ListFunctions", [{"Functions": [each]} for each in listed], MARKERS)
    urls = [{"FunctionUrlConfigs": [url(f"{arns[0]}:{alias}")]} for alias in ("x", "y", "z")]
    wire.pages("ListFunctionUrlConfigs", urls, MARKERS, FunctionName="a")
    items = hub.take("lambda")
    assert {*items} == {*arns}
    told = [each["FunctionArn"] for each in supplementary(items[arns[0]])["FunctionUrlConfigs"]]
    assert told == [f"{arns[0]}:{alias}" for alias in ("x", "y", "z")]
    markers = [None, *MARKERS.tokens[:2]]
    listings = Counter(each.parameters.get("Marker") for each in wire.of("ListFunctions"))
    assert listings == Counter(markers * 2)  # of functions, and of their aliases
    of_one = wire.of("ListFunctionUrlConfigs", FunctionName="a")
    assert [each.parameters.get("Marker") for each in of_one] == markers


def url(arn: str) -> dict[str, Any]:
    return {
        "FunctionUrl": "https://example.lambda-url.us-east-1.on.aws/",
        "FunctionArn": arn,
        "AuthType": "AWS_IAM",
        "CreationTime": "2026-11-24T03:48:30.000Z",
        "LastModifiedTime": "2026-11-24T03:48:30.000Z",
    }


@pytest.mark.parametrize(("operation", "field"), OPTIONAL.items())
def test_what_may_not_be_read_is_named_and_stays_as_it_was_last_known(
    hub: Hub, wire: Wire, operation: str, field: str
) -> None:
    arn = plant("invoices", whole=True)
    whole = hub.take("lambda", run=run_state(RUNS[0]))[arn]
    wire.refuses(operation, "AccessDeniedException")
    item = hub.take("lambda", run=run_state(RUNS[1]))[arn]
    assert item["unreadable"] == {field: "AccessDeniedException"}
    assert item["change"] == "UNCHANGED"
    assert fields(item) == fields(whole)
    scope = hub.scopes(RUNS[1])[SCOPE]
    assert (scope["outcome"], scope["unreadable"]) == ("COMPLETE", 1)


def test_what_only_a_description_tells_is_named_where_it_may_not_be_read(
    hub: Hub, wire: Wire
) -> None:
    arn = plant("invoices", whole=True, Environment={"Variables": {"STAGE": SECRET}})
    whole = hub.take("lambda", run=run_state(RUNS[0]))[arn]
    wire.refuses("GetFunctionConfiguration", "AccessDeniedException")
    item = hub.take("lambda", run=run_state(RUNS[1]))[arn]
    assert item["unreadable"] == {
        f"configuration.{name}": "AccessDeniedException" for name in NOT_LISTED
    }
    assert (item["change"], item["configuration"]) == ("UNCHANGED", whole["configuration"])
    assert fields(item) == fields(whole)
    assert hub.scopes(RUNS[1])[SCOPE]["outcome"] == "COMPLETE"


def test_a_region_without_function_urls_has_none_and_nobody_is_sent_after_permissions(
    hub: Hub, wire: Wire
) -> None:
    """As AWS answers in such regions: zappa/Zappa#1425, turbot/steampipe-plugin-aws#1262."""
    arn = plant("app")
    words = "Unable to determine service/operation name to be authorized"
    wire.refuses("ListFunctionUrlConfigs", "AccessDeniedException", words)
    item = hub.take("lambda")[arn]
    assert supplementary(item)["FunctionUrlConfigs"] is None
    assert item["unreadable"] == {}
    assert hub.scopes()[SCOPE]["unreadableReasons"] == {}


def test_variables_under_a_customers_key_cost_their_names_and_nothing_else(
    hub: Hub, wire: Wire
) -> None:
    arn = plant("sealed")
    error = {"ErrorCode": "AccessDeniedException", "Message": f"{SECRET}: KMS denied it"}
    sealed = {"FunctionName": "sealed", "FunctionArn": arn, "Environment": {"Error": error}}
    wire.answers("GetFunctionConfiguration", sealed)
    item = hub.take("lambda")[arn]
    name = "supplementaryConfiguration.EnvironmentVariableNames"
    assert item["unreadable"] == {name: "AccessDeniedException"}
    assert SECRET not in json.dumps(item)
    assert hub.scopes()[SCOPE]["outcome"] == "COMPLETE"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "KMSNotFoundException", ""])
def test_an_error_of_its_environment_never_marks_a_living_function_deleted(
    hub: Hub, wire: Wire, code: str
) -> None:
    variables = {"Variables": {"STAGE": SECRET}}
    arn = plant("living", Environment=variables)
    hub.take("lambda", run=run_state(RUNS[0]))
    error = {"ErrorCode": code, "Message": "The key is pending deletion."}
    listed = {"FunctionName": "living", "FunctionArn": arn, "Environment": {"Error": error}}
    wire.answers("GetFunctionConfiguration", listed)
    item = hub.take("lambda", run=run_state(RUNS[1]))[arn]
    name = "supplementaryConfiguration.EnvironmentVariableNames"
    assert item["change"] != "DELETED"
    assert item["unreadable"] == {name: code or "Unknown"}
    assert supplementary(item)["EnvironmentVariableNames"] == ["STAGE"]


@pytest.mark.parametrize(
    "operation", ["GetFunctionConfiguration", *sorted(OPTIONAL.keys() - {"GetPolicy"})]
)
def test_a_function_that_vanishes_before_it_is_read_is_no_item(
    hub: Hub, wire: Wire, operation: str
) -> None:
    gone, here = plant("gone"), plant("here")
    where = {"Resource": gone} if operation == "ListTags" else {"FunctionName": "gone"}
    wire.refuses(operation, *NOBODY, **where)
    assert {*hub.take("lambda")} == {here}
    scope = hub.scopes()[SCOPE]
    assert (scope["outcome"], scope["items"], scope["unreadable"]) == ("COMPLETE", 1, 0)


def test_the_functions_of_regions_and_accounts_do_not_meet(hub: Hub, wire: Wire) -> None:
    places = [(MEMBER, REGION), (MEMBER, "eu-west-1"), (OTHER_MEMBER, "eu-west-1")]
    arns = [plant("same", account=account, region=region) for account, region in places]
    for account in (MEMBER, OTHER_MEMBER):
        hub.collect("lambda", account, run=run_state(regions=[REGION, "eu-west-1"]))
    hub.deliver()
    found = {(item["accountId"], item["awsRegion"]): item["arn"] for item in hub.items().values()}
    assert found == dict(zip(places, arns, strict=True))
    assert {(call.account, call.region) for call in wire.of("ListTags")} == {*places}
