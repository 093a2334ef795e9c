"""Pin the S3 version of each artifact in a packaged template, so that nobody can swap one.

`python -m tools.pin_artifacts <built template> <packaged template>`. `sam package` omits versions,
so anyone with write access to the bucket could replace an object between the approval and the
execution of a change set. A version is immutable, and a change set keeps its template, so the
deployed code is the approved code. An included snippet is inserted, because AWS::Include accepts no
version. SAM reuses an existing object without comparing it, so each version is compared with what
was built. Rewrites the packaged template, prints the artifacts, and exits with 1 if any differs.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-functioncode.html
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import yaml
from samcli.yamlhelper import yaml_dump, yaml_parse

from local.deployment.template import INCLUDE, MACRO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3.client import S3Client

ARTIFACTS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""The property that names an artifact; its object form has Bucket, Key and Version."""

Template = dict[str, Any]


class NotWhatWasBuiltError(Exception):
    """An artifact cannot be pinned; the message says which and why."""


def files_of(built: Path) -> dict[str, bytes]:
    """Return the contents of a folder by path, following links like SAM."""
    return {
        path.relative_to(built).as_posix(): path.read_bytes()
        for folder, _, names in os.walk(built, followlinks=True)
        for path in (Path(folder, name) for name in names)
    }


def holds(body: bytes, built: Path) -> bool:
    """Return whether an object matches what was built: a file as is, a folder as a zip."""
    if built.is_file():
        return body == built.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(body)):
        return False
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        kept = {name: archive.read(name) for name in names if not name.endswith("/")}
    return len(names) == len(set(names)) and kept == files_of(built)


def pinned(client: S3Client, url: str, built: Path) -> tuple[dict[str, str], str]:
    """Return an artifact's bucket, key and version, and its SHA-256.

    Raises NotWhatWasBuiltError.
    """
    parts = urlsplit(url)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    version = client.head_object(Bucket=bucket, Key=key).get("VersionId", "null")
    if version == "null":
        raise NotWhatWasBuiltError(f"{url} has no version: enable versioning on the bucket")
    answer = client.get_object(Bucket=bucket, Key=key, VersionId=version)
    body = answer["Body"].read()
    if not holds(body, built):
        raise NotWhatWasBuiltError(f"{url} is not {built}: find out who wrote it, then delete it")
    return {"Bucket": bucket, "Key": key, "Version": version}, hashlib.sha256(body).hexdigest()


def insert_included(built: Template, packaged: Template, folder: Path) -> Iterator[str]:
    """Insert the resources of the template's included snippet; yield one line about it.

    AWS::Include would read the newest version of the object. Raises NotWhatWasBuiltError.
    """
    macro = built["Resources"].get(MACRO)
    if macro is None:
        return
    if macro["Name"] != INCLUDE:
        raise NotWhatWasBuiltError(f"cannot pin the output of macro {macro['Name']}")
    path = folder / macro["Parameters"]["Location"]
    body = path.read_bytes()
    del packaged["Resources"][MACRO]
    packaged["Resources"] |= yaml.safe_load(body)
    yield f"{path.name}  inserted  sha256 {hashlib.sha256(body).hexdigest()}"


def pin(client: S3Client, built: Template, packaged: Template, folder: Path) -> Iterator[str]:
    """Pin every artifact of a packaged template; yield one line for each.

    `built` is the template before packaging, with paths relative to `folder`. Raises
    NotWhatWasBuiltError.
    """
    yield from insert_included(built, packaged, folder)
    done: dict[str, tuple[dict[str, str], str]] = {}
    for name, resource in packaged["Resources"].items():
        for key, url in resource.get("Properties", {}).items():
            if not (isinstance(url, str) and url.startswith("s3://")):
                continue
            if ARTIFACTS.get(resource["Type"]) != key:
                raise NotWhatWasBuiltError(f"{name}: cannot pin {key} of {resource['Type']}")
            if url not in done:
                done[url] = pinned(
                    client, url, folder / built["Resources"][name]["Properties"][key]
                )
            where, digest = done[url]
            resource["Properties"][key] = where
            yield f"{name}  {where['Key']}  version {where['Version']}  sha256 {digest}"


def main() -> int:
    before, after = map(Path, sys.argv[1:])
    packaged = yaml_parse(after.read_text())
    try:
        for line in pin(
            boto3.client("s3"), yaml_parse(before.read_text()), packaged, before.parent
        ):
            print(line)
    except NotWhatWasBuiltError as error:
        print(error, file=sys.stderr)
        return 1
    after.write_text(yaml_dump(packaged))
    return 0


if __name__ == "__main__":
    sys.exit(main())
