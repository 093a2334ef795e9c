"""AWS's answers, as every client of ours reads them."""

from datetime import UTC, datetime
from io import BytesIO
from threading import Lock
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserFactory
from botocore.session import Session
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis.strategies import datetimes, just

from cidb2.aws import parsers as answers
from cidb2.aws.parsers import LARGE_BYTES, AnswerParsers, UnreadableAnswerError, moment
from cidb2.aws.sessions import new_session
from cidb2.reasons import Reason, explain
from tests.support.secrets import CANONICAL_REQUEST, SECRET_KEY, SESSION_TOKEN

ASSUMED = f"""<AssumeRoleResponse><AssumeRoleResult><Credentials>
<SessionToken>{SESSION_TOKEN}</SessionToken><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>
<AccessKeyId>A</AccessKeyId><Expiration>2026-11-24T03:48:30Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
ROLE = {"RoleArn": "arn:aws:iam::123456789012:role/a-role", "RoleSessionName": "session"}


class _Body(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def client(session: Session, service: str, status: int, body: str) -> Any:
    """Return a client all of whose requests are answered with this."""
    session.set_credentials("key", "secret")
    made = session.create_client(service, region_name="us-east-1")

    def answer(request: Any, **_: Any) -> Any:
        headers: Any = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, status, headers, _Body(body.encode()))

    made.meta.events.register("before-send", answer)
    return made


def test_an_answer_is_read_as_botocore_reads_it() -> None:
    answer = client(new_session(), "sts", 200, ASSUMED).assume_role(**ROLE)
    assert answer["Credentials"]["SessionToken"] == SESSION_TOKEN


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("sts", "get_caller_identity", ERROR.format("SignatureDoesNotMatch", CANONICAL_REQUEST)),
        ("s3", "list_buckets", f"<Error><Code>X</Code><Message>{SESSION_TOKEN}</Message></Error>"),
        ("kms", "list_keys", f'{{"__type": "KMSInternalException", "message": "{SESSION_TOKEN}"}}'),
        ("dynamodb", "list_tables", f'{{"__type": "X", "Message": "{SESSION_TOKEN}"}}'),
    ],
)
def test_an_error_loses_the_credentials_that_it_quotes(
    service: str, operation: str, body: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(client(new_session(), service, 403, body), operation)()
    assert "(redacted)" in str(raised.value)
    assert SESSION_TOKEN not in f"{raised.value} {raised.value.response}"


def test_an_error_says_what_every_table_can_hold() -> None:
    body = '{"__type": "KMSInternalException", "message": "\\ud800"}'
    with pytest.raises(ClientError) as raised:
        client(new_session(), "kms", 500, body).list_keys()
    assert explain(raised.value).message.endswith("\\ud800")


def test_an_answer_that_is_cut_off_is_not_quoted() -> None:
    cut = ASSUMED.removesuffix("</AssumeRoleResponse>")
    with pytest.raises(UnreadableAnswerError) as raised:
        client(new_session(), "sts", 200, cut).assume_role(**ROLE)
    assert str(raised.value) == "AWS's answer cannot be read (ResponseParserError)"
    assert raised.value.__suppress_context__
    assert explain(raised.value).reason is Reason.SERVICE_ERROR


def test_botocore_itself_would_quote_it() -> None:
    """The reason for all this: when this fails, botocore has become careful itself."""
    cut = ASSUMED.removesuffix("</AssumeRoleResponse>")
    with pytest.raises(Exception, match="invalid XML received") as raised:
        client(Session(), "sts", 200, cut).assume_role(**ROLE)
    assert SECRET_KEY in str(raised.value)


@given(datetimes(timezones=just(UTC)).filter(lambda time: time.year >= 1000))
def test_times_are_what_botocore_makes_of_them(time: datetime) -> None:
    texts = (
        time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        time.isoformat(),
        time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    for text in texts:
        assert moment(text) == parse_timestamp(text)


@pytest.mark.parametrize(
    "told", ["Tue, 24 Nov 2026 03:48:30 GMT", "1717546716", 1717546716.125, "20261124T034830Z"]
)
def test_times_of_any_other_form_are_botocores(told: Any) -> None:
    assert moment(told) == parse_timestamp(told)


@pytest.mark.parametrize(("size", "is_alone"), [(LARGE_BYTES, False), (LARGE_BYTES + 1, True)])
def test_large_answers_are_parsed_one_at_a_time(
    size: int, is_alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trees of XML are larger than anything else that a collector holds."""
    lock = Lock()
    monkeypatch.setattr(answers, "_LARGE", lock)
    held = []

    class Parser:
        def parse(self, *_: Any) -> dict[str, Any]:
            held.append(lock.locked())
            return {}

    monkeypatch.setattr(ResponseParserFactory, "create_parser", lambda *_: Parser())
    parser = AnswerParsers().create_parser("ec2")
    parser.parse({"body": b" " * size, "status_code": 200}, None)
    assert held == [is_alone]
    assert not lock.locked()


def test_an_answer_that_is_streamed_is_not_read_before_its_reader_does() -> None:
    s3 = client(new_session(), "s3", 200, "an object")
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"an object"
