"""Clients for tests, for any account and region of moto; their calls are not counted."""

from functools import cache
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.loaders import Loader
from botocore.session import Session, get_session

HUB = "123456789012"
MEMBER = "234567890123"
OTHER_MEMBER = "345678901234"
REGION = "us-east-1"

_LOADER = Loader()


@cache
def client(service: str, account: str = HUB, region: str = REGION) -> Any:
    """Return a client of `service` that acts in `account`, using moto's convention."""
    made = _session().create_client(
        service, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
    )

    def act_in_account(request: AWSRequest, **_: Any) -> None:
        request.headers["x-moto-account-id"] = account

    made.meta.events.register("before-sign", act_in_account)
    return made


@cache
def _session() -> Session:
    session = get_session()
    session.register_component("data_loader", _LOADER)
    return session
