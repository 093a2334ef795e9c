"""Whatever comes in is answered: a clear error or the dead-letter queue; no neighbour is lost."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cidb2.errors import InvalidInputError, OrganizationUnreadableError
from cidb2.validation import validator
from tests.support.events import load_event
from tests.support.hub import Hub, deployed
from tests.support.messages import record, seen
from tests.support.strategies import damaged, json_values

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

SOUND_INPUTS = (
    load_event("execution-accounts") | {"config": {"batch_size": 10, "publish": "full"}},
    load_event("execution-narrow"),
    load_event("execution-types"),
    load_event("execution-default"),
)
FIELDS = {
    "input",
    "accounts",
    "exclude_accounts",
    "regions",
    "exclude_regions",
    "services",
    "types",
    "config",
}


@pytest.fixture(scope="module")
def stack() -> Iterator[Hub]:
    with deployed() as hub:
        yield hub


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(SOUND_INPUTS).flatmap(damaged))
def test_a_damaged_input_is_a_run_or_one_message_that_names_the_field_and_nothing_is_begun(
    stack: Hub, given_input: Any
) -> None:
    before = stack.objects(), stack.runs()
    try:
        run = stack.initialize(given_input)
    except (InvalidInputError, OrganizationUnreadableError) as refusal:
        message = str(refusal)
        assert re.split(r"[:.\[]", message)[0] in FIELDS
        assert isinstance(refusal, OrganizationUnreadableError) or "allowed: " in message
        assert "\n" not in message
        assert (stack.objects(), stack.runs()) == before
    else:
        assert validator("execution-input").is_valid(given_input)
        assert run["accounts"]["count"] > 0


ITEM = seen("damaged")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    bodies=st.lists(
        damaged(ITEM).map(json.dumps) | json_values.map(json.dumps) | st.text(max_size=40),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_a_damaged_message_is_refused_alone_and_its_neighbours_are_stored_once(
    stack: Hub, bodies: list[str], data: st.DataObject
) -> None:
    good = [seen(f"neighbour-{number}") for number in range(4)]
    records = [record(body, message_id=f"bad-{n}") for n, body in enumerate(bodies)]
    records += [record(item, message_id=f"good-{n}") for n, item in enumerate(good)]
    refused = stack.report(data.draw(st.permutations(records)))

    assert {one for one in refused if one.startswith("good")} == set()
    assert set(refused) == {f"bad-{n}" for n, body in enumerate(bodies) if not is_item(body)}
    stored = stack.items()
    assert all(stored[item["arn"]] == item for item in good)


def is_item(body: str) -> bool:
    try:
        return validator("item").is_valid(json.loads(body))
    except ValueError:
        return False
