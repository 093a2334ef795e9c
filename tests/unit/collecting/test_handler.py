"""A collector's handler refuses, before anything else, what is no request of the machine's."""

from typing import Any, cast

import pytest

from cidb2.collecting.handler import collector_handler
from cidb2.collecting.service import Collector, Service
from cidb2.errors import InvalidInputError
from tests.support.events import load_event
from tests.support.invocation import Context

KMS = Collector("kms", (Service("kms", cast("Any", None)),))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": {"accountId": "1234"}}, "account.accountId"),
        ({"run": {}}, "run"),
        ({"continuation": "next"}, "continuation"),
        ({"surplus": 1}, "event"),
    ],
)
def test_an_event_of_another_form_is_refused_by_its_field(
    changes: dict[str, Any], field: str
) -> None:
    handler = collector_handler(KMS)
    with pytest.raises(InvalidInputError, match=rf"^{field}: "):
        handler(load_event("collector") | changes, cast("Any", Context("kms_collector")))
