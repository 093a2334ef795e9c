"""A bucket's ARN names no account: one that moves to another account is never taken for deleted."""

import pytest

from tests.support.aws import MEMBER, OTHER_MEMBER, client
from tests.support.hub import Hub, run_state

pytestmark = pytest.mark.integration

FIRST, SECOND = "20261124T034830Z-0000000s1", "20261125T034830Z-0000000s1"
BUCKET = "payments-archive"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture
def moved(hub: Hub) -> Hub:
    """Return a hub that knows a bucket of one account, which another account has by now."""
    client("s3", MEMBER).create_bucket(Bucket=BUCKET)
    hub.take("s3", MEMBER, run=run_state(FIRST, regions=None))
    client("s3", MEMBER).delete_bucket(Bucket=BUCKET)
    client("s3", OTHER_MEMBER).create_bucket(Bucket=BUCKET)
    return hub


@pytest.mark.parametrize("order", [(OTHER_MEMBER, MEMBER), (MEMBER, OTHER_MEMBER)])
@pytest.mark.parametrize("is_backwards", [True, False])
def test_it_lives_in_its_new_account_whoever_is_collected_and_stored_first(
    moved: Hub, order: tuple[str, str], is_backwards: bool
) -> None:
    for account in order:
        moved.collect("s3", account, run=run_state(SECOND, regions=None))
    messages = moved.messages()
    for message in reversed(messages) if is_backwards else messages:
        assert moved.report([message]) == []
    item = moved.items()[ARN]
    assert item["configurationItemStatus"] != "ResourceDeleted"
    assert item["accountId"] == OTHER_MEMBER


def test_its_old_account_says_nothing_of_what_its_new_account_has(moved: Hub) -> None:
    moved.take("s3", OTHER_MEMBER, run=run_state(SECOND, regions=None))
    moved.collect("s3", MEMBER, run=run_state(SECOND, regions=None))
    assert moved.messages() == []
