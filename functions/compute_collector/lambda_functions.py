"""Lambda: functions with their policy, URLs, reserved concurrency and tags; no code, no secrets.

ListFunctions returns a subset of each function's configuration, GetFunctionConfiguration all of it.
Both return the values of environment variables; only their names are stored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cidb2.aws.caller import Caller
from cidb2.aws.members import PageOf, content, entries
from cidb2.collecting.contents import content_of
from cidb2.collecting.declared import listing_by_hand, listings_of
from cidb2.collecting.fields import FieldReader, answer_of, document
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging
from cidb2.items.resource import CONFIGURATION, TAGS, Resource, supplement
from cidb2.reasons import UNKNOWN_CODE, explain_code
from cidb2.run import Run
from cidb2.scope import Scope
from cidb2.times import now
from cidb2.types.catalog import DECLARED, TYPES

PAGE_SIZE = 50
"""The most that ListFunctions and ListFunctionUrlConfigs return at once (Lambda API Reference)."""

NOT_FOUND = frozenset({"ResourceNotFoundException"})
"""From GetPolicy: there is no policy. From any other call: the function no longer exists."""

NOT_LISTED = (
    *("State", "StateReason", "StateReasonCode"),
    *("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"),
    "RuntimeVersionConfig",
)
"""What ListFunctions leaves out of a function's configuration (Lambda API Reference)."""

VARIABLES = supplement("EnvironmentVariableNames")
POLICY = supplement("Policy")
URLS = supplement("FunctionUrlConfigs")
CONCURRENCY = supplement("ReservedConcurrentExecutions")

_PASSING = (
    "RevisionId",
    *("State=Active", "State=Inactive", "State=Pending"),
    *("StateReasonCode=Idle", "StateReasonCode=Creating", "StateReasonCode=Restoring"),
    *("LastUpdateStatus=Successful", "LastUpdateStatus=InProgress"),
    *("StateReason", "LastUpdateStatusReason"),
)
VOLATILE = frozenset(f"{CONFIGURATION}.{path}" for path in _PASSING)
"""Lambda makes a function inactive that nobody calls, and active when somebody does; it is pending
meanwhile (Lambda Developer Guide, 'Lambda function states'). That it failed is none of these, and
the reason's code says why."""

ORDERED = frozenset({f"{CONFIGURATION}.Layers", f"{CONFIGURATION}.ImageConfigResponse"})

_CONTENT = content_of("lambda", TYPES["lambda"]["AWS::Lambda::Function"])


class LambdaReader:
    """Reads the functions of one region of one account."""

    def __init__(self, account: Caller, scope: Scope, _run: Run) -> None:
        self._lambda = account.client("lambda", scope.region)
        self._region = scope.region

    def pages(self, token: str | None) -> Iterator[Page]:
        paginator = self._lambda.get_paginator("list_functions")
        for answer in paginator.paginate(**paging(PAGE_SIZE, token, "Marker")):
            page = PageOf()
            functions = page.entries(answer, "Functions", "FunctionArn")
            listed = [Listed(function["FunctionArn"], function) for function in functions]
            following = page.next_token(answer, "NextMarker")
            yield Page(listed, following, page.lacks)

    def read(self, listed: Listed, in_parallel: InParallel = in_turn) -> Resource:
        captured_at = now()
        name = listed.arn.rpartition(":")[2]
        fields = FieldReader(NOT_FOUND)
        in_parallel(
            [
                lambda: fields.read(CONFIGURATION, lambda: self._described(name)),
                lambda: fields.read(POLICY, lambda: self._policy(name), absent=NOT_FOUND),
                lambda: fields.read(URLS, lambda: self._urls(name)),
                lambda: fields.read(CONCURRENCY, lambda: self._concurrency(name)),
                lambda: fields.read(TAGS, lambda: self._tags(listed.arn)),
            ]
        )
        function = _configuration(listed.detail, fields)
        _keep_variable_names(function, fields)
        omitted = set[str]()
        return Resource(
            resource_type="AWS::Lambda::Function",
            resource_id=name,
            resource_name=name,
            arn=listed.arn,
            region=self._region,
            captured_at=captured_at,
            configuration=_CONTENT.fit(function, CONFIGURATION, omitted),
            supplementary=fields.supplementary(),
            tags=fields.tags(),
            unreadable=fields.unreadable,
            volatile=VOLATILE,
            ordered=ORDERED,
            moments=frozenset({"LastModified"}),
            omitted=tuple(sorted(omitted)),
        )

    def _described(self, name: str) -> Any:
        return answer_of(self._lambda.get_function_configuration(FunctionName=name))

    def _policy(self, name: str) -> Any:
        return document(content(self._lambda.get_policy(FunctionName=name), "Policy"))

    def _urls(self, name: str) -> Any:
        pages = self._lambda.get_paginator("list_function_url_configs").paginate(
            FunctionName=name, PaginationConfig={"PageSize": PAGE_SIZE}
        )
        return [*entries(pages, "FunctionUrlConfigs", "NextMarker")] or None

    def _concurrency(self, name: str) -> Any:
        answer = self._lambda.get_function_concurrency(FunctionName=name)
        return answer.get("ReservedConcurrentExecutions")

    def _tags(self, arn: str) -> Any:
        tags = self._lambda.list_tags(Resource=arn).get("Tags") or {}
        return {key: value or "" for key, value in tags.items()}


def _configuration(entry: Mapping[str, Any], fields: FieldReader) -> Mapping[str, Any]:
    """Return a function as described, or as listed if it could not be described."""
    failure = fields.unreadable.pop(CONFIGURATION, None)
    if failure is None:
        return fields.get(CONFIGURATION) or {}
    for name in NOT_LISTED:
        fields.mark_unreadable(f"{CONFIGURATION}.{name}", failure)
    return entry


def _keep_variable_names(function: Mapping[str, Any], fields: FieldReader) -> None:
    """Store the names of a function's environment variables, None if it has none.

    They are unreadable if Lambda could not decrypt them. The Error that it then returns (Lambda API
    Reference, EnvironmentResponse) concerns a key, whatever its code, and never means that the
    function no longer exists.
    """
    environment = function.get("Environment") or {}
    error = environment.get("Error")
    if error is None:
        fields.keep(VARIABLES, sorted(environment.get("Variables") or {}) or None)
    else:
        code, message = error.get("ErrorCode") or UNKNOWN_CODE, error.get("Message") or ""
        fields.mark_unreadable(VARIABLES, explain_code(code, message))


LAMBDA = Service(
    name="lambda",
    listings=(listing_by_hand(DECLARED["lambda"], LambdaReader), *listings_of(DECLARED["lambda"])),
)
