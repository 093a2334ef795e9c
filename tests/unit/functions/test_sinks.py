"""One pass over the scope rows of a run fills the summary's file and the lake's."""

import json
from io import BytesIO
from typing import Any

import pytest

from functions.results_processor.lake import LakeFile
from functions.results_processor.sinks import Row, pour, public
from functions.results_processor.summary_file import SummaryFile
from tests.support.builders import ACCOUNT
from tests.support.gzip_member import only_member

SUMMARY = {"runId": "one", "failures": {"TIMEOUT": 1}, "byAccount": {}, "note": 'two\nlines "é"'}


def a_row(number: int) -> dict[str, Any]:
    return {
        "pk": "run#one",
        "sk": f"scope#kms#{ACCOUNT}#eu-west-{number}",
        "expiresAt": 1_800_000_000,
        "service": "kms",
        "accountId": ACCOUNT,
        "accountName": "Zahlungen\nÜbersee",
        "awsRegion": f"eu-west-{number}",
        "outcome": "COMPLETE",
        "items": number,
        "startedAt": "2026-11-24T03:48:31Z",
        "finishedAt": "2026-11-24T03:48:35.5Z",
    }


class Witness:
    """A sink that notes under its name what it took."""

    def __init__(self, name: str, taken: list[tuple[str, Row]]) -> None:
        self._name, self._taken = name, taken

    def take(self, row: Row) -> None:
        self._taken.append((self._name, row))


def test_every_sink_takes_a_row_before_the_next_is_read() -> None:
    taken: list[tuple[str, Row]] = []
    rows = [{"items": 1}, {"items": 2}]
    pour(iter(rows), Witness("a", taken), Witness("b", taken))
    assert taken == [("a", rows[0]), ("b", rows[0]), ("a", rows[1]), ("b", rows[1])]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_summary_file_lists_a_scope_a_line_and_then_the_indented_summary(count: int) -> None:
    rows = [a_row(number) for number in range(count)]
    content = BytesIO()
    summary_file = SummaryFile(content)
    pour(rows, summary_file)
    summary_file.finish(SUMMARY)
    written = content.getvalue().decode()
    assert json.loads(written) == {"scopes": [public(row) for row in rows], **SUMMARY}
    lines = ",\n".join(json.dumps(public(row)) for row in rows)
    indented = json.dumps(SUMMARY, indent=1).removeprefix("{")
    assert written == f'{{"scopes": [\n{lines}\n],{indented}'


def test_a_lake_file_has_a_line_for_each_scope_and_is_whole_after_its_block() -> None:
    content = BytesIO()
    with LakeFile(content) as lake_file:
        pour([a_row(1), a_row(2)], lake_file)
    first, second = (json.loads(line) for line in only_member(content.getvalue()).splitlines())
    assert first == {
        "scope": f"{ACCOUNT}/kms/eu-west-1",
        "isnarrowed": False,
        "service": "kms",
        "accountid": ACCOUNT,
        "awsregion": "eu-west-1",
        "outcome": "COMPLETE",
        "items": 1,
        "startedat": "2026-11-24T03:48:31.000000Z",
        "finishedat": "2026-11-24T03:48:35.500000Z",
    }
    assert second["scope"] == f"{ACCOUNT}/kms/eu-west-2"


def test_lists_and_objects_are_json_text_in_a_lake_file() -> None:
    content = BytesIO()
    more = {"renewedListings": ["ListKeys"], "unreadableReasons": {"ACCESS_DENIED": 1}}
    with LakeFile(content) as lake_file:
        lake_file.take(a_row(1) | more)
    written = json.loads(only_member(content.getvalue()))
    assert written["renewedlistings"] == '["ListKeys"]'
    assert written["unreadablereasons"] == '{"ACCESS_DENIED":1}'


def test_a_lake_file_without_scopes_is_an_empty_member() -> None:
    content = BytesIO()
    with LakeFile(content):
        pass
    assert only_member(content.getvalue()) == b""
