"""Run parliament on the policies that tools/deployed_policies.py wrote.

Runs with the python of .tools/checks. parliament 1.6.4 ignores its own list of exceptions, so it is
here, with reasons. An exception that is no longer needed is an error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from parliament import analyze_policy_string

STANDARD = "parliament knows executions of express machines only; these machines are standard ones"

EXPECTED = {
    ("DataKey", "RESOURCE_STAR"): "in a key's policy `*` is the key itself",
    ("DataKey", "MISMATCHED_TYPE"): "the encryption context of CloudWatch Logs is an ARN",
    ("CollectorRole", "RESOURCE_STAR"): "an inventory cannot name its resources beforehand",
    ("CollectStateMachineMapPolicy", "RESOURCE_MISMATCH"): STANDARD,
    ("InventoryStateMachineRole", "RESOURCE_MISMATCH"): STANDARD,
}


# Managed policies with the statements that exceed the member role's inline policy.
FURTHER_POLICY = re.compile(r"CollectorPolicy\d+")


def main() -> None:
    paths = sorted(Path(sys.argv[1]).glob("*.json"))
    found = {}
    for path in paths:
        resource = path.stem.partition("-")[0]
        name = "CollectorRole" if FURTHER_POLICY.fullmatch(resource) else resource
        for finding in analyze_policy_string(path.read_text(), str(path)).findings:
            found[name, finding.issue] = finding
    problems = [f"{name}: {found[name, issue]}" for name, issue in found.keys() - EXPECTED]
    problems += [f"no longer found: {name}, {issue}" for name, issue in EXPECTED.keys() - found]
    if problems or not paths:
        sys.exit("\n".join(problems) or "no policies found")
    print(f"parliament: {len(paths)} policies, {len(found)} findings, all of them expected")


if __name__ == "__main__":
    main()
