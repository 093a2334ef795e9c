"""Errors of the hub's own storage say whether a retry may help."""

import pytest
from botocore.exceptions import EndpointConnectionError, ParamValidationError

from cidb2.aws.storage import storage
from cidb2.errors import StorageRefusedError, StorageUnavailableError
from tests.support.builders import client_error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("ProvisionedThroughputExceededException"), StorageUnavailableError),
        (client_error("InternalServerError", status=500), StorageUnavailableError),
        (EndpointConnectionError(endpoint_url="https://aws"), StorageUnavailableError),
        (client_error("AccessDeniedException"), StorageRefusedError),
        (client_error("ResourceNotFoundException"), StorageRefusedError),
        (client_error("ValidationException"), StorageRefusedError),
        (ParamValidationError(report="bad"), StorageRefusedError),
    ],
)
def test_what_may_pass_is_unavailable_and_the_rest_is_refused(
    error: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"^runs-table: ") as raised, storage("runs-table"):
        raise error
    assert type(raised.value) is kind
    assert raised.value.__cause__ is error


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), storage("runs-table"):
        raise KeyError


def test_what_goes_well_goes_well() -> None:
    with storage("runs-table"):
        done = True
    assert done
