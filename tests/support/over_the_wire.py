"""Reading declared types from moto, over the wire."""

from collections.abc import Callable
from typing import Any, cast

from botocore.awsrequest import AWSRequest

from cidb2.aws.clients import client_config
from cidb2.aws.sessions import new_session
from cidb2.collecting.declared import DeclaredReader
from cidb2.items.consistency import check_scope
from cidb2.items.item import Change, Item, live_item
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import DECLARED, TYPES
from cidb2.validation import check
from tests.support.aws import MEMBER, REGION
from tests.support.builders import MOMENT, RUN_ID, a_run


class _Account:
    """A member account with these clients."""

    region = REGION

    def __init__(self, clients: Callable[[str], Any]) -> None:
        self._clients = clients

    def client(self, service: str, region: str | None) -> Any:
        return self._clients(service)


def product_client(service: str) -> Any:
    """Return a client of the member account like the product's: a test may answer its calls."""
    made = new_session().create_client(
        service,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=client_config(1),
    )

    def act_in_account(request: AWSRequest, **_: Any) -> None:
        request.headers["x-moto-account-id"] = MEMBER

    made.meta.events.register("before-sign", act_in_account)
    return made


def items_of(
    service: str, name: str, clients: Callable[[str], Any] = product_client
) -> dict[str, Item]:
    """Return the items of a type, which the reporter would take, by the ids of their resources."""
    declared = DECLARED[service]
    scope = Scope(MEMBER, service, GLOBAL if declared.is_global else REGION)
    call, account = TYPES[service][name].listing, cast("Any", _Account(clients))
    reader = DeclaredReader(declared, call, account, scope, a_run())
    items = {}
    for page in reader.pages(None):
        assert page.lacks is None
        for one in page.listed:
            resource = reader.read(one)
            assert resource is not None
            item = live_item(resource, scope, RUN_ID, Change.CREATED, MOMENT)
            check("item", item, "item")
            check_scope(item)
            items[item["resourceId"]] = item
    return items
