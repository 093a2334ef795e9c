"""Figures of publishing add up over invocations, and name what failed without growing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cidb2.publishing.statistics import NAMED_FAILURES, PublishStatistics, add_up

COUNTS = ("messages", "succeeded", "failed", "batches", "requests", "chunks", "retries", "bytes")
documents = st.fixed_dictionaries(
    {name: st.integers(0, 1_000) for name in COUNTS}
    | {
        "seconds": st.integers(0, 10_000).map(lambda thousandths: thousandths / 1000),
        "failedMessages": st.lists(
            st.fixed_dictionaries({"arn": st.text(), "errorCode": st.text()}), max_size=3
        ),
    }
)


@given(documents, documents)
def test_two_invocations_add_up_to_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    total = add_up(one, other)
    assert {name: total[name] for name in COUNTS} == {
        name: one[name] + other[name] for name in COUNTS
    }
    assert total["seconds"] == round(one["seconds"] + other["seconds"], 3)
    assert total["failedMessages"] == [*one["failedMessages"], *other["failedMessages"]]


@given(documents)
def test_adding_to_nothing_changes_nothing(one: dict[str, Any]) -> None:
    assert add_up({}, one) == add_up(one, {}) == one


def test_at_most_50_failures_are_named() -> None:
    statistics = PublishStatistics()
    for number in range(60):
        statistics.name_failed(str(number), "Throttling")
    named = statistics.to_document()["failedMessages"]
    assert [failure["arn"] for failure in named] == [str(number) for number in range(50)]
    assert add_up({"failedMessages": named}, {"failedMessages": named})["failedMessages"] == named
    assert NAMED_FAILURES == 50


def test_a_publisher_that_sent_nothing_took_no_time() -> None:
    document = PublishStatistics().to_document()
    assert document == dict.fromkeys(COUNTS, 0) | {"seconds": 0.0, "failedMessages": []}


def test_counts_are_kept_under_the_names_of_the_summary() -> None:
    statistics = PublishStatistics(messages=3, succeeded=2, failed=1, bytes=7)
    statistics.batch_began()
    statistics.batch_began()
    statistics.count_request(10)
    statistics.count_request(65_536)
    statistics.count_request(65_537, is_retry=True)
    document = statistics.to_document()
    assert {name: document[name] for name in COUNTS} == {
        "messages": 3,
        "succeeded": 2,
        "failed": 1,
        "batches": 2,
        "requests": 3,
        "chunks": 4,
        "retries": 1,
        "bytes": 7,
    }
    assert document["seconds"] >= 0
