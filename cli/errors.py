"""User-facing errors: their messages, advice and exit codes."""

from enum import IntEnum
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    CredentialRetrievalError,
    InvalidConfigError,
    InvalidRegionError,
    LoginError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from cidb2.errors import Cidb2Error, InvalidInputError, StorageError, UnusableRowError
from cidb2.reasons import DENIALS, Failure, Reason, error_code, explain
from cidb2.redaction import redact
from lake.answer import QueryError


class ExitCode(IntEnum):
    """The exit codes of the commands."""

    OK = 0
    NO = 1
    USAGE = 2
    NOT_FOUND = 3
    DENIED = 4
    AWS = 5
    INTERRUPTED = 130
    CUT_OFF = 141


class CliError(Exception):
    """A command failed. The message says why; `advice` says what to do."""

    def __init__(self, code: ExitCode, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice


NO_REGION = "Set the stack's region with --stack-region, AWS_REGION or the profile."
NO_PROFILE = "Choose another with --profile; `aws configure list-profiles` lists them."
SIGN_IN = (
    "Sign in again (`aws sso login`, `aws login`, or your organisation's own way), or choose a "
    "profile with --profile."
)
NEEDED = "docs/cli.md in the repository lists the actions that each command needs."
UNREACHABLE = "Check the network, --stack-region and, if it is set, AWS_ENDPOINT_URL."
TABLES = "`cidb2 sql` lists the saved queries, information_schema.columns the tables and columns."
ROW = "See UNUSABLE_ROW in docs/reasons.md in the repository."
AGAIN = "This may be transient; retry."

_UNSIGNED = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    LoginError,
    SSOError,
    TokenRetrievalError,
)


_MISCONFIGURED = (ProfileNotFound, InvalidConfigError, ConfigParseError, ConfigNotFound)

TELLABLE = (CliError, QueryError, Cidb2Error, ClientError, BotoCoreError, OSError)
"""The errors that `to_cli_error` converts."""


def to_cli_error(error: Exception) -> CliError:
    """Return the message and advice for one of these errors; any other error is raised again."""
    match error:
        case CliError():
            return error
        case QueryError():
            return CliError(ExitCode.USAGE, f"The query failed: {error}", TABLES)
        case InvalidInputError() | OSError():
            return CliError(ExitCode.USAGE, _of_file(error) or str(error))
        case StorageError() if isinstance(error.__cause__, ClientError | BotoCoreError):
            return _of_aws(error.__cause__)
        case Cidb2Error():
            advice = ROW if isinstance(error, UnusableRowError) else ""
            return CliError(ExitCode.AWS, str(error), advice)
        case ClientError() | BotoCoreError():
            return _of_aws(error)
    raise error


def _of_file(error: Exception) -> str:
    if not isinstance(error, OSError) or not error.strerror:
        return ""
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _of_aws(error: ClientError | BotoCoreError) -> CliError:
    if isinstance(error, NoRegionError):
        return CliError(ExitCode.USAGE, "No region is set.", NO_REGION)
    if isinstance(error, InvalidRegionError):
        return CliError(ExitCode.USAGE, str(error), NO_REGION)
    if isinstance(error, _MISCONFIGURED):
        return CliError(ExitCode.USAGE, f"{str(error).rstrip('.')}.", NO_PROFILE)
    if isinstance(error, _UNSIGNED):
        return CliError(ExitCode.DENIED, f"No valid credentials: {_words(error)}", SIGN_IN)
    return _refused(explain(error), error)


def _refused(failure: Failure, error: ClientError | BotoCoreError) -> CliError:
    reason, words = failure.reason, _words(error)
    if reason is Reason.CREDENTIALS_REJECTED:
        return CliError(ExitCode.DENIED, f"AWS rejected the credentials: {words}", SIGN_IN)
    if reason in DENIALS:
        return CliError(ExitCode.DENIED, f"Access denied: {words}", NEEDED)
    if reason in (Reason.UNREACHABLE, Reason.TIMEOUT):
        return CliError(ExitCode.AWS, f"AWS is unreachable: {words}", UNREACHABLE)
    return CliError(
        ExitCode.AWS, f"AWS returned an error: {words}", AGAIN if failure.retryable else ""
    )


def _words(error: ClientError | BotoCoreError) -> str:
    """Return AWS's own message and code, or botocore's message.

    Only the first line is kept, with secrets redacted: AWS's signature error quotes the whole
    request, including its session token.
    """
    if not isinstance(error, ClientError):
        return redact(str(error).strip())
    answer: Any = error.response.get("Error", {})
    said, _, _ = str(answer.get("Message") or error).partition("\n")
    return f"{redact(said)} ({error_code(error)})"
