"""Findings are counted with the scope: once, however often its collection is cut or repeated."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cidb2.items.findings.rule import Finding
from cidb2.run import Publish
from cidb2.times import iso
from tests.support.builders import ACCOUNT, CAPTURED_AT, REGION, a_config, a_resource, a_run
from tests.support.collecting import Collecting, Listing

ROTATION = "supplementaryConfiguration.RotationStatus"


def a_key(name: str, *, rotates: bool = False, **changes: Any) -> Any:
    given = {
        "configuration": {"KeyState": "Enabled"},
        "supplementary": {"RotationStatus": {"KeyRotationEnabled": rotates}},
    }
    return a_resource(name, **given | changes)


def sealed(name: str) -> Any:
    return a_key(name, supplementary={}, unreadable={ROTATION: "AccessDeniedException"})


def findings_of(collecting: Collecting) -> Any:
    return collecting.scopes[REGION]["findings"].get(Finding.KEY_WITHOUT_ROTATION)


def time_is_up() -> int:
    return 0


def test_the_row_of_a_scope_counts_and_names_what_is_of_note() -> None:
    keys = [a_key("off"), a_key("on", rotates=True), sealed("sealed")]
    collecting = Collecting({REGION: Listing([keys])})
    collecting.collect()
    assert findings_of(collecting) == {"count": 1, "unknown": 1, "arns": [keys[0].arn]}


def test_what_is_not_published_is_counted_too() -> None:
    run = a_run(config=a_config(publish=Publish.CHANGES))
    collecting = Collecting({REGION: Listing([[a_key("off")]])}, run=run)
    collecting.know(a_key("off"))
    collecting.collect()
    assert collecting.published == []
    assert findings_of(collecting)["count"] == 1


def test_findings_are_whole_after_a_collection_in_pieces() -> None:
    pages = [[a_key(f"{page}-{number}") for number in range(3)] for page in range(4)]
    collecting = Collecting({REGION: Listing(pages)})
    assert len(collecting.collect_to_the_end(time_is_up)) > 2
    assert findings_of(collecting) == {
        "count": 12,
        "unknown": 0,
        "arns": [key.arn for page in pages for key in page],
    }


def test_a_second_attempt_counts_nothing_twice() -> None:
    collecting = Collecting({REGION: Listing([[a_key("off")], [a_key("other")]])})
    first = collecting.collect(remaining_ms=time_is_up)
    for _ in range(2):
        collecting.collect(first["continuation"])
    assert findings_of(collecting)["count"] == 2
    collecting.collect()
    assert findings_of(collecting)["count"] == 2


def test_what_was_known_of_a_field_does_not_answer_for_today() -> None:
    collecting = Collecting({REGION: Listing([[sealed("key")]])})
    collecting.know(a_key("key"))
    collecting.collect()
    [item] = collecting.published
    assert item["supplementaryConfiguration"]["RotationStatus"] == {"KeyRotationEnabled": False}
    assert findings_of(collecting) == {"count": 0, "unknown": 1}


def test_what_nobody_has_changed_becomes_a_finding_when_its_date_comes() -> None:
    """A certificate is as it was, and not even published: what has changed is the time."""
    end = datetime(2027, 1, 1, tzinfo=UTC)
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
    run = a_run(config=a_config(publish=Publish.CHANGES))

    def certificate(read_at: datetime) -> Any:
        return a_resource(
            resource_type="AWS::CertificateManager::Certificate",
            resource_id=arn,
            arn=arn,
            configuration={"Status": "ISSUED", "NotAfter": iso(end)},
            captured_at=read_at,
        )

    def counted(read_at: datetime) -> Any:
        listing = Listing([[certificate(read_at)]])
        collecting = Collecting({REGION: listing}, service="acm", run=run)
        collecting.know(certificate(CAPTURED_AT))
        collecting.collect()
        assert collecting.published == []
        row = collecting.scopes[REGION]
        assert row["unchanged"] == 1
        return row["findings"]

    assert counted(end - timedelta(days=30)) == {}
    assert counted(end - timedelta(days=29))[Finding.CERTIFICATE_ENDS_SOON]["count"] == 1


def test_what_is_gone_is_no_finding() -> None:
    collecting = Collecting({REGION: Listing()})
    collecting.know(a_key("gone"))
    collecting.collect()
    assert collecting.scopes[REGION]["deleted"] == 1
    assert collecting.scopes[REGION]["findings"] == {}
