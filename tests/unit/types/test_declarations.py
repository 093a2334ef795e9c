"""Every declaration says what AWS's models and lists know. Nothing is called."""

import pytest

from cidb2.types.catalog import DECLARED
from cidb2.types.declaration import ServiceTypes
from tests.support.declaration_faults import told
from tests.support.declarations import faults_of


@pytest.mark.parametrize("service", DECLARED.values(), ids=[*DECLARED])
def test_a_declaration_says_what_aws_knows(service: ServiceTypes) -> None:
    assert told(faults_of(service)) == ""
