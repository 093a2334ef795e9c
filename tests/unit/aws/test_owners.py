"""Clients of S3 name the owner whom they expect, in every operation that botocore knows it of."""

from typing import Any

import boto3
import pytest
from botocore.session import get_session

from cidb2.aws.clients import Clients
from cidb2.aws.sessions import new_session
from cli.stack import Stack

ACCOUNT = "123456789012"
EXPECTED = "ExpectedBucketOwner"
MODEL = get_session().get_service_model("s3")
MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:it"


def of_functions(owner: str | None = ACCOUNT) -> Any:
    return Clients(new_session(), "us-east-1", 1, owner=owner).client("s3")


def of_the_command_line() -> Any:
    session = boto3.Session(region_name="us-east-1")
    return Stack(session, "it", {"StateMachineArn": MACHINE}).s3


def completed(client: Any, operation: str) -> dict[str, Any]:
    """Return the parameters of an operation as they are when its request is built."""
    given = {"Bucket": "name"}
    event = f"before-parameter-build.s3.{operation}"
    model = MODEL.operation_model(operation)
    client.meta.events.emit(event, params=given, model=model, context={})
    return given


@pytest.mark.parametrize("make", [of_functions, of_the_command_line])
def test_every_operation_that_takes_an_owner_is_given_it_and_no_other_is(make: Any) -> None:
    client, taking = make(), set()
    for operation in MODEL.operation_names:
        shape = MODEL.operation_model(operation).input_shape
        takes_it = shape is not None and EXPECTED in shape.members
        if shape is not None:
            expected = ACCOUNT if takes_it else None
            assert completed(client, operation).get(EXPECTED) == expected, operation
        taking |= {operation} if takes_it else set()
    assert len(taking) > 70
    assert {"GetObject", "HeadObject", "ListObjectsV2", "PutObject", "UploadPart"} <= taking


def test_a_client_that_reads_no_bucket_names_nobody() -> None:
    assert completed(of_functions(owner=None), "GetObject") == {"Bucket": "name"}
