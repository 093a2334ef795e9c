"""How AWS's answers are read: errors lose the credentials that they quote before anybody sees them.

Times are read by Python's own parser: dateutil's, which botocore uses, takes twenty times as long.
botocore uses these parsers instead of its own, so all of this holds for every client, and for every
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
"""A larger answer is parsed while no other large one is."""

_LARGE = Lock()


class UnreadableAnswerError(BotoCoreError):
    """Raised where an answer of AWS's is cut off, or is none.

    botocore's own error quotes the whole answer, with the credentials of an AssumeRole.
    """

    fmt = "AWS's answer cannot be read ({problem})"


class AnswerParsers(ResponseParserFactory):
    """Makes the parsers of a session's clients, by protocol."""

    def __init__(self) -> None:
        super().__init__()
        self.set_parser_defaults(timestamp_parser=moment)

    def create_parser(self, protocol_name: str) -> Any:
        return _CarefulParser(super().create_parser(protocol_name))


class _CarefulParser:
    """Redacts what errors say, and quotes nothing of what it cannot read.

    Large answers are parsed one at a time: the tree of an XML document takes four times its bytes
    beside what becomes of it, and only one thread of Python makes any progress with it anyway.
    """

    def __init__(self, parser: Any) -> None:
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> dict[str, Any]:
        try:
            with _LARGE if _is_large(response["body"]) else nullcontext():
                answer: dict[str, Any] = self._parser.parse(response, shape)
        except Exception as error:  # noqa: BLE001 - parsers fail in many ways; each is told on
            raise UnreadableAnswerError(problem=type(error).__name__) from None
        if response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
            for part in (answer, answer.get("Error", {})):
                for name in part.keys() & {"Message", "message"}:
                    part[name] = valid_text(redact(part[name] or ""))
        return answer


def _is_large(body: Any) -> bool:
    """Tell whether an answer is large; one that is streamed is not parsed at all."""
    return isinstance(body, bytes) and len(body) > LARGE_BYTES


def moment(text: Any) -> datetime:
    """Return a time of an answer as botocore's own parser does."""
    if isinstance(text, str) and "T" in text:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # not in ISO 8601, as HTTP's dates
    parsed: datetime = parse_timestamp(text)
    return parsed
