"""What an account may contain to harm those who read it: odd documents, odd text, chosen names."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from moto.backends import get_backend

from local.gateway.call import Call
from local.gateway.faults import Fault
from local.simulation.truth import Item
from tests.faults.ground import Ground, Ran
from tests.faults.injection import matching
from tests.faults.operations import Operation

SURROGATE = "half a surrogate pair"
COLLISION = "names of one digest"

ODD_TEXT = "\ud83d odd \u202e\U0001f4a9\ufeff"
SPELLED_OUT = "\\ud83d odd \u202e\U0001f4a9\ufeff"
"""The same as the inventory has to hold it."""

LEVELS = 500


def _policy(**changes: Any) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]} | changes)


DEEP = '{"Statement":' * LEVELS + "[]" + "}" * LEVELS
DOCUMENTS: Mapping[str, tuple[str, Any]] = {
    name: (sent, json.loads(sent) if kept is None else kept)
    for name, sent, kept in (
        ("Statement null", _policy(Statement=None), None),
        ("Statement text", _policy(Statement="Deny"), None),
        ("a number for an action", _policy(Statement=[{"Effect": "Deny", "Action": 7}]), None),
        (f"{LEVELS} levels", DEEP, DEEP),
        (SURROGATE, _policy(Id=ODD_TEXT), json.loads(_policy(Id=SPELLED_OUT))),
    )
}
"""Policies as they are told, and as the inventory has to hold them."""


@dataclass(frozen=True)
class Place:
    """Where an operation tells something of a resource, and where its item holds that.

    `tell` puts content into the answer, `hold` into the item.
    """

    resource_type: str
    tell: Callable[[dict[str, Any], Item, str], Any]
    hold: Callable[[Item, Any], Any]


def _hold_policy(item: Item, content: Any) -> None:
    item["supplementaryConfiguration"]["Policy"] = content


def _tell_trust(answer: dict[str, Any], item: Item, content: str) -> None:
    for role in answer["RoleDetailList"]:
        if role["Arn"] == item["arn"]:
            role["AssumeRolePolicyDocument"] = quote(content)


def _of_policy(resource_type: str) -> Place:
    return Place(resource_type, lambda answer, _, text: answer.update(Policy=text), _hold_policy)


KEY, FUNCTION, ROLE = "AWS::KMS::Key", "AWS::Lambda::Function", "AWS::IAM::Role"
HOLDING_DOCUMENTS = {
    "GetAccountAuthorizationDetails": Place(
        ROLE,
        _tell_trust,
        lambda item, content: item["configuration"].update(AssumeRolePolicyDocument=content),
    ),
    "GetBucketPolicy": _of_policy("AWS::S3::Bucket"),
    "GetKeyPolicy": _of_policy(KEY),
    "GetPolicy": _of_policy(FUNCTION),
}
HOLDING_TEXT = {
    "DescribeKey": Place(
        KEY,
        lambda answer, _, text: answer["KeyMetadata"].update(Description=text),
        lambda item, text: item["configuration"].update(Description=text),
    ),
    "ListResourceTags": Place(
        KEY,
        lambda answer, _, text: answer.update(Tags=[{"TagKey": text, "TagValue": text}]),
        lambda item, text: item.update(tags={text: text}),
    ),
    "GetFunctionConfiguration": Place(
        FUNCTION,
        lambda answer, _, text: answer.update(Description=text),
        lambda item, text: item["configuration"].update(Description=text),
    ),
    "ListTags": Place(
        FUNCTION,
        lambda answer, _, text: answer.update(Tags={text: text}),
        lambda item, text: item.update(tags={text: text}),
    ),
}
"""Where a service says in JSON what XML could not carry."""


@dataclass(frozen=True)
class Told:
    """Content that AWS tells of one resource; it does not stand in the account."""

    fault: Fault
    place: Place
    arn: str
    held: Any

    def true_of(self, ran: Ran) -> Ran:
        """Return a run with the content for the truth, as what was told has to be kept."""
        found = json.loads(json.dumps(ran.expected.found))
        for item in found.values():
            item["unreadable"] = tuple(item["unreadable"])
        self.place.hold(found[self.arn], self.held)
        return replace(ran, expected=replace(ran.expected, found=found))


@contextmanager
def told(ground: Ground, operation: Operation, kind: str) -> Iterator[Told]:
    """Tell odd content of the first resource that has such a field."""
    if place := HOLDING_DOCUMENTS.get(operation.name):
        sent, held = DOCUMENTS[kind]
    else:
        place, sent, held = HOLDING_TEXT[operation.name], ODD_TEXT, SPELLED_OUT
    target = _target(ground, place, is_policy=place.hold is _hold_policy)
    where = matching(ground, operation)
    is_meant = where["where"]

    def where_target(call: Call) -> bool:
        about = json.dumps(call.parameters, default=str)
        is_listing = place.tell is _tell_trust
        return is_meant(call) and (is_listing or json.dumps(target["resourceId"])[1:-1] in about)

    def bend(_: Call, answer: dict[str, Any]) -> dict[str, Any]:
        place.tell(answer, target, sent)
        return answer

    if target["awsRegion"] != "global" and operation.service != "s3":
        where["region"] = target["awsRegion"]
    where["where"] = where_target
    with ground.here.aws.faults.bend(bend, **where) as fault:
        yield Told(fault, place, target["arn"], held)


def _target(ground: Ground, place: Place, *, is_policy: bool) -> Item:
    """Return the first resource of the member account whose field can be read and is there."""
    found = ground.here.expected().found
    for _, item in sorted(found.items()):
        is_member = item["accountId"] == ground.member
        is_type = item["resourceType"] == place.resource_type and not item["unreadable"]
        has_field = not is_policy or item.get("supplementaryConfiguration", {}).get("Policy")
        if is_member and is_type and has_field:
            return item
    raise LookupError(f"no {place.resource_type} with that field in the member account")


ONE_DIGEST = ("rmcbnoomaopnlibgc", "rdpidikoheneojplc")
"""Names of roles whose ARNs have one BLAKE2 digest of 64 bits, in account 234567890123."""


@contextmanager
def colliding_names(ground: Ground) -> Iterator[None]:
    """Plant two roles that a digest without a key takes for one; the first lets a stranger in."""
    assert ground.member == "234567890123"
    client = ground.here.aws.client("iam", account=ground.member)
    trusts = ({"AWS": "arn:aws:iam::999999999999:root"}, {"Service": "ec2.amazonaws.com"})
    for name, principal in zip(ONE_DIGEST, trusts, strict=True):
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = _policy(Statement=[statement])
        client.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    try:
        yield
    finally:
        roles = get_backend("iam")[ground.member]["aws"].roles
        for role in [role for role in roles.values() if role.name in ONE_DIGEST]:
            del roles[role.id]
