"""The environment is read once, and a mistake in it is named."""

from dataclasses import dataclass

import pytest

from cidb2.errors import ConfigurationError
from cidb2.settings import (
    CollectorSettings,
    InitializerSettings,
    ReporterSettings,
    ResultsSettings,
    Settings,
    chosen,
    read_from,
    required,
)

COMMON = {
    "AWS_REGION": "us-east-1",
    "ACCOUNT_ID": "123456789012",
    "RUNS_TABLE": "runs",
    "RUN_RETENTION_DAYS": "400",
}
COLLECTOR = COMMON | {
    "PARTITION": "aws-cn",
    "INVENTORY_TABLE": "inventory",
    "RESULTS_BUCKET": "results",
    "COLLECTOR_ROLE_NAME": "CIDB2-Collector-Role",
}
INITIALIZER = COMMON | {
    "RESULTS_BUCKET": "results",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
    "DEFAULT_BATCH_SIZE": "10",
    "LARGE_BATCH_SIZE": "20",
    "LARGE_BATCH_THRESHOLD": "100",
    "BATCH_DELAY_MS": "50",
    "ACCOUNT_CONCURRENCY": "50",
    "COLLECT_TIMEOUT_SECONDS": "21600",
}
REPORTER = COMMON | {
    "INVENTORY_TABLE": "inventory",
    "RESULTS_BUCKET": "results",
    "VERSION_RETENTION_DAYS": "30",
    "TOMBSTONE_RETENTION_DAYS": "60",
    "MAX_RECEIVE_COUNT": "5",
}
RESULTS = COMMON | {
    "INVENTORY_TABLE": "inventory",
    "RESULTS_BUCKET": "results",
    "CONSOLE_DOMAIN": "amazonaws.cn",
    "RUN_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:runs",
    "STACK_NAME": "cidb2-prod",
    "SETTLE_TIMEOUT_SECONDS": "900",
}


KINDS: list[tuple[type[Settings], dict[str, str]]] = [
    (CollectorSettings, COLLECTOR),
    (InitializerSettings, INITIALIZER),
    (ReporterSettings, REPORTER),
    (ResultsSettings, RESULTS),
]


@pytest.mark.parametrize(
    ("kind", "variables", "name"),
    [(kind, variables, name) for kind, variables in KINDS for name in variables],
)
def test_a_missing_variable_is_named(
    kind: type[Settings], variables: dict[str, str], name: str
) -> None:
    for without in (variables | {name: ""}, {k: v for k, v in variables.items() if k != name}):
        with pytest.raises(ConfigurationError, match=f"^{name}: not set$"):
            kind.from_env(without)


@pytest.mark.parametrize(
    ("kind", "variables", "name"),
    [
        (kind, variables, name)
        for kind, variables in KINDS
        for name, value in variables.items()
        if value.isdigit() and name != "ACCOUNT_ID"
    ],
)
def test_a_malformed_number_is_named_without_what_was_found(
    kind: type[Settings], variables: dict[str, str], name: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: not a valid int$") as raised:
        kind.from_env(variables | {name: "ten"})
    assert raised.value.__suppress_context__


def test_a_collector_knows_its_tables_its_role_and_its_limits() -> None:
    assert CollectorSettings.from_env(COLLECTOR) == CollectorSettings(
        account="123456789012",
        region="us-east-1",
        partition="aws-cn",
        inventory_table="inventory",
        runs_table="runs",
        results_bucket="results",
        role_name="CIDB2-Collector-Role",
        external_id="",
        run_retention_days=400,
        continue_margin_seconds=60,
        concurrency=32,
    )


def test_what_may_be_left_out_can_be_set() -> None:
    given = {"EXTERNAL_ID": "secret", "CONTINUE_MARGIN_SECONDS": "90", "CONCURRENCY": "8"}
    settings = CollectorSettings.from_env(COLLECTOR | given)
    assert settings.external_id == "secret"
    assert (settings.continue_margin_seconds, settings.concurrency) == (90, 8)


def test_initialize_knows_the_defaults_of_a_run() -> None:
    lists = {
        "TARGET_ACCOUNTS": " 123456789012, 234567890123,, ",
        "EXCLUDED_ACCOUNTS": "345678901234",
        "EXCLUDED_REGIONS": "ap-east-1 , me-south-1",
    }
    assert InitializerSettings.from_env(INITIALIZER | lists) == InitializerSettings(
        account="123456789012",
        region="us-east-1",
        runs_table="runs",
        results_bucket="results",
        topic_arn="arn:aws:sns:us-east-1:123456789012:topic",
        target_accounts=("123456789012", "234567890123"),
        excluded_accounts=("345678901234",),
        excluded_regions=("ap-east-1", "me-south-1"),
        organizations_role_arn="",
        external_id="",
        batch_size=10,
        large_batch_size=20,
        large_batch_threshold=100,
        batch_delay_ms=50,
        account_concurrency=50,
        collect_timeout_seconds=21_600,
        run_retention_days=400,
    )


def test_lists_that_are_not_set_are_empty() -> None:
    settings = InitializerSettings.from_env(INITIALIZER)
    assert settings.target_accounts == settings.excluded_accounts == settings.excluded_regions == ()


def test_the_reporter_knows_how_long_the_past_is_kept() -> None:
    assert ReporterSettings.from_env(REPORTER) == ReporterSettings(
        account="123456789012",
        region="us-east-1",
        inventory_table="inventory",
        runs_table="runs",
        results_bucket="results",
        version_retention_days=30,
        tombstone_retention_days=60,
        run_retention_days=400,
        max_receive_count=5,
        concurrency=16,
        late_after_seconds=3600,
    )


def test_the_results_processor_knows_how_long_to_wait_and_whom_to_tell() -> None:
    assert ResultsSettings.from_env(RESULTS) == ResultsSettings(
        account="123456789012",
        region="us-east-1",
        console_domain="amazonaws.cn",
        inventory_table="inventory",
        runs_table="runs",
        results_bucket="results",
        run_topic_arn="arn:aws:sns:us-east-1:123456789012:runs",
        stack_name="cidb2-prod",
        run_retention_days=400,
        settle_timeout_seconds=900,
        price_overrides=(),
    )


def test_prices_may_be_overridden() -> None:
    settings = ResultsSettings.from_env(RESULTS | {"PRICE_OVERRIDES": "s3Reads=0.5,kmsRequests=2"})
    assert settings.price_overrides == ("s3Reads=0.5", "kmsRequests=2")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfEach(Settings):
    plain_name: str
    renamed: int = read_from("ANOTHER_NAME")
    many: tuple[str, ...] = ("a", "b")


def test_a_field_is_read_from_the_variable_of_its_name_unless_it_names_another() -> None:
    given = COMMON | {"RESULTS_BUCKET": "results", "PLAIN_NAME": "text", "ANOTHER_NAME": "7"}
    settings = OneOfEach.from_env(given | {"RENAMED": "8"})
    assert (settings.plain_name, settings.renamed, settings.many) == ("text", 7, ("a", "b"))
    assert OneOfEach.from_env(given | {"MANY": "c"}).many == ("c",)


def test_the_functions_own_environment_is_read_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in REPORTER.items():
        monkeypatch.setenv(name, value)
    assert ReporterSettings.from_env() == ReporterSettings.from_env(REPORTER)


def test_a_required_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "cidb2-prod")
    assert required("STACK_NAME") == "cidb2-prod"
    monkeypatch.setenv("STACK_NAME", "")
    with pytest.raises(ConfigurationError, match=r"^STACK_NAME: not set$"):
        required("STACK_NAME")


@pytest.mark.parametrize(("value", "choice"), [(None, "all"), ("", "all"), ("core", "core")])
def test_a_choice_is_the_first_unless_another_is_set(
    monkeypatch: pytest.MonkeyPatch, value: str | None, choice: str
) -> None:
    if value is not None:
        monkeypatch.setenv("S3_BUCKET_CONFIGURATIONS", value)
    assert chosen("S3_BUCKET_CONFIGURATIONS", ("all", "core")) == choice


def test_a_choice_that_does_not_exist_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("S3_BUCKET_CONFIGURATIONS", "hunter2")
    with pytest.raises(
        ConfigurationError, match="S3_BUCKET_CONFIGURATIONS: none of all, core"
    ) as e:
        chosen("S3_BUCKET_CONFIGURATIONS", ("all", "core"))
    assert "hunter2" not in str(e.value)
