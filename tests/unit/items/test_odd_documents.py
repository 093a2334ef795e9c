"""Whatever one resource contains costs that resource alone: no neighbour, and never a deletion."""

import gzip
import json
from typing import Any

from hypothesis import given

from cidb2.collecting.fields import document
from cidb2.items.resource import Resource
from tests.support.builders import REGION, a_resource, client_error
from tests.support.collecting import Collecting, Listing, keys
from tests.support.strategies import any_texts, policies


def strictly(text: str | bytes) -> Any:
    """Return what a text of JSON says, as one reads it who takes the standard at its word."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    value = json.loads(text, parse_constant=refuse)
    assert json.dumps(value, ensure_ascii=False).encode()
    return value


@given(policies(), any_texts, any_texts)
def test_whatever_a_policy_is_its_resource_and_its_neighbours_are_collected_alike(
    text: str, name: str, tag: str
) -> None:
    policy = document(text)
    odd = a_resource(
        "odd",
        resource_name=name,
        configuration={"RolePolicyList": [{"PolicyDocument": policy}], "Description": name},
        supplementary={"Policy": policy},
        tags={tag: tag},
    )
    collecting = Collecting({REGION: Listing([[*keys("before"), odd, *keys("after")]])})
    collecting.collect()
    assert collecting.outcomes == {REGION: ("COMPLETE", None)}
    assert len(collecting.changes) == 3
    for message in collecting.sns.delivered:
        strictly(message)
    [listing] = [body for key, body in collecting.s3.objects.items() if key.startswith("lake/")]
    for line in gzip.decompress(listing).splitlines():
        row = strictly(line)
        strictly(row["configuration"])
        strictly(row["supplementaryconfiguration"])


class Indescribable(Resource):
    """A resource that nobody foresaw: it was read, and cannot be told."""

    @property
    def content_hash(self) -> str:
        raise RecursionError


def indescribable(resource: Resource) -> Resource:
    return Indescribable(**{name: getattr(resource, name) for name in Resource.__match_args__})


def test_a_resource_that_cannot_be_described_costs_itself_alone_and_is_not_deleted() -> None:
    odd, *others = keys("odd", "before", "after")
    listing = Listing([[others[0], odd, others[1]]], instead={odd.arn: indescribable(odd)})
    collecting = Collecting({REGION: listing})
    collecting.know(odd)
    collecting.collect()
    assert collecting.changes == {one.arn: "CREATED" for one in others}
    assert collecting.outcomes == {REGION: ("PARTIAL", "INTERNAL")}
    row = collecting.scopes[REGION]
    assert (row["errorCode"], row["items"], row["published"]) == ("RecursionError", 2, 2)


def test_what_the_hub_refuses_is_no_resources_fault() -> None:
    large = a_resource("large", configuration={"Text": "x" * 300_000})
    collecting = Collecting({REGION: Listing([[large, *keys("next")]])})
    collecting.s3.refusal, collecting.s3.refused = client_error("SlowDown"), "oversize/"
    collecting.collect()
    assert collecting.outcomes == {REGION: ("FAILED", "STORAGE_UNAVAILABLE")}
    assert collecting.published == []
