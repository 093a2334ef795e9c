"""What errors may say."""

import pytest
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from hypothesis import given
from hypothesis import strategies as st

from cidb2.errors import ConfigurationError
from cidb2.redaction import REDACTED, redact, words
from tests.support.builders import client_error
from tests.support.secrets import ACCESS_KEY, CANONICAL_REQUEST, SECRET_KEY, SESSION_TOKEN

HARMLESS = (
    "User: arn:aws:sts::123456789012:assumed-role/CIDB2-Collector-Role/cidb2-iam-20261124T034830Z",
    "is not authorized to perform: iam:ListUsers with an explicit deny in a service control policy",
    "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab does not exist",
    "No such bucket: a-bucket-whose-name-is-sixty-three-characters-long-as-long-as-s3-takes",
    "The digest is 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "The principal AROAIOSFODNN7EXAMPLE0 is gone",
    "You are not authorized to perform this operation. Encoded authorization failure message: "
    + "aB3_" * 100,
)


@pytest.mark.parametrize("secret", [ACCESS_KEY, SECRET_KEY, SESSION_TOKEN])
@pytest.mark.parametrize(
    "frame", ["{}", "a {} b", "Key={}, x", '{{"key": "{}"}}', "<a>{}</a>", "k:{}"]
)
def test_credentials_are_redacted_wherever_they_stand(secret: str, frame: str) -> None:
    told = redact(frame.format(secret))
    assert secret not in told
    assert REDACTED in told


def test_the_request_that_aws_repeats_loses_its_credentials_and_no_more() -> None:
    told = redact(CANONICAL_REQUEST)
    assert SESSION_TOKEN not in told
    assert told == CANONICAL_REQUEST.replace(SESSION_TOKEN, REDACTED)


@pytest.mark.parametrize("separator", [":", "="])
def test_a_token_of_any_form_is_redacted_behind_its_name(separator: str) -> None:
    told = redact(f"x-amz-security-token{separator}a-short.one\nhost:sts.amazonaws.com")
    assert told == f"x-amz-security-token{separator}{REDACTED}\nhost:sts.amazonaws.com"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_redacting_twice_redacts_no_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_awss_words_and_ours_are_told() -> None:
    unreachable = EndpointConnectionError(endpoint_url="https://sts.amazonaws.com")
    for error in (ConfigurationError("X: not set"), client_error("AccessDenied"), unreachable):
        assert words(error) == str(error)


def test_of_any_other_only_its_kind_and_place_are_told() -> None:
    try:
        raise KeyError("what was read")
    except KeyError as error:
        told = words(error)
    assert told.startswith("KeyError in ")
    assert "test_redaction.py, line " in told
    assert "what was read" not in told


def test_what_botocore_says_of_our_arguments_is_not_told() -> None:
    assert words(ParamValidationError(report="value: what was read")) == "ParamValidationError"
