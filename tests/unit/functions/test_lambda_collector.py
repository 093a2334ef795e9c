"""Lambda functions with policy, URLs, concurrency and tags; no value of a variable is kept."""

import json
from typing import Any, cast

import pytest

from cidb2.errors import ResourceGoneError
from cidb2.items.item import Change, live_item
from cidb2.items.resource import Resource
from cidb2.scope import Scope
from functions.compute_collector.lambda_functions import LambdaReader
from tests.support.builders import ACCOUNT, MOMENT, REGION, RUN_ID, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws

SCOPE = Scope(ACCOUNT, "lambda", REGION)
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:invoices"
SECRET = "hunter2"
FUNCTION = {
    "FunctionName": "invoices",
    "FunctionArn": ARN,
    "Runtime": "python3.13",
    "LastModified": "2026-11-24T03:48:30.123+0000",
    "RevisionId": "1",
    "Layers": [{"Arn": "layer:one"}, {"Arn": "layer:two"}],
}
COLLECTED = FUNCTION | {"LastModified": "2026-11-24T03:48:30.123000Z"}
NOT_LISTED = {
    "State": "Active",
    "StateReason": "It is as it should be.",
    "StateReasonCode": "Idle",
    "LastUpdateStatus": "Successful",
    "LastUpdateStatusReason": "It went well.",
    "LastUpdateStatusReasonCode": "EniLimitExceeded",
    "RuntimeVersionConfig": {"RuntimeVersionArn": "arn:aws:lambda:eu-west-1::runtime:1"},
}
"""What Lambda tells of a function that it describes, and not of one that it lists."""
VARIABLES = {"Variables": {"STAGE": SECRET, "DB_PASSWORD": SECRET}}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*"}]}
URL = {"FunctionArn": ARN, "AuthType": "NONE"}
NOT_FOUND: Any = client_error("ResourceNotFoundException", status=404)
DENIED: Any = client_error("AccessDeniedException")
UNLISTED_MEMBERS = {f"configuration.{name}": "AccessDeniedException" for name in NOT_LISTED}
OPTIONAL = {
    "get_policy": "supplementaryConfiguration.Policy",
    "list_function_url_configs": "supplementaryConfiguration.FunctionUrlConfigs",
    "get_function_concurrency": "supplementaryConfiguration.ReservedConcurrentExecutions",
    "list_tags": "tags",
}


def functions(*, environment: Any = VARIABLES, changes: Any = (), **answers: Any) -> FakeAws:
    """Return a client that knows one function, with `changes` to its configuration."""
    function = {
        **FUNCTION,
        **({"Environment": environment} if environment else {}),
        **dict(changes),
    }
    known: dict[str, Any] = {
        "list_functions": [{"Functions": [function], "NextMarker": "next"}, {"Functions": []}],
        "get_function_configuration": {**function, **NOT_LISTED, "ResponseMetadata": {}},
        "get_policy": {"Policy": json.dumps(POLICY), "RevisionId": "7"},
        "list_function_url_configs": [
            {"FunctionUrlConfigs": [URL]},
            {"FunctionUrlConfigs": [{**URL, "FunctionArn": f"{ARN}:live"}]},
        ],
        "get_function_concurrency": {"ReservedConcurrentExecutions": 5, "ResponseMetadata": {}},
        "list_tags": {"Tags": {"team": "payments"}},
    }
    return FakeAws(**known | answers)


def reader(client: FakeAws) -> LambdaReader:
    return LambdaReader(cast("Any", FakeAccount(**{"lambda": client})), SCOPE, a_run())


def read(client: FakeAws) -> Resource:
    """Return the one function of a region."""
    reading = reader(client)
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    return reading.read(listed)


def test_a_function_has_all_its_fields() -> None:
    function = read(functions())
    assert function.configuration == COLLECTED | NOT_LISTED
    assert function.supplementary == {
        "EnvironmentVariableNames": ["DB_PASSWORD", "STAGE"],
        "FunctionUrlConfigs": [URL, {**URL, "FunctionArn": f"{ARN}:live"}],
        "Policy": POLICY,
        "ReservedConcurrentExecutions": 5,
    }
    assert function.tags == {"team": "payments"}
    assert (function.resource_id, function.resource_name) == ("invoices", "invoices")
    assert (function.resource_type, function.arn) == ("AWS::Lambda::Function", ARN)
    assert function.unreadable_codes == {}


def test_no_value_of_a_variable_is_kept() -> None:
    assert SECRET not in repr(read(functions()))


def test_what_is_not_configured_is_null_and_not_unreadable() -> None:
    function = read(
        functions(
            environment=None,
            get_policy=NOT_FOUND,
            list_function_url_configs=[{"FunctionUrlConfigs": []}],
            get_function_concurrency={},
            list_tags={},
        )
    )
    assert function.supplementary == dict.fromkeys(
        (
            *("EnvironmentVariableNames", "FunctionUrlConfigs"),
            *("Policy", "ReservedConcurrentExecutions"),
        )
    )
    assert (function.tags, function.unreadable_codes) == ({}, {})


def test_a_function_that_reserves_nothing_for_itself_may_not_run() -> None:
    none = read(functions(get_function_concurrency={"ReservedConcurrentExecutions": 0}))
    assert none.supplementary["ReservedConcurrentExecutions"] == 0


def test_variables_that_lambda_may_not_decrypt_for_us_are_unreadable() -> None:
    error = {"ErrorCode": "KMSAccessDeniedException", "Message": SECRET}
    function = read(functions(environment={"Error": error}))
    name = "supplementaryConfiguration.EnvironmentVariableNames"
    assert function.unreadable_codes == {name: "KMSAccessDeniedException"}
    assert function.unreadable[name].reason == "ACCESS_DENIED"
    assert SECRET not in json.dumps([function.configuration, function.supplementary])


@pytest.mark.parametrize("error", [{}, {"Message": SECRET}, {"ErrorCode": None, "Message": None}])
def test_an_error_without_a_code_costs_the_names_of_the_variables_alone(error: Any) -> None:
    function = read(functions(environment={"Error": error}))
    assert function.unreadable_codes == {
        "supplementaryConfiguration.EnvironmentVariableNames": "Unknown"
    }


@pytest.mark.parametrize(
    "environment", [{}, {"Variables": None}, {"Variables": {}}, {"Error": None}]
)
def test_an_environment_without_variables_has_no_names(environment: Any) -> None:
    function = read(functions(changes={"Environment": environment}))
    assert function.supplementary["EnvironmentVariableNames"] is None
    assert function.unreadable_codes == {}


def test_an_item_says_that_variables_were_left_out() -> None:
    assert read(functions()).omitted == ("configuration.Environment",)
    assert read(functions(changes={"Environment": {}})).omitted == ()


@pytest.mark.parametrize("member", ["Environment", "ImageConfigResponse", "RuntimeVersionConfig"])
def test_an_error_inside_an_entry_never_says_that_the_function_is_gone(member: str) -> None:
    error = {"ErrorCode": "ResourceNotFoundException", "Message": "no key, image or runtime"}
    function = read(functions(changes={member: {"Error": error}}))
    assert (function.arn, function.tags) == (ARN, {"team": "payments"})


@pytest.mark.parametrize(("call", "field"), OPTIONAL.items())
def test_a_denied_call_marks_its_field_and_costs_no_other(call: str, field: str) -> None:
    assert read(functions(**{call: DENIED})).unreadable_codes == {field: "AccessDeniedException"}


@pytest.mark.parametrize("call", OPTIONAL)
def test_a_call_that_is_denied_today_is_no_change(call: str) -> None:
    yesterday = read(functions())
    known = live_item(yesterday, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    today = read(functions(**{call: DENIED})).remembering(cast("Any", known))
    assert today.content_hash == yesterday.content_hash


def test_a_function_that_cannot_be_described_is_as_it_was_listed() -> None:
    function = read(functions(get_function_configuration=DENIED))
    assert function.configuration == COLLECTED
    assert function.unreadable_codes == UNLISTED_MEMBERS
    assert function.supplementary["EnvironmentVariableNames"] == ["DB_PASSWORD", "STAGE"]
    assert SECRET not in repr(function)


def test_what_lists_leave_out_is_remembered_and_what_they_tell_is_not() -> None:
    yesterday = live_item(read(functions()), SCOPE, RUN_ID, Change.CREATED, MOMENT)
    denying = functions(changes={"MemorySize": 512}, get_function_configuration=DENIED)
    today = read(denying).remembering(yesterday)
    assert today.configuration == COLLECTED | NOT_LISTED | {"MemorySize": 512}
    assert today.unreadable_codes == UNLISTED_MEMBERS


@pytest.mark.parametrize(
    "call", [*sorted(OPTIONAL.keys() - {"get_policy"}), "get_function_configuration"]
)
def test_a_function_that_vanished_is_gone(call: str) -> None:
    with pytest.raises(ResourceGoneError):
        read(functions(**{call: NOT_FOUND, "get_policy": NOT_FOUND}))


@pytest.mark.parametrize(
    ("changes", "is_change"),
    [
        ({"RevisionId": "2"}, False),
        ({"LastModified": "2026-11-25T00:00:00.000+0000"}, True),
        ({"Runtime": "python3.14"}, True),
        ({"Layers": FUNCTION["Layers"][::-1]}, True),  # the order in which they are laid
        ({"Environment": {"Variables": {"DB_PASSWORD": "changed", "STAGE": "too"}}}, False),
        ({"Environment": {"Variables": {"DB_PASSWORD": SECRET}}}, True),
    ],
)
def test_a_change_is_what_describes_the_function(changes: dict[str, Any], is_change: bool) -> None:
    before, after = read(functions()), read(functions(changes=changes))
    assert (after.content_hash != before.content_hash) is is_change


def test_the_listing_goes_on_at_awss_token() -> None:
    client = functions()
    pages = list(reader(client).pages("marker"))
    assert [page.next_token for page in pages] == ["next", None]
    assert client.arguments["list_functions"][0]["Marker"] == "marker"


def test_a_function_costs_five_calls() -> None:
    client = functions()
    read(client)
    each = dict.fromkeys(("get_function_configuration", *OPTIONAL), 1)
    assert client.calls == {"list_functions": 1, **each}
