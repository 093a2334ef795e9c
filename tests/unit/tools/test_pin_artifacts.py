"""A packaged template names the versions of its artifacts, and only those that hold the build."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools.pin_artifacts import ARTIFACTS, NotWhatWasBuiltError, pin

BUCKET = "artifacts"
FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"


class Bucket:
    """A versioned bucket: the newest object of a key answers to whoever names no version."""

    def __init__(self, *, is_versioned: bool = True) -> None:
        self._versions: dict[str, list[bytes]] = {}
        self._is_versioned = is_versioned

    def put(self, key: str, body: bytes) -> str:
        self._versions.setdefault(key, []).append(body)
        return f"s3://{BUCKET}/{key}"

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        newest = len(self._versions[Key])
        return {"VersionId": f"v{newest}"} if self._is_versioned else {}

    def get_object(self, *, Bucket: str, Key: str, VersionId: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._versions[Key][int(VersionId[1:]) - 1])}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "Collector"
    (folder / "package").mkdir(parents=True)
    (folder / "app.py").write_text("handler = 1")
    (folder / "package" / "__init__.py").write_text("")
    (tmp_path / "machine.yaml").write_text("StartAt: Initialize")
    return tmp_path


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__in", "/__in").replace("_py", ".py"), text)
    return buffer.getvalue()


THE_BUILD = zipped(app_py="handler = 1", package__init___py="")


def template(kind: str, **properties: str) -> dict[str, Any]:
    return {"Resources": {"One": {"Type": kind, "Properties": properties}}}


def pin_one(bucket: Bucket, built: Path, kind: str, path: str, url: str) -> dict[str, Any]:
    packaged = template(kind, **{ARTIFACTS[kind]: url})
    before = template(kind, **{ARTIFACTS[kind]: path})
    [line] = pin(bucket, before, packaged, built)  # type: ignore[arg-type]
    assert line.startswith("One  ")
    artifact: dict[str, Any] = packaged["Resources"]["One"]["Properties"][ARTIFACTS[kind]]
    return artifact


def test_a_package_is_named_with_its_version(built: Path) -> None:
    bucket = Bucket()
    bucket.put("a/1", b"what an earlier delivery left")
    url = bucket.put("a/1", THE_BUILD)
    artifact = pin_one(bucket, built, FUNCTION, "Collector", url)
    assert artifact == {"Bucket": BUCKET, "Key": "a/1", "Version": "v2"}


def test_a_file_is_named_with_its_version(built: Path) -> None:
    bucket = Bucket()
    url = bucket.put("a/2", b"StartAt: Initialize")
    artifact = pin_one(bucket, built, MACHINE, "machine.yaml", url)
    assert artifact["Version"] == "v1"


@pytest.mark.parametrize(
    "body",
    [
        zipped(app_py="handler = 2", package__init___py=""),
        zipped(app_py="handler = 1"),
        zipped(app_py="handler = 1", package__init___py="", more_py=""),
        b"no zip",
    ],
    ids=["other content", "a file less", "a file more", "no zip"],
)
def test_an_object_that_somebody_else_left_under_the_name_is_refused(
    built: Path, body: bytes
) -> None:
    bucket = Bucket()
    url = bucket.put("a/1", body)
    with pytest.raises(NotWhatWasBuiltError, match="find out who wrote it"):
        pin_one(bucket, built, FUNCTION, "Collector", url)


def test_a_bucket_without_versions_is_refused(built: Path) -> None:
    bucket = Bucket(is_versioned=False)
    url = bucket.put("a/1", THE_BUILD)
    with pytest.raises(NotWhatWasBuiltError, match="enable versioning"):
        pin_one(bucket, built, FUNCTION, "Collector", url)


def test_an_artifact_of_a_type_that_nobody_thought_of_is_refused(built: Path) -> None:
    packaged = template("AWS::Serverless::Api", DefinitionUri="s3://artifacts/a/1")
    with pytest.raises(NotWhatWasBuiltError, match="cannot pin DefinitionUri"):
        list(pin(Bucket(), packaged, packaged, built))  # type: ignore[arg-type]


SNIPPET = "Saved:\n  Type: AWS::Athena::NamedQuery\n  Properties: {QueryString: SELECT 1}\n"


def including(name: str, location: str) -> dict[str, Any]:
    return {"Resources": {"Fn::Transform": {"Name": name, "Parameters": {"Location": location}}}}


def test_included_resources_are_inserted_from_the_build(built: Path) -> None:
    (built / "athena.yaml").write_text(SNIPPET)
    before = including("AWS::Include", "athena.yaml")
    packaged = including("AWS::Include", Bucket().put("a/3", b"what somebody else wrote"))
    [line] = pin(Bucket(), before, packaged, built)  # type: ignore[arg-type]
    assert line.startswith("athena.yaml  inserted  sha256 ")
    query = {"Type": "AWS::Athena::NamedQuery", "Properties": {"QueryString": "SELECT 1"}}
    assert packaged == {"Resources": {"Saved": query}}


def test_another_macro_is_refused(built: Path) -> None:
    before = including("Surprise", "athena.yaml")
    with pytest.raises(NotWhatWasBuiltError, match="macro Surprise"):
        list(pin(Bucket(), before, before, built))  # type: ignore[arg-type]
