"""Write the transformed template and state machines, as input for linters.

cfn-lint does not transform SAM templates: on the source it misses event sources and generated
policies. No linter follows a DefinitionUri. `python -m tools.transform_template template.yaml
build` writes `build/transformed.json` and, for each state machine, `build/<logical id>.asl.json`.
Works offline.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from samtranslator.public.exceptions import InvalidDocumentException

from local.deployment.template import Template, load_template

REGION = "us-east-1"


def upload(_folder: Path) -> str:
    """Return a URI like the one `sam package` writes instead of the folder."""
    return "s3://artifacts/key"


def take_definitions(template: Template) -> dict[str, str]:
    """Remove the ASL of each state machine from a transformed template; return it by logical id.

    A URI replaces it, as in `sam package`: cfn-lint cannot read a definition of hundreds of lines.
    Substitutions stay `${Name}`, which asl-validator accepts, except within an ARN.
    """
    taken = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            properties = resource["Properties"]
            lines = properties.pop("DefinitionString")["Fn::Join"][1]
            properties["DefinitionS3Location"] = {"Bucket": "artifacts", "Key": name}
            taken[name] = "\n".join(lines).replace("${Partition}", "aws")
    return taken


def main() -> None:
    source, folder = map(Path, sys.argv[1:])
    try:
        template = load_template(source, REGION, {}, upload)
    except InvalidDocumentException as error:
        sys.exit("\n".join([str(error), *map(str, error.causes)]))
    folder.mkdir(parents=True, exist_ok=True)
    definitions = take_definitions(template)
    (folder / "transformed.json").write_text(json.dumps(template, indent=2) + "\n")
    for name, definition in definitions.items():
        (folder / f"{name}.asl.json").write_text(definition + "\n")


if __name__ == "__main__":
    main()
