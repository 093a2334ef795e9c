"""The table of prices: its form, where each is from, and what may take its place."""

import json
import re
from datetime import date

import pytest

from cidb2.aws import usage
from cidb2.errors import ConfigurationError
from cidb2.ledger.prices import Prices
from tests.support.template import ROOT, TEMPLATE, parsed

TABLE = json.loads((ROOT / "layers/shared/cidb2/ledger/prices.json").read_text(encoding="utf-8"))
USED_BUT_NOT_PRICED = {usage.LAMBDA_SECONDS}


def test_every_price_names_its_page_and_the_table_its_date() -> None:
    assert date.fromisoformat(TABLE["date"]).isoformat() == TABLE["date"]
    assert TABLE["region"] == "us-east-1"
    for entry in TABLE["prices"].values():
        assert entry["source"].startswith("https://aws.amazon.com/")
        assert entry["price"] > 0
        assert entry["each"] >= 1


def test_whatever_is_counted_has_its_price() -> None:
    named = {value for name, value in vars(usage).items() if name.isupper()}
    assert {name for name in named if isinstance(name, str)} - USED_BUT_NOT_PRICED == {
        *TABLE["prices"]
    }


def test_costs_are_told_by_service() -> None:
    costs = Prices.load().of({"lambdaGbSeconds": 1e6, "lambdaRequests": 5e6, "lambdaSeconds": 9})
    assert costs["lambda"] == pytest.approx(13.3334 + 1)
    assert {name: cost for name, cost in costs.items() if cost} == {"lambda": costs["lambda"]}
    services = ("lambda", "stepFunctions", "sns", "sqs", "dynamodb", "s3", "kms")
    assert tuple(costs) == services


def test_a_price_may_take_the_place_of_another() -> None:
    prices = Prices.load(["kmsRequests=0.5", "s3Reads=.25"])
    assert prices.overridden == ("kmsRequests", "s3Reads")
    costs = prices.of({"kmsRequests": 2, "s3Reads": 4, "s3Writes": 1000})
    assert costs["kms"] == 1
    assert costs["s3"] == pytest.approx(1.005)


@pytest.mark.parametrize("override", ["nothing=1", "kmsRequests", "kmsRequests=", "kmsRequests=x"])
def test_what_is_no_price_is_named(override: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(override.partition("=")[0])):
        Prices.load([override])


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("", True),
        ("s3Reads=0.5", True),
        ("s3Reads=.00000043,lambdaGbSeconds=0.0000166667", True),
        ("s3Read=0.5", False),
        ("s3Reads=0.5,", False),
        (",s3Reads=0.5", False),
        ("s3Reads=a", False),
        ("s3Reads=0.5 kmsRequests=1", False),
    ],
)
def test_the_template_takes_what_the_table_knows(given: str, is_taken: bool) -> None:
    pattern = parsed(TEMPLATE)["Parameters"]["PriceOverrides"]["AllowedPattern"]
    assert bool(re.search(pattern, given)) is is_taken


def test_the_template_takes_every_name_of_the_table() -> None:
    pattern = parsed(TEMPLATE)["Parameters"]["PriceOverrides"]["AllowedPattern"]
    everything = ",".join(f"{name}=1" for name in TABLE["prices"])
    assert re.search(pattern, everything)
    assert not re.search(pattern, "lambdaSeconds=1")
