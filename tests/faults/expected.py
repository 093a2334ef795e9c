"""What an operator must find after each fault: outcomes, reasons, and how the run ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from cidb2.services import COLLECTORS
from cidb2.types.catalog import REGIONAL, TYPES
from tests.faults.ground import PLACES, Ground
from tests.faults.injection import (
    DENIAL,
    DENIALS,
    DROPPED,
    SCP,
    SERVER_ERROR,
    THROTTLING,
    TIMEOUT,
)
from tests.faults.operations import MEMBER, Operation
from tests.support.world import PLANTED_SERVICES, ScopeKey

REASONS = {
    THROTTLING: "THROTTLED",
    DENIAL: "ACCESS_DENIED",
    SCP: "SCP_DENIED",
    SERVER_ERROR: "SERVICE_ERROR",
    TIMEOUT: "TIMEOUT",
    DROPPED: "UNREACHABLE",
}
OF_INVOKE = REASONS | {DENIAL: "INTERNAL", DROPPED: "SERVICE_ERROR"}
"""Lambda told the state machine: a denial there is the stack's own fault."""

STORAGE = "STORAGE_UNAVAILABLE"
OF_SERVICE = {
    name: {each.listing.operation for each in TYPES[name].values()} for name in PLANTED_SERVICES
}
FIELDS_TOO = frozenset({"DescribeVpcPeeringConnections"})
"""Operations that list one type and tell a field of another one, which every account has."""

READ_FOR = {("s3control", "GetPublicAccessBlock"): "s3"}
"""The service that a call is made for, where it is not the call's own."""

OF_ANY_REGION = {("ec2", "DescribeRegions"), ("s3control", "GetPublicAccessBlock")}
"""Calls that ask another region where one denies them."""

DISPENSABLE = (
    ("Query", "inventory by-change"),
    ("Query", "inventory by-type"),
    ("Query", "runs run"),
    ("PutObject", "report.html"),
    ("Publish", ""),
)
"""Without these there is no report, or nobody is told; the run is as good."""


@dataclass(frozen=True)
class Expected:
    """The end of a run with one fault.

    Each of `scopes` has one of `outcomes` and the `reason`, where `some`: at least one of them,
    the others being complete. `unreadable` is why fields were; with `either`, only a scope or only
    fields tell of the fault. A run with a `failure` fails, its error and cause matching. `stored`
    says what became of messages.
    """

    scopes: frozenset[ScopeKey] = frozenset()
    outcomes: tuple[str, ...] = ("FAILED",)
    reason: str = ""
    some: bool = False
    either: bool = False
    unreadable: str | None = None
    failure: tuple[str, str] | None = None
    stored: str = "all"


UNHARMED = Expected()


def is_listing(operation: Operation) -> bool:
    """Tell whether an operation decides what a scope consists of, and is no field's."""
    is_of_type = operation.name in OF_SERVICE.get(operation.service, ())
    return is_of_type or operation.name == "DescribeRegions"


def expected(ground: Ground, operation: Operation, fault: str, *, once: bool) -> Expected:
    """Return what has to come of a fault."""
    may_pass = fault not in DENIALS
    if (operation.name, operation.target) == ("BatchWriteItem", "runs usage"):
        return UNHARMED  # the run's estimate of its cost is too low, and the log says so
    if operation.caller.startswith(MEMBER):
        return _in_member(ground, operation, fault, once=once)
    by_caller = {
        "collector": _in_collector,
        "state machine": _in_machine,
        "reporter": _in_reporter,
    }
    if operation.caller in by_caller:
        return by_caller[operation.caller](ground, operation, fault, once=once)
    is_dispensable = operation.caller == "results processor" and (
        (operation.name, operation.target) in DISPENSABLE
    )
    if (once and may_pass) or is_dispensable:
        return UNHARMED
    return Expected(failure=_failure(operation, fault))


def scopes_of(ground: Ground, services: Iterable[str] | None = None) -> frozenset[ScopeKey]:
    """Return the scopes of the member account in a run: of some services, or of all it collects."""
    wanted = ground.services if services is None else services
    return frozenset(
        (service, ground.member, region)
        for service in {*ground.services} & {*wanted}
        for region in (PLACES if REGIONAL[service] else ("global",))
    )


def services_of(operation: Operation) -> Iterable[str]:
    """Return the services that an operation concerns: one, all of a collector, or () for all."""
    if operation.caller.startswith(MEMBER):
        services = COLLECTORS[operation.caller.removeprefix(f"{MEMBER} ")]
        if (operation.service, operation.name) in READ_FOR:
            return [READ_FOR[operation.service, operation.name]]
        return [operation.service] if operation.service in services else services
    return COLLECTORS.get(operation.target.removesuffix("CollectorFunction").lower(), ())


def _failure(operation: Operation, fault: str) -> tuple[str, str]:
    answers = "Unreadable" if fault in DENIALS else "Unavailable"
    if operation.service == "organizations":
        return f"Organization{answers}Error", "accounts: cannot read the organisation"
    if operation.service == "ec2":
        return f"Regions{answers}Error", "regions: "
    kind = "Refused" if fault in DENIALS else "Unavailable"
    words = {TIMEOUT: "Read timeout", DROPPED: "Connection was closed"}
    return f"Storage{kind}Error", words.get(fault, f"{operation.name} operation")


def _in_member(ground: Ground, operation: Operation, fault: str, *, once: bool) -> Expected:
    if once and (fault not in DENIALS or (operation.service, operation.name) in OF_ANY_REGION):
        return UNHARMED  # it is tried again, or another region answers
    if once and operation.name == "ListBuckets":
        return Expected(unreadable=REASONS[fault])  # another region lists, and knows no dates
    if is_listing(operation):
        scopes = scopes_of(ground, services_of(operation))
        listings = OF_SERVICE[operation.service]
        costs_itself_alone = operation.name in listings and len(listings) > 1
        outcomes = ("PARTIAL",) if costs_itself_alone else ("FAILED",)
        is_field_too = operation.name in FIELDS_TOO
        return Expected(
            scopes,
            outcomes,
            REASONS[fault],
            some=once,
            either=once and is_field_too,
            unreadable=REASONS[fault] if is_field_too else None,
        )
    return Expected(unreadable=REASONS[fault])


def _in_collector(ground: Ground, operation: Operation, fault: str, *, once: bool) -> Expected:
    everything = scopes_of(ground)
    if once and fault not in DENIALS:
        return UNHARMED
    match operation.name, operation.target:
        case "AssumeRole", _:
            reason = "ROLE_DENIED" if fault == DENIAL else REASONS[fault]
            return Expected(everything, reason=reason, some=once)
        case "PublishBatch", _ if fault != DENIAL:
            return UNHARMED  # what fails in a batch is published alone
        case (("PublishBatch" | "Publish"), _):
            return Expected(everything, ("PARTIAL",), "PUBLISH_FAILED", some=once)
        case "PutObject", "oversize":
            scopes = scopes_of(ground, ["s3"])
            return Expected(scopes, ("PARTIAL", "FAILED"), STORAGE)
        case "PutObject", "lake":
            return Expected(everything, ("PARTIAL",), "LAKE_NOT_WRITTEN", some=True)
        case "GetObject", "oversize":
            return Expected(scopes_of(ground, ["s3"]), ("PARTIAL", "FAILED"), STORAGE)
        case "BatchGetItem", _:
            return Expected(everything, ("PARTIAL", "FAILED"), STORAGE, some=True)
        case "BatchWriteItem", "runs journal":
            return Expected(everything, ("PARTIAL",), "PUBLISH_FAILED", some=once)
        case (("PutObject" | "GetObject"), "checkpoints") if not once:
            return Expected(scopes_of(ground, ["kms"]), reason=STORAGE, some=True)
        case "Query", ("inventory by-scope" | "runs journal"):
            return Expected(everything, reason=STORAGE, some=once)
    if once:
        return UNHARMED  # the collector fails, and its second attempt does not
    return Expected(everything, reason=STORAGE)


def _in_machine(ground: Ground, operation: Operation, fault: str, *, once: bool) -> Expected:
    if operation.service == "lambda" and "Collector" in operation.target:
        if once:
            return UNHARMED
        return Expected(scopes_of(ground, services_of(operation)), reason=OF_INVOKE[fault])
    if operation.service == "lambda":
        if once and fault not in DENIALS:
            return UNHARMED
        error, cause = {
            THROTTLING: ("Lambda.TooManyRequestsException", "Rate exceeded"),
            DENIAL: ("Lambda.AccessDeniedException", "is not authorized to perform: lambda:Invoke"),
            SERVER_ERROR: ("Lambda.ServiceException", "Try again"),
            TIMEOUT: ("Sandbox.Timedout", "Task timed out after 900.00 seconds"),
            DROPPED: ("Lambda.SdkClientException", "Unable to execute HTTP request"),
        }[fault]
        return Expected(failure=(error, cause))
    if once:
        return UNHARMED  # it is retried, whatever it was
    if operation.name == "StartExecution":
        of_collector = frozenset(key for key in ground.clean if key[0] in services_of(operation))
        return Expected(of_collector, reason="SERVICE_ERROR")
    if operation.target == "accounts.json":
        return Expected(failure=("NothingCollected", STORAGE))
    return UNHARMED  # the scopes without a row are found, only not their error


def _in_reporter(ground: Ground, operation: Operation, fault: str, *, once: bool) -> Expected:
    if operation.name in ("PutItem", "BatchGetItem"):
        return Expected(stored="all" if once else "dead-lettered")
    return Expected(stored="all" if once and fault not in DENIALS else "uncounted")
