"""What harms an inventory though nothing fails: each kind, and the operations that it applies to.

It is injected as the matrix's faults are, and judged by the same judge.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest

from local.gateway.faults import Fault
from tests.faults.bending import (
    EMPTY,
    ENDLESS,
    LISTS_OF_BUCKETS,
    NAMELESS,
    NAMES,
    PAGE_FAILS,
    TOKEN_EXPIRES,
    TURNS,
    bent_listing,
    emptied,
    nameless,
)
from tests.faults.expected import (
    FIELDS_TOO,
    UNHARMED,
    Expected,
    is_listing,
    scopes_of,
    services_of,
)
from tests.faults.forging import FORGERIES, forged
from tests.faults.ground import Ground, Ran
from tests.faults.odd_content import (
    COLLISION,
    DOCUMENTS,
    HOLDING_DOCUMENTS,
    HOLDING_TEXT,
    SURROGATE,
    Told,
    colliding_names,
    told,
)
from tests.faults.operations import MEMBER, Operation

KINDS = (
    *(TURNS, ENDLESS, PAGE_FAILS, TOKEN_EXPIRES, EMPTY, NAMELESS),
    *(COLLISION, *DOCUMENTS, *FORGERIES),
)
FIELD_LISTINGS = (
    *("ListPolicyTags", "ListAliases", "ListResourceTags", "ListFunctionUrlConfigs"),
    *LISTS_OF_BUCKETS,
)
OF_ORGANIZATIONS = (
    *("ListAccounts", "ListAccountsForParent"),
    "ListOrganizationalUnitsForParent",
)
MAY_BE_EMPTY = (
    *("GetBucketLogging", "GetBucketVersioning", "GetFunctionConcurrency", "ListTags"),
    *("GetBucketLifecycleConfiguration", "GetInstanceMetadataDefaults", "GetLoginProfile"),
    *("GetBucketAccelerateConfiguration", "GetBucketNotificationConfiguration", "GetBucketCors"),
    *("GetBucketReplication", "GetBucketWebsite", "GetObjectLockConfiguration"),
)
"""AWS's own way to say that nothing is configured; and what nothing in the member account has."""

NOT_PLANTED = ("s3control",)
"""Services of which nothing is configured in the member account."""

STORE = Operation("reporter", "dynamodb", "PutItem", "inventory")
LIST_IDENTITIES = Operation("member iam", "iam", "GetAccountAuthorizationDetails")
COSTS_A_SCOPE = {
    TURNS: "SERVICE_ERROR",
    ENDLESS: "TIMEOUT",
    EMPTY: "INCOMPLETE_ANSWER",
    NAMELESS: "INCOMPLETE_ANSWER",
}
COSTS_A_FIELD = COSTS_A_SCOPE | {PAGE_FAILS: "SERVICE_ERROR", TOKEN_EXPIRES: "REQUEST_REJECTED"}


@dataclass
class Harm:
    """What was injected: the fault that has to be met, if it is one, and what AWS told instead."""

    fault: Fault | None = None
    told: Told | None = None

    @property
    def is_met(self) -> bool:
        return self.fault is None or self.fault.hits > 0

    def true_of(self, ran: Ran) -> Ran:
        """Return a run with what AWS told for the truth."""
        return self.told.true_of(ran) if self.told else ran


@contextmanager
def harm(ground: Ground, operation: Operation, kind: str) -> Iterator[Harm]:
    """Have an operation, or what comes through it, do harm while the block runs."""
    if kind in FORGERIES:
        with forged(ground, kind):
            yield Harm()
    elif kind == COLLISION:
        with colliding_names(ground):
            yield Harm()
    elif kind in DOCUMENTS:
        with told(ground, operation, kind) as content:
            yield Harm(content.fault, content)
    else:
        bent = {EMPTY: emptied, NAMELESS: nameless}.get(kind, bent_listing)
        with bent(ground, operation, kind) as fault:
            yield Harm(fault)


def rounds(operations: Iterable[Operation]) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    """Yield each kind with the operations of one run, until all that it applies to had theirs.

    A run harms each collector in one operation at most, so its scopes show what came of that one.
    """
    operations = [*operations]
    for kind in KINDS:
        of_collector: dict[str, list[Operation]] = {}
        others: list[Operation] = []
        for operation in [one for one in operations if applies(one, kind)]:
            is_member = operation.caller.startswith(MEMBER)
            (of_collector.setdefault(operation.caller, []) if is_member else others).append(
                operation
            )
        for in_parallel in zip_longest(*of_collector.values()):
            yield kind, tuple(filter(None, in_parallel))
        yield from ((kind, (operation,)) for operation in others)


def applies(operation: Operation, kind: str) -> bool:
    """Tell whether a kind of harm can come through an operation."""
    name = operation.name
    is_member = operation.caller.startswith(MEMBER)
    is_of_scope = is_member and name in NAMES
    is_paged = is_of_scope or name in (*FIELD_LISTINGS, *OF_ORGANIZATIONS)
    if kind in FORGERIES:
        return operation == STORE
    if kind == COLLISION:
        return operation == LIST_IDENTITIES
    if kind == SURROGATE:
        return is_member and name in (*HOLDING_DOCUMENTS, *HOLDING_TEXT)
    if kind in DOCUMENTS:
        return is_member and name in HOLDING_DOCUMENTS
    if kind in (TURNS, PAGE_FAILS, TOKEN_EXPIRES):
        return is_paged
    if kind in (ENDLESS, NAMELESS):
        return is_of_scope
    is_planted = name not in MAY_BE_EMPTY and operation.service not in NOT_PLANTED
    return (is_member and is_planted) or operation.service == "organizations"


def expected_of(ground: Ground, operations: Iterable[Operation], kind: str) -> Expected:
    """Return how a run has to end in which a kind of harm comes through some operations."""
    each = [_expected(ground, operation, kind) for operation in operations]
    worst = next((one for one in each if one.failure or one.scopes), UNHARMED)
    return replace(
        worst,
        scopes=frozenset().union(*(one.scopes for one in each)),
        unreadable=next(filter(None, (one.unreadable for one in each)), None),
    )


def untold(ground: Ground, ran: Ran, operations: Iterable[Operation], kind: str) -> Iterator[str]:
    """Name the operations whose harm no scope of theirs tells of."""
    for operation in operations:
        wanted = _expected(ground, operation, kind)
        keys = [(service, ground.member) for service in services_of(operation)]
        rows = {key: row for key, row in ran.scopes.items() if key[:2] in keys}
        reasons = {row.get("reason") for row in rows.values()}
        unreadable = {reason for row in rows.values() for reason in row["unreadableReasons"]}
        if wanted.scopes and wanted.reason not in reasons:
            yield f"{operation}: {reasons}"
        if wanted.unreadable and wanted.unreadable not in unreadable:
            yield f"{operation}: {unreadable}"


def _expected(ground: Ground, operation: Operation, kind: str) -> Expected:
    if operation.service == "organizations":
        if kind in (PAGE_FAILS, TOKEN_EXPIRES):
            return UNHARMED  # the machine tries again, and the organisation is read anew
        return Expected(
            failure=("OrganizationUnavailableError", "accounts: cannot read the organisation")
        )
    if is_listing(operation):
        if kind not in COSTS_A_SCOPE:
            return UNHARMED
        scopes = scopes_of(ground, services_of(operation))
        unreadable = COSTS_A_FIELD.get(kind) if operation.name in FIELDS_TOO else None
        return Expected(
            scopes, ("PARTIAL", "FAILED"), COSTS_A_SCOPE[kind], some=True, unreadable=unreadable
        )
    return Expected(unreadable=COSTS_A_FIELD.get(kind))
