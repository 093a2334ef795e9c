"""A valid item of every type that is collected, as a collector publishes it."""

from collections.abc import Mapping
from typing import Any

from cidb2.items.item import Change, Item, live_item
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL, Scope
from cidb2.services import TYPES
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
"""ARNs as the Service Authorization Reference has them, 'Resource types' of each service."""

SERVICE_OF = {name: service for service, names in TYPES.items() for name in names}


def item_of(
    resource_type: str,
    name: str = "one",
    *,
    account: str = ACCOUNT,
    region: str = REGION,
    change: Change = Change.CREATED,
    **fields: Any,
) -> Item:
    """Return the item of a resource; `fields` go over it, by their names in the message."""
    arn = ARNS[resource_type]
    is_regional = "{region}" in arn
    service = SERVICE_OF[resource_type]
    resource = Resource(
        resource_type=resource_type,
        resource_id=f"AROA{name}" if service == "iam" else name,
        resource_name=name if service == "iam" else f"the name of {name}",
        arn=arn.format(account=account, region=region, name=name),
        region=GLOBAL if service == "iam" else region,
        captured_at=CAPTURED_AT,
        configuration={"Name": name},
    )
    scope = Scope(account, service, region if is_regional else GLOBAL)
    item = live_item(resource, scope, RUN_ID, change, MOMENT)
    return changed(item, fields)


def changed(item: Item, fields: Mapping[str, Any]) -> Item:
    """Return the item with some of its fields replaced."""
    copy = item.copy()
    copy.update(fields)  # type: ignore[typeddict-item]  # fields by name
    return copy
