"""What must be in the environment before the first import of what is tested."""

import os

os.environ |= {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # 30 s of start-up for images that nobody describes
    "POWERTOOLS_METRICS_NAMESPACE": "CIDB2",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "STACK_NAME": "cidb2-test",
}
