"""What a refresh collects: the listings of a resource, or those that are named, and no more."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from cli import refresh as refreshing
from cli.errors import CliError
from cli.options import CommandContext
from cli.refresh import input_of, refresh
from cli.terminal import Output
from tests.support.builders import ACCOUNT, an_item

ARN = "arn:aws:s3:::data"


def printed(monkeypatch: pytest.MonkeyPatch, *given: Any, **options: Any) -> Any:
    monkeypatch.setattr(
        refreshing, "known_item", lambda *_: an_item("1") | {"resourceType": "AWS::KMS::Key"}
    )
    file = io.StringIO()
    asked = CommandContext(None, Output(console=Console(file=file)))  # type: ignore[arg-type]
    assert refresh(asked, *given, is_printed=True, **options) == 0
    return json.loads(file.getvalue())


@pytest.mark.parametrize(
    ("scope", "regions"),
    [(f"{ACCOUNT}/ec2/eu-west-1", {"regions": ["eu-west-1"]}), (f"{ACCOUNT}/s3/global", {})],
)
def test_a_resource_is_listed_again_where_it_was_listed(scope: str, regions: Any) -> None:
    item: Any = {"scope": scope, "accountId": ACCOUNT, "resourceType": "AWS::EC2::Volume"}
    told = {"accounts": [ACCOUNT], "types": ["AWS::EC2::Volume"]}
    assert input_of(item) == told | regions


def test_the_input_is_printed_for_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    told = printed(monkeypatch, ARN)
    assert told["types"] == ["AWS::KMS::Key"]
    named = printed(monkeypatch, types=["AWS::EC2::Volume"], account=ACCOUNT, region="eu-west-1")
    assert named == {
        "accounts": [ACCOUNT],
        "regions": ["eu-west-1"],
        "types": ["AWS::EC2::Volume"],
    }
    with pytest.raises(CliError, match="global is no region"):
        printed(monkeypatch, account=ACCOUNT, region="global")


@pytest.mark.parametrize(
    ("arn", "options"),
    [
        (None, {}),
        (None, {"region": "global"}),
        (ARN, {"account": ACCOUNT}),
        (ARN, {"region": "eu-west-1"}),
    ],
)
def test_either_a_resource_is_named_or_where_to_look(
    monkeypatch: pytest.MonkeyPatch, arn: str | None, options: Any
) -> None:
    with pytest.raises(CliError, match="either a resource, or an account") as refused:
        printed(monkeypatch, arn, **options)
    assert refused.value.code == 2
