"""Reads declared types from moto, over the wire."""

from collections.abc import Iterator

from botocore.credentials import Credentials

from cidb2.aws.caller import Caller
from cidb2.aws.connections import Connections
from cidb2.aws.protocols import Protocols
from cidb2.collecting.declared import DeclaredReader
from cidb2.collecting.readers import in_turn
from cidb2.collecting.service import Reader
from cidb2.items.consistency import check_scope
from cidb2.items.item import Change, Item, live_item
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import DECLARED, TYPES
from cidb2.validation import check
from tests.support.aws import MEMBER, REGION, client
from tests.support.builders import MOMENT, RUN_ID, a_run


def caller() -> Caller:
    """Return a caller of the member account, created like the product's for an assumed role."""
    role = f"arn:aws:iam::{MEMBER}:role/CIDB2-Collector-Role"
    answer = client("sts", MEMBER).assume_role(RoleArn=role, RoleSessionName="test")
    assumed = answer["Credentials"]
    credentials = Credentials(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]
    )
    return Caller(MEMBER, credentials, REGION, Protocols(), Connections(), threads=1)


def items_of(service: str, name: str, region: str = REGION) -> dict[str, Item]:
    """Return the items of a type by resource id."""
    declared = DECLARED[service]
    scope = Scope(MEMBER, service, GLOBAL if declared.is_global else region)
    reader = DeclaredReader(declared, TYPES[service][name].listing, caller(), scope, a_run())
    return {item["resourceId"]: item for item in items_from(reader, scope)}


def items_from(reader: Reader, scope: Scope) -> Iterator[Item]:
    """Yield a reader's resources as items, in a form that the reporter accepts."""
    for page in reader.pages(None):
        assert page.lacks is None
        for one in page.listed:
            resource = reader.read(one, in_turn)
            assert resource is not None
            item = live_item(resource, scope, RUN_ID, Change.CREATED, MOMENT)
            check("item", item, "item")
            check_scope(item)
            yield item
