"""The corrections of moto keep nothing of one test for the next."""

import pytest
from moto.ec2.models import ec2_backends
from moto.kinesis.models import KinesisBackend

from tests.support.aws import HUB, MEMBER, client
from tests.support.hub import deployed

pytestmark = pytest.mark.integration


def test_a_service_that_the_reset_of_another_uses_is_reset_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def use_ec2(backend: KinesisBackend) -> None:
        for account in (HUB, MEMBER):
            ec2_backends[account].values()

    with monkeypatch.context() as patched, deployed():
        client("ec2", MEMBER).create_key_pair(KeyName="web")
        client("kinesis", MEMBER).create_stream(StreamName="orders", ShardCount=1)
        patched.setattr(KinesisBackend, "reset", use_ec2)
    with deployed():
        client("ec2", MEMBER).create_key_pair(KeyName="web")
    with deployed():
        assert client("ec2", MEMBER).describe_key_pairs()["KeyPairs"] == []
