"""Every error that a person can mend has a code, words and advice; any other is not hidden."""

import pytest
from botocore.exceptions import (
    ConfigParseError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from cidb2.errors import (
    InvalidInputError,
    StorageRefusedError,
    StorageUnavailableError,
    UnusableRowError,
)
from cli.errors import CliError, ExitCode, to_cli_error
from tests.support.builders import client_error


def refused_by(cause: Exception) -> StorageRefusedError:
    error = StorageRefusedError("inventory: refused")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "said", "advice"),
    [
        (CliError(ExitCode.NO, "a", "b"), 1, "a", "b"),
        (InvalidInputError("regions[0]", "no region"), 2, "regions[0]: no region", ""),
        (NoRegionError(), 2, "No region is set.", "--stack-region"),
        (ProfileNotFound(profile="x"), 2, "profile (x) could not be found", "--profile"),
        (NoCredentialsError(), 4, "No valid credentials: ", "aws sso login"),
        (UnauthorizedSSOTokenError(), 4, "The SSO session", "aws sso login"),
        (client_error("ExpiredToken"), 4, "AWS rejected the credentials", "aws sso login"),
        (client_error("AccessDenied"), 4, "Access denied: ", "docs/cli.md"),
        (refused_by(client_error("AccessDeniedException")), 4, "Access denied: ", "docs/cli.md"),
        (refused_by(NoCredentialsError()), 4, "No valid credentials: ", "aws sso login"),
        (EndpointConnectionError(endpoint_url="u"), 5, "is unreachable", "AWS_ENDPOINT_URL"),
        (client_error("ThrottlingException"), 5, "AWS returned an error: ", "retry"),
        (client_error("ValidationError"), 5, "(ValidationError)", ""),
        (
            StorageUnavailableError("runs: rows were left unprocessed"),
            5,
            "rows were left unprocessed",
            "",
        ),
    ],
)
def test_errors_that_the_user_can_fix_come_with_advice(
    error: Exception, code: int, said: str, advice: str
) -> None:
    answer = to_cli_error(error)
    assert (answer.code, said in str(answer), advice in answer.advice) == (code, True, True)
    assert bool(answer.advice) == bool(advice)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidConfigError(error_msg="The source_profile x does not exist."), "source_profile x"),
        (ConfigParseError(path="/etc/aws"), "/etc/aws"),
        (InvalidRegionError(region_name="nowhere!"), "nowhere!"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "/x: No such file or directory"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_what_is_wrong_on_this_machine_is_no_refusal_of_aws(error: Exception, said: str) -> None:
    answer = to_cli_error(error)
    assert (answer.code, said in str(answer)) == (2, True)


def test_no_error_quotes_a_credential() -> None:
    token = "FQoGZXIvYXdzEBYaDFmBBAN1vyBcBtzso7tJ" * 4
    request = f"The request signature does not match.\n\nPOST\nx-amz-security-token:{token}"
    refused = to_cli_error(client_error("SignatureDoesNotMatch", request))
    assert str(refused).endswith("The request signature does not match. (SignatureDoesNotMatch)")
    of_process = CredentialRetrievalError(provider="custom-process", error_msg=f"got {token}\n")
    assert token not in str(to_cli_error(of_process))
    assert str(to_cli_error(client_error("AccessDenied", f"of {token}"))).count(token) == 0


def test_a_row_that_is_of_no_use_is_told_with_where_to_read_on() -> None:
    answer = to_cli_error(UnusableRowError("arn:aws:s3:::one: pointer: leads elsewhere"))
    assert (answer.code, str(answer)) == (5, "arn:aws:s3:::one: pointer: leads elsewhere")
    assert "UNUSABLE_ROW" in answer.advice


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        to_cli_error(KeyError("x"))
