"""A hub in moto for each test that asks for one, and what its functions log."""

import logging
from collections.abc import Iterator

import pytest

from cidb2.collecting.handler import collector_handler
from cidb2.collecting.service import Collector, Service
from cidb2.observability import logger
from functions.ec2_collector import app as ec2_app
from functions.iam_collector import app as iam_app
from tests.support.hub import Hub, deployed
from tests.support.wire import Wire


@pytest.fixture
def hub() -> Iterator[Hub]:
    with deployed() as stack:
        yield stack


@pytest.fixture
def wire(hub: Hub) -> Wire:
    return hub.wire


@pytest.fixture
def one_listing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the collectors of EC2 and IAM make one listing each, which stands for any other."""
    for app, name in (
        (ec2_app, "DescribeInstances"),
        (iam_app, "GetAccountAuthorizationDetails"),
    ):
        [service] = app.COLLECTOR.services
        [listing] = [each for each in service.listings if each.name == name]
        collector = Collector(service.name, (Service(service.name, (listing,)),))
        monkeypatch.setattr(app, "handler", collector_handler(collector))


class Log(logging.Handler):
    """Keeps the records that the functions log."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def saying(self, message: str) -> list[logging.LogRecord]:
        """Return the records with that message."""
        return [record for record in self.records if record.getMessage() == message]


@pytest.fixture
def log() -> Iterator[Log]:
    kept = Log()
    underlying = logging.getLogger(logger.service)
    underlying.addHandler(kept)
    yield kept
    underlying.removeHandler(kept)
