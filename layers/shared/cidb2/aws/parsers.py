"""Parsers of AWS's answers, which remove quoted credentials from errors before anybody sees them.

Times are parsed by Python's own parser; dateutil's, which botocore uses, takes twenty times as
long. botocore uses these parsers instead of its own, so this applies to every client and to every
later use of an error.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserFactory
from botocore.utils import parse_timestamp

from cidb2.redaction import redact
from cidb2.text import valid_text

LARGE_BYTES = 1024 * 1024
"""Larger answers are parsed one at a time."""

_LARGE = Lock()


class UnreadableAnswerError(BotoCoreError):
    """Raised when an answer from AWS is truncated or malformed.

    botocore's own error quotes the whole answer, including the credentials of AssumeRole.
    """

    fmt = "AWS's answer cannot be read ({problem})"


class AnswerParsers(ResponseParserFactory):
    """Creates the parsers of a session's clients, by protocol."""

    def __init__(self) -> None:
        super().__init__()
        self.set_parser_defaults(timestamp_parser=moment)

    def create_parser(self, protocol_name: str) -> Any:
        return _CarefulParser(super().create_parser(protocol_name))


class _CarefulParser:
    """Redacts error messages, and never quotes an answer that it cannot parse.

    Large answers are parsed one at a time: while an XML document is parsed, its tree takes four
    times its size, and only one Python thread can make progress anyway.
    """

    def __init__(self, parser: Any) -> None:
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> dict[str, Any]:
        try:
            with _LARGE if _is_large(response["body"]) else nullcontext():
                answer: dict[str, Any] = self._parser.parse(response, shape)
        except Exception as error:  # noqa: BLE001 - parsers fail in many ways; all are reported as one error
            raise UnreadableAnswerError(problem=type(error).__name__) from None
        if response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
            for part in (answer, answer.get("Error", {})):
                for name in part.keys() & {"Message", "message"}:
                    part[name] = valid_text(redact(str(part[name] or "")))
        return answer


def _is_large(body: Any) -> bool:
    """Tell whether an answer is large; a streamed one is not parsed at all."""
    return isinstance(body, bytes) and len(body) > LARGE_BYTES


def moment(text: Any) -> datetime:
    """Return a time in an answer as botocore's own parser would."""
    if isinstance(text, str) and "T" in text:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # not ISO 8601, such as an HTTP date
    parsed: datetime = parse_timestamp(text)
    return parsed
