"""What must be in the environment before the first import of what is tested."""

import os

import pytest

os.environ |= {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # 30 s of start-up for images that nobody describes
    "POWERTOOLS_METRICS_NAMESPACE": "CIDB2",
    "POWERTOOLS_SERVICE_NAME": "cidb2",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


def pytest_configure(config: pytest.Config) -> None:
    # pytest resets the filter by which the product itself silences this.
    config.addinivalue_line("filterwarnings", "ignore:No application metrics to publish")
