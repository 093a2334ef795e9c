"""Listings that do not go on as they should, whole answers that AWS leaves empty, odd content.

Every answer is AWS's own, bent on its way, so the truth stands in the accounts as before.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any, Self

from botocore.session import Session

from local.gateway.call import Answer, Call, Environ
from local.gateway.faults import Fault
from tests.faults.ground import PLACES, Ground
from tests.faults.injection import matching
from tests.faults.operations import MEMBER, Operation

TURNS = "tokens in turns"
ENDLESS = "pages without end"
PAGE_FAILS = "a page fails"
TOKEN_EXPIRES = "a token expires"
EMPTY = "an empty answer"
NAMELESS = "an entry without a name"

ATTEMPTS = 5
"""Of the product's clients, for one request."""

NO_TOKEN = {
    "ec2": "InvalidParameterValue",
    "iam": "ValidationError",
    "kms": "InvalidMarkerException",
    "lambda": "InvalidParameterValueException",
    "organizations": "InvalidInputException",
    "s3": "InvalidArgument",
}
"""What a service answers to a token that is no good any more."""

LISTS_OF_BUCKETS = {
    f"ListBucket{kind}Configurations": f"{kind}ConfigurationList"
    for kind in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
}
"""Lists for which botocore has no paginator, and their members."""

HANDS_OVER_AT_ONCE = {"CONTINUE_MARGIN_SECONDS": str(24 * 3600)}
INVOCATIONS = 6
"""In which a listing goes on before its run's deadline comes."""

LONG_AGO = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Paging:
    """How an operation pages, as botocore's models say."""

    reads: str
    writes: str
    flag: str | None
    lists: tuple[str, ...]

    @classmethod
    def of(cls, operation: Operation) -> Self:
        if name := LISTS_OF_BUCKETS.get(operation.name):
            return cls("ContinuationToken", "NextContinuationToken", "IsTruncated", (name,))
        known = Session().get_paginator_model(operation.service).get_paginator(operation.name)
        lists = known["result_key"]
        names = (lists,) if isinstance(lists, str) else tuple(lists)
        return cls(known["input_token"], known["output_token"], known.get("more_results"), names)

    def page(self, answer: dict[str, Any], token: str | None) -> dict[str, Any]:
        """Return an answer as a page that a token leads on from, or as the last."""
        rest = {name: value for name, value in answer.items() if name != self.writes}
        flag = {self.flag: token is not None} if self.flag else {}
        return rest | flag | ({self.writes: token} if token else {})

    def half(self, answer: dict[str, Any], which: int) -> dict[str, Any]:
        """Return the first or the second half of an answer's entries."""
        halves = {}
        for name in self.lists:
            entries = answer.get(name, [])
            middle = (len(entries) + 1) // 2
            halves[name] = entries[middle:] if which else entries[:middle]
        return answer | halves


@dataclass
class Listing:
    """Answers an operation page by page; what AWS really answers is asked once for each listing."""

    ground: Ground
    paging: Paging
    next_page: Callable[[dict[str, Any], str | None], dict[str, Any]]
    _whole: dict[str, dict[str, Any]] = field(default_factory=dict)

    def strike(self, call: Call, environ: Environ) -> Answer:
        asked = {name: value for name, value in call.parameters.items() if value is not None}
        token = asked.pop(self.paging.reads, None)
        listing = json.dumps([call.account, call.region, asked], default=str, sort_keys=True)
        if token is None:
            self._whole[listing] = call.parse_answer(
                self.ground.here.aws.faults.answer(call, environ)
            )
        return call.result(self.next_page(self._whole[listing], token))


def paged(ground: Ground, operation: Operation, kind: str, where: dict[str, Any]) -> Fault:
    """Answer in two pages, or in pages that have no end."""
    paging = Paging.of(operation)
    fresh = count()

    def next_page(whole: dict[str, Any], token: str | None) -> dict[str, Any]:
        if kind == TURNS:
            return paging.page(whole, "turn-b" if token == "turn-a" else "turn-a")
        if kind == ENDLESS:
            return paging.page(whole, f"page-{next(fresh)}")
        half = paging.half(whole, 0 if token is None else 1)
        return paging.page(half, "second" if token is None else None)

    return ground.here.aws.faults.add(Listing(ground, paging, next_page).strike, **where)


@contextmanager
def bent_listing(ground: Ground, operation: Operation, kind: str) -> Iterator[Fault]:
    """Have a listing go on as `kind` says; yield what has to be hit."""
    where, faults = matching(ground, operation), ground.here.aws.faults
    if operation.service not in ("iam", "organizations", "s3"):
        where["region"] = PLACES[1]
    reads, is_meant = Paging.of(operation).reads, where["where"]
    is_of_one = _of_one(reads)
    later = where | {
        "where": lambda call: (
            is_meant(call) and bool(call.parameters.get(reads)) and is_of_one(call)
        )
    }
    with ExitStack() as entered:
        met = None
        if kind == PAGE_FAILS:
            met = entered.enter_context(faults.server_error(times=ATTEMPTS, **later))
        elif kind == TOKEN_EXPIRES:
            met = entered.enter_context(faults.add(_refuse_token, times=1, **later))
        elif kind == ENDLESS:
            entered.enter_context(_deadline_comes(ground, operation))
        pages = entered.enter_context(paged(ground, operation, kind, where))
        yield met or pages


def _of_one(reads: str) -> Callable[[Call], bool]:
    """Return a condition that only the first listing meets, so that all its attempts fail.

    Lists of several resources are read side by side; `reads` is the argument of the token.
    """
    asked: list[dict[str, Any]] = []

    def is_of_one(call: Call) -> bool:
        about = {name: value for name, value in call.parameters.items() if name != reads}
        asked.append(about)
        return about == asked[0]

    return is_of_one


def _refuse_token(call: Call, _: Environ) -> Answer:
    refused = call.error(NO_TOKEN[call.service], "The token is not valid.", 400)
    if call.service != "organizations":
        return refused
    body = json.loads(refused.body) | {"Reason": "INVALID_PAGINATION_TOKEN"}
    return Answer(refused.status, json.dumps(body).encode(), refused.headers)


@contextmanager
def _deadline_comes(ground: Ground, operation: Operation) -> Iterator[None]:
    """Let the run's deadline come after some invocations, each of which reads a page at least.

    It is the deadline that moves, in what the state machine hands to the collector, and no clock:
    nobody waits, and what is captured has its right time.
    """
    function = f"{operation.caller.removeprefix(MEMBER).strip().title()}CollectorFunction"
    invoke = Operation("state machine", "lambda", "Invoke", function)

    def hurry(_: Call, environ: Environ) -> None:
        payload = json.load(environ["wsgi.input"])
        payload["run"]["deadline"] = LONG_AGO
        _replace_body(environ, json.dumps(payload).encode())

    with (
        ground.here.configured(function, HANDS_OVER_AT_ONCE),
        ground.here.aws.faults.add(hurry, **matching(ground, invoke), skip=INVOCATIONS),
    ):
        yield


def _replace_body(environ: Environ, body: bytes) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


TEXT_ALONE = {"GetBucketPolicy": {"Policy": ""}}
"""Operations that answer with a text and no structure."""


def emptied(ground: Ground, operation: Operation, _kind: str) -> AbstractContextManager[Fault]:
    """Take every member out of an operation's answers."""
    nothing: dict[str, Any] = dict(TEXT_ALONE.get(operation.name, {}))
    return ground.here.aws.faults.bend(lambda *_: nothing, **matching(ground, operation))


NAMES = {
    "DescribeInstances": ("Reservations", "Instances", "InstanceId"),
    "GetAccountAuthorizationDetails": ("RoleDetailList", "RoleName"),
    "ListBuckets": ("Buckets", "Name"),
    "ListFunctions": ("Functions", "FunctionArn"),
    "ListKeys": ("Keys", "KeyId"),
}
"""Where each listing names its first resource."""


def nameless(ground: Ground, operation: Operation, _kind: str) -> AbstractContextManager[Fault]:
    """Take the name out of the first entry of a listing."""
    *path, name = NAMES[operation.name]

    def bend(_: Call, answer: dict[str, Any]) -> dict[str, Any]:
        entry: dict[str, Any] | None = answer
        for step in path:
            entry = next(iter(entry[step]), None) if entry else None
        if entry:
            del entry[name]
        return answer

    return ground.here.aws.faults.bend(bend, **matching(ground, operation))
