"""What comes in is good, or is answered by one message: the field, the problem, what is allowed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastjsonschema import JsonSchemaValueException
from fastjsonschema.draft07 import CodeGeneratorDraft07
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cidb2.errors import InvalidInputError
from cidb2.items.item import Pointer, without_claimed
from cidb2.services import SCHEMA, SERVICES
from cidb2.validation import check, recogniser, validator
from tests.support.builders import ACCOUNT, TOPIC_ARN, an_item
from tests.support.events import event_names, load_event
from tests.support.strategies import damaged, json_values, places

NAMED = ", ".join(SERVICES)
ONE_OF_THE_SERVICES = f"one of {NAMED}"
SCHEMAS = ("execution-input", "collection-request", "item")
ID = "a string of 12 digits"
ROLE_KEYS = "a list of 12-digit account ids"


def complaint(schema: str, document: Any, **options: bool) -> str:
    """Return the one message with which a document is refused."""
    with pytest.raises(InvalidInputError) as refused:
        check(schema, document, "input", **options)
    return str(refused.value)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_is_a_valid_schema(schema: str) -> None:
    described: Any = validator(schema).schema
    Draft202012Validator.check_schema(described)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"accounts": [ACCOUNT, ACCOUNT]},
        {"accounts": "organization"},
        {"accounts": {"organizational_units": ["ou-ab12-cd345678", "r-ab12"]}},
        {"accounts": [ACCOUNT], "exclude_accounts": []},
        {"regions": ["eu-west-1", "us-gov-west-1", "ap-southeast-4"]},
        {"exclude_regions": []},
        {"regions": ["eu-west-1"], "exclude_regions": ["eu-west-1", "mx-central-1"]},
        {"services": [*SERVICES]},
        {
            "config": {
                "batch_size": 1,
                "large_batch_size": 1_000,
                "large_batch_threshold": 0,
                "batch_delay_ms": 60_000,
                "sns_topic_arn": TOPIC_ARN,
                "publish": "changes",
                "allow_mass_deletion": True,
            }
        },
    ],
)
def test_good_input_passes(given: Any) -> None:
    check("execution-input", given, "input")


@pytest.mark.parametrize(
    ("given", "field", "allowed"),
    [
        (None, "input", "a JSON object"),
        ([], "input", "a JSON object"),
        ("organization", "input", "a JSON object"),
        ({"acounts": []}, "input", "a JSON object"),
        ({"accounts": None}, "accounts", "a list of 12-digit account ids, "),
        ({"accounts": 123456789012}, "accounts", "a list of 12-digit account ids, "),
        ({"accounts": []}, "accounts", "a list of 12-digit account ids, "),
        ({"accounts": "everything"}, "accounts", '"organization"'),
        ({"accounts": {}}, "accounts", '{"organizational_units": [...]}'),
        ({"accounts": {"ous": []}}, "accounts", '{"organizational_units": [...]}'),
        ({"accounts": [123456789012]}, "accounts[0]", ID),
        ({"accounts": [ACCOUNT, "12345678901"]}, "accounts[1]", ID),
        ({"accounts": ["1234567890123"]}, "accounts[0]", ID),
        ({"accounts": ["12345678901x"]}, "accounts[0]", ID),
        ({"accounts": [f"{ACCOUNT}\n"]}, "accounts[0]", ID),
        ({"accounts": ["١٢٣٤٥٦٧٨٩٠١٢"]}, "accounts[0]", ID),
        (
            {"accounts": {"organizational_units": []}},
            "accounts.organizational_units",
            "a list of ids of organizational units",
        ),
        (
            {"accounts": {"organizational_units": ["ou-1"]}},
            "accounts.organizational_units[0]",
            "the id of an organizational unit",
        ),
        ({"exclude_accounts": ACCOUNT}, "exclude_accounts", ROLE_KEYS),
        ({"exclude_accounts": [1]}, "exclude_accounts[0]", ID),
        ({"regions": []}, "regions", "a list of region names"),
        ({"regions": "eu-west-1"}, "regions", "a list of region names"),
        ({"regions": ["eu-west"]}, "regions[0]", "a region name"),
        ({"regions": ["EU-WEST-1"]}, "regions[0]", "a region name"),
        ({"exclude_regions": "eu-west-1"}, "exclude_regions", "a list of region names"),
        ({"exclude_regions": ["Ireland"]}, "exclude_regions[0]", "a region name"),
        ({"services": []}, "services", f"a list of {NAMED}"),
        ({"services": ["iam", "fax"]}, "services[1]", ONE_OF_THE_SERVICES),
        ({"services": ["IAM"]}, "services[0]", ONE_OF_THE_SERVICES),
        ({"config": []}, "config", "an object of batch_size"),
        ({"config": {"batchSize": 1}}, "config", "an object of batch_size"),
        ({"config": {"batch_size": 0}}, "config.batch_size", "from 1 to 100"),
        ({"config": {"batch_size": 101}}, "config.batch_size", "from 1 to 100"),
        ({"config": {"batch_size": "10"}}, "config.batch_size", "a whole number"),
        ({"config": {"batch_size": 1.5}}, "config.batch_size", "a whole number"),
        ({"config": {"batch_size": True}}, "config.batch_size", "a whole number"),
        ({"config": {"batch_size": None}}, "config.batch_size", "a whole number"),
        ({"config": {"large_batch_size": 1_001}}, "config.large_batch_size", "from 1 to 1,000"),
        (
            {"config": {"large_batch_threshold": -1}},
            "config.large_batch_threshold",
            "from 0 to 1,000",
        ),
        ({"config": {"batch_delay_ms": 60_001}}, "config.batch_delay_ms", "from 0 to 60,000"),
        ({"config": {"sns_topic_arn": "topic"}}, "config.sns_topic_arn", "the stack's own topic"),
        ({"config": {"publish": "all"}}, "config.publish", "full or changes"),
        ({"config": {"publish": None}}, "config.publish", "full or changes"),
        ({"config": {"allow_mass_deletion": "yes"}}, "config.allow_mass_deletion", "true or false"),
    ],
)
def test_bad_input_is_refused_by_the_field_and_what_is_allowed(
    given: Any, field: str, allowed: str
) -> None:
    message = complaint("execution-input", given)
    assert message.startswith(f"{field}: ")
    assert "(allowed: " in message
    assert allowed in message.partition("(allowed: ")[2]
    assert "\n" not in message


def test_an_unknown_field_is_named() -> None:
    assert "'acounts' was unexpected" in complaint("execution-input", {"acounts": []})


def test_of_several_mistakes_one_is_named() -> None:
    message = complaint("execution-input", {"accounts": [1, 2], "config": {"batch_size": 0}})
    assert message.count("(allowed: ") == 1


def test_the_error_knows_its_field() -> None:
    with pytest.raises(InvalidInputError) as refused:
        check("execution-input", {"accounts": [1]}, "input")
    assert refused.value.field == "accounts[0]"


@given(json_values)
def test_any_json_is_good_input_or_refused_in_one_message(document: Any) -> None:
    try:
        check("execution-input", document, "input")
    except InvalidInputError as refused:
        assert str(refused).startswith(f"{refused.field}: ")
    else:
        assert isinstance(document, dict)


def test_the_sample_event_of_collectors_passes() -> None:
    check("collection-request", load_event("collector"), "event")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["run"], None, "run"),
        (["run", "runId"], "today", "run.runId"),
        (["run", "config", "publish"], "all", "run.config.publish"),
        (["run", "config", "batch_size"], 0, "run.config.batch_size"),
        (["run", "accounts", "bucket"], 1, "run.accounts.bucket"),
        (["run", "regions"], "eu-west-1", "run.regions"),
        (["run", "collectors", "iam"], "yes", "run.collectors.iam"),
        (["account", "accountId"], 123456789012, "account.accountId"),
        (["continuation"], {"key": "x"}, "continuation"),
        (["continuation"], "x", "continuation"),
        (["surplus"], 1, "input"),
    ],
)
def test_a_collectors_event_is_refused_by_its_field(
    path: list[str], value: Any, field: str
) -> None:
    event = place = load_event("collector")
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert complaint("collection-request", event).startswith(f"{field}: ")


@pytest.mark.parametrize("name", [*an_item()])
def test_a_message_must_have_every_field_of_an_item(name: str) -> None:
    item = {key: value for key, value in an_item().items() if key != name}
    assert f"'{name}'" in complaint("item", item)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schemaVersion", "2.0"),
        ("runId", "20261124T034830Z"),
        ("scope", "234567890123/kms"),
        ("change", "UPDATED"),
        ("accountId", "23456789012"),
        ("awsRegion", "EU"),
        ("resourceType", "Key"),
        ("resourceId", ""),
        ("resourceName", 1),
        ("arn", "key-1"),
        ("arn", "arn:aws:kms:eu-west-1:234567890123:" + "x" * 2_048),
        ("tags", ["a"]),
        ("tags", {"a": 1}),
        ("configuration", "{}"),
        ("supplementaryConfiguration", None),
        ("configurationItemCaptureTime", "2026-11-24T03:48:30Z"),
        ("configurationItemStatus", "Fine"),
        ("contentHash", "0" * 63),
        ("unreadable", None),
        ("unreadable", {"tags": 403}),
        ("surplus", 1),
    ],
)
def test_a_message_with_a_wrong_field_is_refused(field: str, value: Any) -> None:
    assert complaint("item", {**an_item(), field: value})


@pytest.mark.parametrize("field", ["tags", "configuration", "supplementaryConfiguration"])
def test_a_message_with_a_pointer_must_not_have_what_the_pointer_leads_to(field: str) -> None:
    item = an_item()
    large = {"tags", "configuration", "supplementaryConfiguration"}
    claimed = {name: value for name, value in item.items() if name not in large}
    claimed["pointer"] = {"bucket": "bucket", "key": "key"}
    check("item", claimed, "message")
    assert complaint("item", {**claimed, field: {}}).startswith(field)


@pytest.mark.parametrize("pointer", [None, {}, {"bucket": "b", "key": "k"}, {"bucket": "bucket"}])
def test_a_pointer_must_lead_somewhere(pointer: Any) -> None:
    large = {"tags", "configuration", "supplementaryConfiguration"}
    claimed = {name: value for name, value in an_item().items() if name not in large}
    assert complaint("item", {**claimed, "pointer": pointer}).startswith("pointer")


secrets = st.integers(10**8, 10**9).map(lambda number: f"hunter{number}")


@given(st.data(), secrets)
def test_without_quoting_no_value_of_the_document_is_repeated(
    data: st.DataObject, secret: str
) -> None:
    item: dict[str, Any] = {**an_item()}
    field = data.draw(st.sampled_from([*item]))
    wrong = [secret, [secret], {"password": [secret]}, {secret: secret}, {secret: [secret]}]
    item[field] = data.draw(st.sampled_from(wrong))
    item["configuration"] = data.draw(st.sampled_from([secret, [secret], {"password": secret}]))
    try:
        check("item", item, "message", quoting=False)
    except InvalidInputError as refused:
        assert secret not in str(refused)


def test_without_quoting_an_unknown_field_is_not_repeated_either() -> None:
    assert "hunter2" not in complaint("item", {**an_item(), "hunter2": 1}, quoting=False)


def test_without_quoting_the_message_still_says_what_is_allowed() -> None:
    message = complaint("item", {**an_item(), "accountId": "hunter2"}, quoting=False)
    assert message == "accountId: breaks 'pattern' of its schema (allowed: 12 digits)"


def test_quoting_says_what_was_found() -> None:
    assert "'all'" in complaint("execution-input", {"config": {"publish": "all"}})


def test_the_default_input_and_every_other_sample_of_one_pass() -> None:
    samples = [name for name in event_names() if name.startswith("execution-")]
    assert samples
    for name in samples:
        check("execution-input", load_event(name), "input")


def test_sample_messages_are_items() -> None:
    for record in load_event("reporter")["Records"]:
        check("item", json.loads(record["body"]), "message")


# --- recognised at once, or judged by jsonschema -------------------------------------------------

SOUND = (
    ("item", an_item()),
    ("item", without_claimed(an_item(), Pointer(bucket="bucket", key="key"))),
    ("collection-request", load_event("collector")),
    *(("execution-input", load_event(f"execution-{name}")) for name in ("accounts", "narrow")),
)
"""Of each schema, what is good."""

odd_texts = st.sampled_from(
    ["", "\n", "\0", "\ud800", "١", "é", "e\u0301", "𝟙", "None", "{}", "{0}", "%s"]
)
odd_numbers = st.sampled_from(
    [True, False, 0, 1, -0.0, 1.0, 1.5, 1e300, float("inf"), float("nan"), 10**400]
)
"""With the texts, what two readers of a schema may well take differently."""


def near(value: Any) -> st.SearchStrategy[Any]:
    """Draw what is hardly another text than `value`, or odd."""
    if not isinstance(value, str):
        return odd_texts | odd_numbers
    return (
        odd_numbers
        | odd_texts.map(lambda odd: value + odd)
        | odd_texts.map(lambda odd: odd + value)
    )


@st.composite
def nearly_sound(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a schema and a document that it may or may not accept."""
    schema, sound = draw(st.sampled_from(SOUND))
    values = [container[key] for container, key in places(sound)]
    values += [key for _, key in places(sound)]
    strange = st.sampled_from(values).flatmap(near) | json_values
    return schema, draw(damaged(sound, strange))


def is_recognised(schema: str, document: Any) -> bool:
    try:
        recogniser(schema)(document)
    except JsonSchemaValueException:
        return False
    return True


@settings(max_examples=200)
@given(nearly_sound())
def test_nothing_passes_that_jsonschema_refuses_and_nothing_else_is_refused(
    drawn: tuple[str, Any],
) -> None:
    schema, document = drawn
    is_valid = validator(schema).is_valid(document)
    assert is_valid or not is_recognised(schema, document)
    try:
        check(schema, document, "input")
    except InvalidInputError:
        assert not is_valid
    else:
        assert is_valid


@pytest.mark.parametrize(("schema", "document"), SOUND)
def test_what_is_good_needs_no_second_look(schema: str, document: Any) -> None:
    assert is_recognised(schema, document)


def keywords(schema: Any) -> Iterator[str]:
    """Yield every keyword in a schema; names of properties and definitions are none."""
    assert "$ref" not in schema or len(schema) == 1, "what stands beside it is passed over"
    for keyword, value in schema.items():
        yield keyword
        inner = value.values() if keyword in {"properties", "$defs"} else [value]
        for one in inner:
            if isinstance(one, dict):
                yield from keywords(one)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_has_no_keyword_that_its_recogniser_would_pass_over(schema: str) -> None:
    made: Any = CodeGeneratorDraft07({})  # type: ignore[no-untyped-call]
    known = made._json_keywords_to_function
    silent = {"$schema", "title", "description", "$defs", "$ref", "then", "else"}
    used = {*keywords(validator(schema).schema), *keywords(SCHEMA)}
    assert used <= known.keys() | silent


@pytest.mark.parametrize("name", ["runId", "scope", "accountId", "awsRegion", "arn", "contentHash"])
def test_a_line_end_behind_a_field_is_part_of_it(name: str) -> None:
    item: dict[str, Any] = {**an_item()}
    assert complaint("item", item | {name: f"{item[name]}\n"}).startswith(f"{name}: ")
