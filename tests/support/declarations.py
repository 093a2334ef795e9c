"""Checks declarations against botocore's models and AWS's own lists, without calls."""

import re
from itertools import chain
from typing import Any

from botocore.model import MapShape, Shape, StructureShape

from cidb2.aws.sts import session_policy
from cidb2.types.actions import action_of, actions_of, iam_prefix, operations_of
from cidb2.types.conditions import Condition, Conditional
from cidb2.types.declaration import Call, Lookup, ServiceTypes
from cidb2.types.models import (
    entries_of,
    operation_model,
    output_of,
    page_size,
    paging_of,
    service_model,
    shape_at,
)
from cidb2.types.paths import ITSELF
from cidb2.types.relations import ANY_TYPE, Relation
from cidb2.types.secrets import ANYWHERE, secret_path
from cidb2.types.tagging import are_tags
from tests.support.aws_lists import arn_formats, cloudformation_types, has_action
from tests.support.declaration_calls import CallChecker
from tests.support.declaration_faults import Fault
from tests.support.shapes import entry_shape, exactly_at, names_within

SESSION_POLICY_CHARACTERS = 2_048
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""

NOT_IN_CLOUDFORMATION = {
    "AWS::DocDB::DBClusterSnapshot": "AWS Config calls it AWS::RDS::DBClusterSnapshot",
    "AWS::EC2::AccountSettings": "CloudFormation has types for some of it only",
    "AWS::EC2::Image": "an AMI is made by CreateImage",
    "AWS::EC2::Snapshot": "a snapshot is made by CreateSnapshot",
    "AWS::IAM::AccountSettings": "CloudFormation has no type for a password policy",
    "AWS::Lambda::Layer": "CloudFormation has a type for its versions only",
    "AWS::Neptune::DBClusterSnapshot": "AWS Config calls it AWS::RDS::DBClusterSnapshot",
    "AWS::RDS::DBClusterSnapshot": "CloudFormation calls it AWS::RDS::ClusterSnapshot",
}
"""Types that CloudFormation cannot create; they are named like its types."""

BESIDE_ANOTHER = {
    "s3control": "S3's buckets are one global listing, its access points one a region"
}
"""Services named by their client, because another has their IAM prefix, and why they are two."""

WITHOUT_AN_ARN = {
    "AWS::EC2::AccountSettings",
    "AWS::EFS::MountTarget",
    "AWS::IAM::AccountSettings",
}
"""Types without an ARN on AWS; the inventory defines one."""


def faults_of(service: ServiceTypes) -> list[Fault]:
    """Return all errors in a service's declarations."""
    faults = [fault for each in service.types for fault in Checker(service, each).faults()]
    actions = {*actions_of(service), *([] if service.is_global else ["ec2:DescribeRegions"])}
    policy = session_policy([*actions])
    if len(policy) > SESSION_POLICY_CHARACTERS:
        faults.append(Fault(service.service, "session policy", f"{len(policy)} characters", ""))
    for client in {service.client, *(service.client_of(each.listing) for each in service.types)}:
        named = client if client in BESIDE_ANOTHER else iam_prefix(client)
        if named != service.service:
            problem = f"{client} signs as {iam_prefix(client)}"
            faults.append(Fault(service.service, "service", problem, service.service))
    return faults


class Checker(CallChecker):
    """Checks one type of a service."""

    def faults(self) -> list[Fault]:
        one = self._type
        self._try("type", one.type, self._check_name)
        self._try("arn", one.arn, self._check_arn)
        for client, operation in operations_of(self._service, one):
            self._try("action", operation, _check_action, client, operation)
        for name in one.operations:
            client, _, operation = name.rpartition(".")
            place = (client or self._client, operation)
            self._try("operations", name, operation_model, *place)
        if self._try("listing", one.listing.operation, self._check_listing):
            entry = self._try("result", one.result, entry_shape, self._client, one)
            if entry:
                self._check_entry(entry)
        return self._found

    def _check_name(self) -> None:
        name = self._type.type
        assert name in cloudformation_types() | {*NOT_IN_CLOUDFORMATION}, (
            "no type of CloudFormation"
        )

    def _check_listing(self) -> bool:
        call = self._type.listing
        output_of(self._client, call.operation)
        parent = self._parent()
        if not call.is_by_hand:
            self._check_arguments(call.operation, call.arguments, call.by, parent)
        self._check_codes("listing.absent", call)
        assert not call.parent or parent, f"no type {call.parent} to list it for"
        for also in chain.from_iterable(call.also.values()):
            self._check_arguments(call.operation, {**call.arguments, **also}, call.by, parent)
        paging = paging_of(self._client, call.operation)
        size = page_size(self._client, call.operation, call.page, self._service.page)
        is_sized = paging is None or paging.limit is None or size
        assert call.is_by_hand or is_sized, "its model names no largest page: declare `page`"
        return True

    def _check_entry(self, entry: Shape) -> None:
        one = self._type
        arn = self._service.arns[one.type]
        for part in ("id", "arn_member", "name", "region"):
            if path := getattr(one, part):
                self._try(part, path, self._check_text, path, entry)
        for path in arn.paths:
            self._try("arn", one.arn, self._check_text, path, entry)
        for path in one.around:
            if path.startswith("$parent."):
                self._try("around", path, self._check_text, path, entry)
                continue
            enclosing = shape_at(
                output_of(self._client, one.listing.operation),
                one.result.rpartition(".")[0] or ITSELF,
            )
            self._try("around", path, shape_at, enclosing, path)
        for part in ("home", "owner"):
            if text := getattr(one, part):
                self._try(part, text, _check_conditional, entry, Conditional.parse(text))
        if one.where:
            path = Condition.parse(one.where).path
            self._try("where", one.where, shape_at, entry, path)
        configuration = self._described(entry)
        if configuration:
            self._check_content("", one, configuration)
            self._check_tags(configuration, entry)
            for part in ("ordered", "moments"):
                for path in getattr(one, part):
                    self._try(part, path, shape_at, configuration, path)
            if one.identity:
                self._try("identity", one.identity, self._check_text, one.identity, configuration)
            for part in ("encrypted", "exposed"):
                for text in getattr(one, part):
                    path = Condition.parse(text).path
                    self._try(part, text, shape_at, configuration, path)
        for name, call in one.fields.items():
            self._check_field(f"fields[{name}]", call, entry)

    def _described(self, entry: Shape) -> Shape | None:
        describe = self._type.describe
        if describe is None:
            is_whole = isinstance(entry, StructureShape)
            self._try("describe", "", _must, is_whole, "names alone are no configuration")
            return entry if is_whole else None
        shape = self._check_call("describe", describe, entry)
        if shape:
            self._check_content("describe.", describe, shape)
        misplaced = [
            *self._type.secret,
            *self._type.keep,
            *self._type.documents,
            *describe.relations,
        ]
        self._try(
            "describe", "", _must, not misplaced, f"{misplaced} is for the other of type and call"
        )
        return shape

    def _check_content(self, part: str, call: Any, shape: Shape) -> None:
        for path in call.volatile:
            self._try(f"{part}volatile", path, shape_at, shape, path.partition("=")[0])
        for text in call.secret:
            self._try(f"{part}secret", text, _check_secret, shape, text)
        for path in call.keep:
            self._try(f"{part}keep", path, shape_at, shape, path)
            if f"{path.rpartition('.')[0]}.*" not in call.secret:
                self._try(f"{part}keep", path, _check_sensitive, shape, path)
        for path in call.documents:
            self._try(f"{part}documents", path, self._check_text, path, shape)
        for relation in call.relations:
            self._try(f"{part}relations", relation, self._relates, relation, shape, call)
        for path in call.identifiers:
            self._try(f"{part}identifiers", path, self._check_text, path, shape)

    def _relates(self, text: str, shape: Shape, call: Any) -> None:
        relation = Relation.parse(text)
        described = getattr(call, "describe", None) or call
        if not any(relation.path.startswith(f"{each}.") for each in described.documents):
            self._check_text(relation.path, shape)
        if relation.condition:
            self._check_text(relation.condition.path, shape)
        known = cloudformation_types() | {*NOT_IN_CLOUDFORMATION, ANY_TYPE}
        assert relation.target in known, f"no type of CloudFormation: {relation.target}"

    def _check_tags(self, configuration: Shape, entry: Shape) -> None:
        tags = self._type.tags
        if isinstance(tags, Call):
            found = self._check_call("tags", tags, entry)
            self._try("tags", tags.take, _must, found is None or are_tags(found), "no tags")
        elif tags:
            self._try("tags", tags, self._are_tags, tags, configuration)

    def _are_tags(self, path: str, configuration: Shape) -> None:
        above, _, name = path.rpartition(".")
        shape = shape_at(configuration, above or ITSELF)
        members = shape.members if isinstance(shape, StructureShape) else {}
        assert name in members, f"{shape.name} has no member {name!r}"
        assert are_tags(members[name]), f"{path!r} are no tags"

    def _check_field(self, part: str, call: Call | Lookup, entry: Shape) -> None:
        if isinstance(call, Lookup):
            shape = self._check_lookup(part, call, entry)
        else:
            shape = self._check_call(part, call, entry)
        if shape:
            self._check_content(f"{part}.", call, shape)

    def _check_arn(self) -> None:
        if self._type.type in WITHOUT_AN_ARN:
            return
        template = self._service.arns[self._type.type]
        made = re.sub(r"\{Path\}", "/", template.resource).replace("{/", "/{")
        made = re.sub(r"\{[^}]*\}|\*", "x", made)
        region = re.sub(r"\{region\}", "eu-west-1", template.region)
        account = re.sub(r"\{account\}|\*", "123456789012", template.account)
        place = f"arn:aws:{template.service}:{region}:{account}"
        # A template may be less specific than AWS's list: `listener/*/**` covers `listener/app/`.
        assert any(
            re.fullmatch(known, place)
            and (re.fullmatch(resource, made) or template.fits(resource.replace(".*", "x"), {}))
            for known, resource in arn_formats(iam_prefix(self._client))
        ), f"no ARN of AWS's list is like {place}:{made}"


def _check_secret(shape: Shape, text: str) -> None:
    path, condition = secret_path(text)
    if path.startswith(ANYWHERE):
        path = path.removeprefix(ANYWHERE)
        assert path in names_within(shape), f"no member {path!r} anywhere"
        return
    shape_at(shape, path)
    if condition:
        shape_at(shape_at(shape, path.rpartition(".")[0] or ITSELF), condition.path)


def _check_conditional(shape: Shape, member: Conditional) -> None:
    shape_at(shape, member.path)
    if member.condition:
        above = shape_at(shape, member.path.rpartition(".")[0] or ITSELF)
        shape_at(above, member.condition.path)


def _check_sensitive(shape: Shape, path: str) -> None:
    is_sensitive = False
    for name in path.split("."):
        shape = entries_of(shape)
        shape = shape.value if isinstance(shape, MapShape) else exactly_at(shape, name)
        is_sensitive |= any(each.metadata.get("sensitive") for each in (shape, entries_of(shape)))
    assert is_sensitive, "the model does not call it sensitive"


def _must(is_so: object, problem: str) -> None:
    assert is_so, problem


def _check_action(client: str, operation: str) -> None:
    if operation not in service_model(client).operation_names:
        return  # reported where it is called
    action = action_of(client, operation)
    assert has_action(action), f"AWS has no {action}"
