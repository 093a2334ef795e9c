"""Valid items of every collected type, in the form published by collectors."""

import re
from collections.abc import Mapping
from typing import Any

from cidb2.items.item import Change, Item, live_item
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL, Scope
from cidb2.types.arns import ANY_ACCOUNT
from cidb2.types.catalog import DECLARED, TYPES
from tests.support.builders import ACCOUNT, CAPTURED_AT, MOMENT, REGION, RUN_ID

ARNS = {
    "AWS::IAM::Group": "arn:aws:iam::{account}:group/path/{name}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/a/longer/path/{name}",
    "AWS::IAM::User": "arn:aws:iam::{account}:user/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::EC2::Instance": "arn:aws:ec2:{region}:{account}:instance/{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
}
"""ARNs from the Service Authorization Reference, 'Resource types' of each service."""

SERVICE_OF = {name: service for service, names in TYPES.items() for name in names}


def _made(resource_type: str) -> str:
    """Return an ARN built from its declaration, which a test checks against AWS's list."""
    template = DECLARED[SERVICE_OF[resource_type]].arns[resource_type]
    resource = template.resource.replace("{$account}", "{account}").replace("{Path}", "/")
    resource = resource.replace("{/", "/{")
    resource = re.sub(r"\{(?!account\})[^}]*\}|\*\*?", "{name}", resource)
    account = "{account}" if template.account == ANY_ACCOUNT else template.account
    return f"arn:aws:{template.service}:{template.region}:{account}:{resource}"


ARNS |= {name: _made(name) for name in SERVICE_OF if name not in ARNS}


def identifies(resource_type: str) -> bool:
    """Return whether a type's ARNs contain the resource's id."""
    service = DECLARED[SERVICE_OF[resource_type]]
    return TYPES[service.service][resource_type].id in service.arns[resource_type].paths


def item_of(
    resource_type: str,
    name: str = "one",
    *,
    account: str = ACCOUNT,
    region: str = REGION,
    change: Change = Change.CREATED,
    **fields: Any,
) -> Item:
    """Return a resource's item; `fields` override it, by their names in the message."""
    service = DECLARED[SERVICE_OF[resource_type]]
    declared = TYPES[service.service][resource_type]
    is_name_told = declared.name in {declared.id, *service.arns[resource_type].paths}
    arn = ARNS[resource_type].format(account=account, region=region, name=name)
    ids = {"$account": account, declared.arn_member or "-": arn}
    resource_id = ids.get(declared.id) or (name if identifies(resource_type) else f"AROA{name}")
    place = GLOBAL if service.is_global and not declared.region else region
    resource = Resource(
        resource_type=resource_type,
        resource_id=resource_id,
        resource_name=name if is_name_told else f"the name of {name}",
        arn=arn,
        region=place,
        captured_at=CAPTURED_AT,
        configuration={"Name": name},
    )
    scope = Scope(account, service.service, GLOBAL if service.is_global else region)
    item = live_item(resource, scope, RUN_ID, change, MOMENT)
    return changed(item, fields)


def changed(item: Item, fields: Mapping[str, Any]) -> Item:
    """Return the item with some of its fields replaced."""
    copy = item.copy()
    copy.update(fields)  # type: ignore[typeddict-item]  # fields by name
    return copy
