"""A field has a value, is not configured, or could not be read; and one costs no other."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from cidb2.aws.endpoints import EndpointNotOfferedError
from cidb2.collecting.fields import DEEPEST, FieldReader, answer_of, document, tag_map
from cidb2.errors import ResourceGoneError
from cidb2.items.resource import CONFIGURATION, TAGS, supplement
from cidb2.reasons import Reason, error_code
from tests.support.builders import a_failure, client_error

POLICY = supplement("Policy")
ABSENT = frozenset({"NoSuchBucketPolicy"})


def raising(error: Exception) -> Callable[[], Any]:
    def call() -> Any:
        raise error

    return call


@pytest.fixture
def fields() -> FieldReader:
    return FieldReader(gone=frozenset({"NoSuchBucket"}))


@pytest.mark.parametrize("value", [{"Statement": []}, "", 0, [], None])
def test_what_aws_answers_is_the_value(fields: FieldReader, value: Any) -> None:
    assert fields.read(POLICY, lambda: value) == value
    assert fields.supplementary() == {"Policy": value}
    assert fields.unreadable == {}


def test_a_code_that_says_not_configured_is_null(fields: FieldReader) -> None:
    error = client_error("NoSuchBucketPolicy", status=404)
    assert fields.read(POLICY, raising(error), absent=ABSENT) is None
    assert fields.supplementary() == {"Policy": None}
    assert fields.unreadable == {}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (client_error("AccessDenied"), "AccessDenied"),
        (client_error("Throttling"), "Throttling"),
        (client_error(""), "Unknown"),
        (ReadTimeoutError(endpoint_url="https://aws"), "ReadTimeoutError"),
        (ConnectTimeoutError(endpoint_url="https://aws"), "ConnectTimeoutError"),
        (EndpointConnectionError(endpoint_url="https://aws"), "EndpointConnectionError"),
        (BotoCoreError(), "BotoCoreError"),
    ],
)
def test_any_other_error_makes_the_field_unreadable_and_names_its_code(
    fields: FieldReader, error: Exception, code: str
) -> None:
    assert fields.read(POLICY, raising(error), absent=ABSENT) is None
    assert fields.supplementary() == {}
    assert {name: each.error_code for name, each in fields.unreadable.items()} == {POLICY: code}
    assert fields.read(TAGS, lambda: {"a": "b"}) == {"a": "b"}
    assert fields.tags() == {"a": "b"}


def test_a_code_that_says_gone_ends_the_reading(fields: FieldReader) -> None:
    with pytest.raises(ResourceGoneError, match="NoSuchBucket"):
        fields.read(POLICY, raising(client_error("NoSuchBucket")), absent=frozenset())
    assert fields.unreadable == {}


def test_a_code_that_can_say_both_says_not_configured_where_it_is_named_so(
    fields: FieldReader,
) -> None:
    error = client_error("NoSuchBucket", status=404)
    assert fields.read(POLICY, raising(error), absent=frozenset({"NoSuchBucket"})) is None
    assert fields.supplementary() == {"Policy": None}


def test_a_mistake_of_ours_is_not_taken_for_an_answer(fields: FieldReader) -> None:
    with pytest.raises(KeyError):
        fields.read(POLICY, raising(KeyError("Policy")))


def test_no_tags_are_an_empty_map_and_unreadable_tags_are_none(fields: FieldReader) -> None:
    assert fields.tags() == {}
    fields.read(TAGS, raising(client_error("NoSuchTagSet")), absent=frozenset({"NoSuchTagSet"}))
    assert fields.tags() == {}
    fields.read(TAGS, raising(client_error("AccessDenied")))
    assert fields.tags() is None


def test_only_supplements_are_in_the_supplementary_configuration(fields: FieldReader) -> None:
    fields.keep(TAGS, {"a": "b"})
    fields.keep(supplement("Acl"), {"Owner": "me"})
    fields.keep("configuration", {"Name": "mine"})
    assert fields.supplementary() == {"Acl": {"Owner": "me"}}
    assert fields.get("configuration") == {"Name": "mine"}
    assert fields.get("never kept") is None


def test_a_field_can_be_marked_unreadable_without_a_call(fields: FieldReader) -> None:
    fields.mark_unreadable(POLICY, a_failure())
    assert fields.unreadable == {POLICY: a_failure()}


def test_a_field_that_a_service_control_policy_closes_says_so(fields: FieldReader) -> None:
    words = "with an explicit deny in a service control policy"
    fields.read(POLICY, raising(client_error("AccessDenied", words)))
    assert fields.unreadable[POLICY].reason is Reason.SCP_DENIED


@pytest.mark.parametrize(
    "error",
    [
        client_error("AccessDeniedException", "Unable to determine service/operation name to be"),
        client_error("UnknownOperationException"),
        EndpointNotOfferedError(service="s3-control", region="mx-central-1"),
    ],
    ids=error_code,
)
def test_a_field_that_the_region_does_not_offer_is_not_configured(
    fields: FieldReader, error: Exception
) -> None:
    assert fields.read(POLICY, raising(error)) is None
    assert fields.read(TAGS, raising(error)) is None
    assert fields.supplementary() == {"Policy": None}
    assert fields.tags() == {}
    assert fields.unreadable == {}


def test_what_a_resource_is_no_region_can_do_without(fields: FieldReader) -> None:
    fields.read(CONFIGURATION, raising(client_error("UnsupportedOperationException")))
    assert fields.unreadable[CONFIGURATION].reason is Reason.NOT_OFFERED


def test_botocores_notes_are_not_part_of_the_answer() -> None:
    response = {"ResponseMetadata": {"RequestId": "r"}, "Status": "Enabled"}
    assert answer_of(response) == {"Status": "Enabled"}


def test_a_policy_is_decoded_from_its_json() -> None:
    assert document('{"Statement": [], "a": -1.5, "b": 7}') == {"Statement": [], "a": -1.5, "b": 7}


@pytest.mark.parametrize(
    "text", ["", "not json", '{"a":1', "7", "null", '"text"', "NaN", '{"a":01}', "1" * 5_000]
)
def test_text_that_is_no_object_and_no_list_stays_as_it_is(text: str) -> None:
    assert document(text) == text


@pytest.mark.parametrize("kind", ["list", "map"])
def test_a_policy_that_is_nested_too_deeply_stays_text(kind: str) -> None:
    def nested(levels: int) -> str:
        opening, closing = ("[", "]") if kind == "list" else ('{"a":', "}")
        return opening * levels + ("" if kind == "list" else "1") + closing * levels

    deepest = document(nested(DEEPEST - 1))
    assert json.dumps(deepest, separators=(",", ":")) == nested(DEEPEST - 1)
    for levels in (DEEPEST + 1, 480, 500, 990, 1_000, 100_000):
        assert document(nested(levels)) == nested(levels)


def test_a_wide_policy_is_not_a_deep_one() -> None:
    assert document(json.dumps([[]] * 1_000)) == [[]] * 1_000


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("999999999999999999", 10**18 - 1),
        ("-999999999999999999", 1 - 10**18),
        ("1000000000000000000", "1000000000000000000"),
        ("9" * 5_000, "9" * 5_000),
        ("1e308", 1e308),
        ("1e309", "1e309"),
        ("-1E999", "-1E999"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_a_number_that_not_everybody_can_read_is_kept_as_its_text(number: str, kept: Any) -> None:
    assert document(f'{{"a":[{number}]}}') == {"a": [kept]}


def test_tags_become_a_map_whatever_their_service_calls_them() -> None:
    assert tag_map([{"Key": "Größe", "Value": ""}]) == {"Größe": ""}
    assert tag_map([{"TagKey": "a", "TagValue": "b"}], "TagKey", "TagValue") == {"a": "b"}
