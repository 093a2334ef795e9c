"""Write every policy in its deployed form, as input for parliament.

`python -m tools.deployed_policies build/policies` deploys both templates to the embedded AWS and
writes the resolved documents to `<folder>/<logical id>[-<number>].json`. Works offline.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.emulator.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.deployment.stack import StackResource

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = {"KeyPolicy", "PolicyDocument"}


def documents(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the policy documents in a resource's properties.

    X-Ray policies are in text form. Trust policies are excluded: they have no resources.
    """
    if isinstance(value, list):
        for item in value:
            yield from documents(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in DOCUMENTS:
                yield json.loads(item) if isinstance(item, str) else item
            else:
                yield from documents(item)


def write(folder: Path, resource: StackResource) -> None:
    for number, document in enumerate(documents(resource.properties)):
        path = folder / f"{resource.logical_id}-{number}.json"
        path.write_text(json.dumps(document, indent=2) + "\n")


def main() -> None:
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with EmbeddedAws(ROOT / "template.yaml") as aws:
        resources = [*aws.stack.resources.values()]
        given = {"CollectorRoleArns": aws.stack.outputs["CollectorRoleArns"]}
    with EmbeddedAws(ROOT / "member-account" / "template.yaml", given) as aws:
        resources += aws.stack.resources.values()
    for resource in resources:
        write(folder, resource)


if __name__ == "__main__":
    main()
