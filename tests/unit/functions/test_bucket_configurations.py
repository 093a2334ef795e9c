"""The configurations that most buckets do not have: lists, order, and what `core` leaves out."""

from importlib.util import find_spec, module_from_spec
from typing import Any, cast

import pytest

from cidb2.items.compare import change_of, is_news
from cidb2.items.digests import Digester
from cidb2.items.item import Change, live_item, statement
from cidb2.items.known import Known
from cidb2.items.resource import Resource
from cidb2.types.s3 import CORE, FURTHER
from functions.s3_collector.collector import S3Reader
from functions.s3_collector.configurations import CHOICES
from tests.support.builders import MOMENT, RUN_ID, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws
from tests.unit.functions.test_s3_collector import (
    ANSWERS,
    DENIED,
    NOTHING,
    SCOPE,
    bucket,
    s3,
    s3control,
)


@pytest.mark.parametrize("code", ["MethodNotAllowed", "UnsupportedArgument", "NotImplemented"])
def test_where_acceleration_is_not_offered_it_is_not_configured_and_where_denied_unknown(
    code: str,
) -> None:
    call = "get_bucket_accelerate_configuration"
    found = bucket(s3(**{call: client_error(code, status=405)}))
    assert (found.supplementary["AccelerateConfiguration"], found.unreadable) == (None, {})
    denied = bucket(s3(**{call: DENIED}))
    assert "AccelerateConfiguration" not in denied.supplementary
    assert {*denied.unreadable} == {"supplementaryConfiguration.AccelerateConfiguration"}


@pytest.mark.parametrize("call", ["get_bucket_replication", "get_bucket_website"])
def test_elsewhere_a_method_that_is_not_allowed_is_unknown(call: str) -> None:
    found = bucket(s3(**{call: client_error("MethodNotAllowed", status=405)}))
    assert {*found.unreadable} == {f"supplementaryConfiguration.{ANSWERS[call][0]}"}


def pages_of(*pages: dict[str, Any]) -> Any:
    """Return the pages of a list by their tokens, which are `1`, `2` and so on."""

    def answer(Bucket: str, ContinuationToken: str = "0") -> Any:
        assert Bucket == "mine"
        return {**NOTHING, **pages[int(ContinuationToken)]}

    return answer


FIRST = {"MetricsConfigurationList": [{"Id": "a"}], "IsTruncated": True}
METRICS = "supplementaryConfiguration.MetricsConfigurations"


def test_a_list_of_configurations_is_read_to_its_end() -> None:
    last = {"MetricsConfigurationList": [{"Id": "b"}], "IsTruncated": False}
    told = pages_of(
        {**FIRST, "NextContinuationToken": "1"},
        {"IsTruncated": True, "ContinuationToken": "1", "NextContinuationToken": "2"},
        last,
    )
    client = s3(list_bucket_metrics_configurations=told)
    assert bucket(client).supplementary["MetricsConfigurations"] == [{"Id": "a"}, {"Id": "b"}]
    assert client.calls["list_bucket_metrics_configurations"] == 3


@pytest.mark.parametrize(
    ("pages", "code"),
    [
        ([FIRST], "IncompleteAnswerError"),
        ([{**FIRST, "NextContinuationToken": "1"}, {}], "IncompleteAnswerError"),
        ([{**FIRST, "NextContinuationToken": "0"}], "PaginationError"),
    ],
)
def test_a_list_that_does_not_come_to_its_end_is_unknown(pages: list[Any], code: str) -> None:
    found = bucket(s3(list_bucket_metrics_configurations=pages_of(*pages)))
    assert found.unreadable_codes == {METRICS: code}
    assert "MetricsConfigurations" not in found.supplementary


def cors(*rules: str) -> Resource:
    return bucket(s3(get_bucket_cors={"CORSRules": [{"ID": rule} for rule in rules]}))


def website(*prefixes: str) -> Resource:
    rules = [{"Condition": {"KeyPrefixEquals": prefix}} for prefix in prefixes]
    return bucket(s3(get_bucket_website={"RoutingRules": rules}))


@pytest.mark.parametrize("of", [cors, website])
def test_rules_of_which_the_first_that_matches_counts_are_compared_in_order(of: Any) -> None:
    assert of("a", "b").content_hash != of("b", "a").content_hash
    assert of("a", "b").content_hash == of("a", "b").content_hash


def test_the_key_of_an_inventory_is_kept_and_nothing_omitted() -> None:
    place = {"Bucket": "arn:aws:s3:::reports", "Encryption": {"SSEKMS": {"KeyId": "key/k"}}}
    inventory = {"Id": "a", "Destination": {"S3BucketDestination": place}}
    told = {"InventoryConfigurationList": [inventory], "IsTruncated": False}
    found = bucket(s3(list_bucket_inventory_configurations=told))
    assert found.supplementary["InventoryConfigurations"] == [inventory]
    assert found.omitted == ()


def core(client: FakeAws) -> Resource:
    """Return the bucket without the configurations that `core` leaves out."""
    account = cast("Any", FakeAccount(s3=client, s3control=s3control()))
    reading = S3Reader(account, SCOPE, a_run(), CHOICES["core"])
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    resource = reading.read(listed)
    assert resource is not None
    return resource


def known_by(resource: Resource) -> tuple[Known, Any]:
    item = live_item(resource, SCOPE, RUN_ID, Change.CREATED, MOMENT)
    said, digest = statement(resource.content_hash, resource.unreadable_codes), Digester()
    return Known(digest(resource.content_hash), digest(said), digest), item


def test_core_leaves_the_further_configurations_unasked_and_absent() -> None:
    client = s3()
    found = core(client)
    assert {*found.supplementary} == {*CORE, "AccountPublicAccessBlock"}
    assert found.unreadable == {}
    asked = {call for call, (field, _, _) in ANSWERS.items() if field in FURTHER}
    assert len(asked) == len(FURTHER)
    assert not asked & client.calls.keys()


@pytest.mark.parametrize(("before", "after"), [(core, bucket), (bucket, core)])
def test_a_bucket_with_and_without_its_further_configurations_is_unchanged_but_news(
    before: Any, after: Any
) -> None:
    known, item = known_by(before(s3()))
    today = after(s3())
    assert change_of(today, known, item) is Change.UNCHANGED
    assert is_news(today, known)
    opened = after(s3(get_bucket_versioning={"Status": "Suspended"}))
    assert change_of(opened, known, item) is Change.CHANGED


def test_a_further_configuration_that_changes_is_a_change() -> None:
    known, item = known_by(bucket(s3()))
    payer = bucket(s3(get_bucket_request_payment={"Payer": "Requester"}))
    assert change_of(payer, known, item) is Change.CHANGED
    unconfigured = bucket(s3(get_bucket_website=client_error("NoSuchWebsiteConfiguration")))
    assert change_of(unconfigured, known, item) is Change.CHANGED


def test_a_configuration_that_was_denied_and_is_now_left_out_is_no_change() -> None:
    known, item = known_by(bucket(s3(get_bucket_website=DENIED)))
    assert change_of(core(s3()), known, item) is Change.UNCHANGED


def app_anew() -> Any:
    """Return the module of the handler as a new process imports it."""
    spec = find_spec("functions.s3_collector.app")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("chosen", "fields"), [("", {*CORE, *FURTHER}), ("core", {*CORE})])
def test_the_functions_variable_chooses_what_is_read(
    monkeypatch: pytest.MonkeyPatch, chosen: str, fields: set[str]
) -> None:
    monkeypatch.setenv("S3_BUCKET_CONFIGURATIONS", chosen)
    [service] = (each for each in app_anew().COLLECTOR.services if each.name == "s3")
    account = cast("Any", FakeAccount(s3=s3(), s3control=s3control()))
    reading = service.listings[0].reader(account, SCOPE, a_run())
    [listed] = [listed for page in reading.pages(None) for listed in page.listed]
    assert {*reading.read(listed).supplementary} == fields | {"AccountPublicAccessBlock"}
