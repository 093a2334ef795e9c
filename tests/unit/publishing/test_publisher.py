"""Every message is published once or named as failed, whatever SNS says."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import count
from typing import Any, cast

import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from cidb2.errors import StorageUnavailableError
from cidb2.publishing.delivery import SINGLE_TRIES
from cidb2.publishing.messages import Message
from cidb2.publishing.publisher import BATCHES_IN_FLIGHT, MAX_PENDING_BYTES, Publisher
from cidb2.reasons import Reason
from cidb2.scope import Scope
from tests.support.builders import ACCOUNT, a_config, a_message, client_error, key_arn
from tests.support.fakes import FakeSns, InlineExecutor

NORTH, SOUTH = (Scope(ACCOUNT, "kms", region) for region in ("eu-north-1", "eu-south-1"))
THROTTLED, DENIED, INVALID = "Throttling", "AuthorizationError", "InvalidParameter"


class Notes:
    """Keeps what was written down and what was withdrawn, by its text; `write` may refuse."""

    def __init__(self, on_write: Callable[[Sequence[Message]], None] = lambda _: None) -> None:
        self.written: list[str] = []
        self.withdrawn: list[str] = []
        self._on_write = on_write

    def write(self, messages: Sequence[Message]) -> None:
        self._on_write(messages)
        self.written += [one.body for one in messages]

    def withdraw(self, messages: Sequence[Message]) -> None:
        self.withdrawn += [one.body for one in messages]


class Rig:
    """A publisher in front of a fake SNS; it keeps the pauses between batches."""

    def __init__(
        self,
        sns: FakeSns | None = None,
        executor: Executor | None = None,
        notes: Notes | None = None,
        **config: Any,
    ) -> None:
        self.sns = sns or FakeSns()
        self.notes = notes or Notes()
        self.sleeps: list[float] = []
        self.publisher = Publisher(
            cast("Any", self.sns),
            a_config(**config),
            executor or InlineExecutor(),
            self.notes,
            sleep=self.sleeps.append,
            draw=lambda _, bound: -bound,
        )

    def publish(self, *messages: Message) -> dict[str, Any]:
        """Publish messages to the end and return the statistics."""
        for message in messages:
            self.publisher.publish(message)
        self.publisher.flush()
        return self.publisher.statistics.to_document()

    def publish_some(self, number: int) -> dict[str, Any]:
        return self.publish(*(a_message(str(each)) for each in range(number)))

    @property
    def pauses(self) -> list[float]:
        """Seconds waited before each batch but the first; waits before retries are below 0 here."""
        return [seconds for seconds in self.sleeps if seconds >= 0]

    @property
    def jitters(self) -> list[float]:
        return [-seconds for seconds in self.sleeps if seconds < 0]


def first_calls(number: int, code: str) -> Callable[[str], str | None]:
    """Return a verdict that refuses each message so many times and then accepts it."""
    seen: Counter[str] = Counter()

    def verdict(body: str) -> str | None:
        seen[body] += 1
        return code if seen[body] <= number else None

    return verdict


def always(body: str, code: str) -> Callable[[str], str | None]:
    return lambda given: code if given == body else None


def raising(error: Exception) -> Callable[[list[str]], None]:
    def refuse(_: list[str]) -> None:
        raise error

    return refuse


def only_batches(error: Exception) -> Callable[[list[str]], None]:
    """Refuse the first request, which is the batch's."""
    requests = count()

    def refuse(_: list[str]) -> None:
        if next(requests) == 0:
            raise error

    return refuse


@pytest.mark.parametrize(
    ("messages", "batches", "requests"),
    [
        (0, 0, 0),
        (1, 1, 1),
        (10, 1, 1),
        (11, 2, 2),
        (100, 10, 10),
        (101, 6, 11),
        (1_000, 50, 100),
    ],
)
def test_every_message_is_published_once_in_batches_of_the_right_size(
    messages: int, batches: int, requests: int
) -> None:
    rig = Rig()
    statistics = rig.publish_some(messages)
    assert rig.sns.delivered == [str(number) for number in range(messages)]
    assert rig.sns.singles == []
    assert statistics | {"seconds": 0} == {
        "messages": messages,
        "succeeded": messages,
        "failed": 0,
        "batches": batches,
        "requests": requests,
        "chunks": requests,
        "retries": 0,
        "bytes": sum(a_message(str(number)).size for number in range(messages)),
        "seconds": 0,
        "failedMessages": [],
    }


def test_large_messages_do_not_wait_until_their_number_is_known() -> None:
    rig = Rig(large_batch_threshold=1_000)
    large = [a_message(str(number), body=f"{number:0262000}") for number in range(50)]
    waiting = []
    for number, message in enumerate(large, start=1):
        rig.publisher.publish(message)
        waiting.append((number - len(rig.sns.delivered)) * message.size)
    assert max(waiting) <= MAX_PENDING_BYTES
    assert rig.publish()["batches"] == 6
    assert rig.sns.delivered == [message.body for message in large]


def test_a_rest_below_the_limit_waits_for_a_whole_batch() -> None:
    rig = Rig(large_batch_threshold=0, large_batch_size=20)
    for number in range(39):
        rig.publisher.publish(a_message(str(number)))
    assert len(rig.sns.delivered) == 20


def test_nothing_is_sent_until_the_size_of_the_batches_is_known() -> None:
    rig = Rig()
    for number in range(100):
        rig.publisher.publish(a_message(str(number)))
    assert rig.sns.delivered == []
    rig.publisher.publish(a_message("100"))
    assert len(rig.sns.delivered) == 100
    rig.publisher.flush()
    assert len(rig.sns.delivered) == 101


def test_messages_carry_their_attributes() -> None:
    rig = Rig(FakeSns(first_calls(1, THROTTLED)))
    rig.publish(a_message())
    assert rig.sns.attributes == [{"change": "CREATED"}]


def test_large_messages_are_cut_into_requests_that_sns_takes() -> None:
    rig = Rig()
    bodies = [str(number) * 100_000 for number in range(5)]
    statistics = rig.publish(*(a_message(body=body) for body in bodies))
    assert [len(batch) for batch in rig.sns.batches] == [2, 2, 1]
    assert rig.sns.delivered == bodies
    assert (statistics["batches"], statistics["requests"]) == (1, 3)


def test_what_fails_in_a_batch_is_published_again_alone() -> None:
    refused = first_calls(1, THROTTLED)
    rig = Rig(FakeSns(lambda body: refused(body) if body in ("3", "7") else None))
    statistics = rig.publish_some(10)
    assert sorted(rig.sns.delivered) == [str(number) for number in range(10)]
    assert rig.sns.singles == ["3", "7"]
    assert (statistics["succeeded"], statistics["failed"]) == (10, 0)
    assert (statistics["requests"], statistics["retries"]) == (3, 2)


@pytest.mark.parametrize(
    "error",
    [
        client_error(THROTTLED),
        client_error("InternalError", status=500),
        EndpointConnectionError(endpoint_url="https://sns"),
    ],
)
def test_a_request_that_fails_as_a_whole_is_published_one_by_one(error: Exception) -> None:
    rig = Rig(FakeSns(on_request=only_batches(error)))
    statistics = rig.publish_some(10)
    assert rig.sns.delivered == rig.sns.singles == [str(number) for number in range(10)]
    assert (statistics["succeeded"], statistics["retries"], statistics["requests"]) == (10, 10, 11)


def test_an_invalid_entry_that_fails_the_whole_request_does_not_cost_its_neighbours() -> None:
    def refuse(bodies: list[str]) -> None:
        if "4" in bodies:
            raise client_error(INVALID)

    rig = Rig(FakeSns(on_request=refuse))
    statistics = rig.publish_some(10)
    assert rig.sns.delivered == [str(number) for number in range(10) if number != 4]
    assert statistics["failedMessages"] == [{"arn": key_arn("4"), "errorCode": INVALID}]
    assert rig.sns.singles.count("4") == 1


def test_access_denied_is_given_up_at_once() -> None:
    rig = Rig(FakeSns(on_request=raising(client_error(DENIED, status=403))))
    statistics = rig.publish_some(10)
    assert rig.sns.singles == []
    assert (statistics["failed"], statistics["requests"]) == (10, 1)
    assert rig.sleeps == []
    [failures] = rig.publisher.failures.values()
    assert {failure.reason for failure in failures} == {Reason.ACCESS_DENIED}


def test_an_entry_that_is_denied_is_given_up_at_once() -> None:
    rig = Rig(FakeSns(always("1", DENIED)))
    statistics = rig.publish_some(3)
    assert rig.sns.singles == []
    assert (statistics["succeeded"], statistics["failed"]) == (2, 1)


def test_a_message_is_tried_alone_five_times_with_growing_waits_and_then_named() -> None:
    rig = Rig(FakeSns(always("1", THROTTLED)))
    statistics = rig.publish_some(3)
    assert rig.sns.singles == ["1"] * SINGLE_TRIES
    assert rig.jitters == [0.1, 0.2, 0.4, 0.8, 1.6]
    assert statistics["failedMessages"] == [{"arn": key_arn("1"), "errorCode": THROTTLED}]
    assert (statistics["succeeded"], statistics["failed"]) == (2, 1)


def test_a_message_that_is_throttled_in_its_batch_and_denied_alone_is_named_by_its_denial() -> None:
    throttled_once = first_calls(1, THROTTLED)
    rig = Rig(FakeSns(lambda body: (throttled_once(body) or DENIED) if body == "1" else None))
    statistics = rig.publish_some(3)
    assert rig.sns.singles == ["1"]
    assert rig.jitters == [0.1]
    assert statistics["failedMessages"] == [{"arn": key_arn("1"), "errorCode": DENIED}]
    assert (statistics["requests"], statistics["retries"]) == (2, 1)
    [[failure]] = rig.publisher.failures.values()
    assert failure.reason is Reason.ACCESS_DENIED
    assert rig.notes.withdrawn == ["1"]


def test_what_is_given_up_is_logged_with_its_reason(log: Any) -> None:
    Rig(FakeSns(always("1", DENIED))).publish_some(2)
    [line] = log.lines
    assert line["message"] == "A message could not be published"
    assert (line["arn"], line["source"]) == (key_arn("1"), a_message().source)
    assert line["error_code"] == DENIED


def test_failures_count_for_the_scope_of_their_message() -> None:
    rig = Rig(FakeSns(always("bad", DENIED)))
    rig.publish(
        a_message("bad", scope=NORTH), a_message("1", scope=NORTH), a_message("2", scope=SOUTH)
    )
    assert rig.publisher.published == {str(NORTH): 1, str(SOUTH): 1}
    assert {scope: len(each) for scope, each in rig.publisher.failures.items()} == {str(NORTH): 1}


def test_a_scope_is_settled_once_its_messages_are_published_or_given_up() -> None:
    rig = Rig(FakeSns(always("bad", DENIED)))
    assert rig.publisher.is_settled(str(NORTH))
    rig.publisher.publish(a_message("bad", scope=NORTH))
    rig.publisher.publish(a_message("good", scope=NORTH))
    assert not rig.publisher.is_settled(str(NORTH))
    assert rig.publisher.is_settled(str(SOUTH))
    rig.publisher.flush()
    assert rig.publisher.is_settled(str(NORTH))


def test_flushing_again_sends_nothing_again() -> None:
    rig = Rig()
    first = rig.publish_some(7)
    rig.publisher.flush()
    assert len(rig.sns.delivered) == 7
    assert rig.publisher.statistics.to_document() | {"seconds": 0} == first | {"seconds": 0}


def test_publishing_goes_on_after_a_flush() -> None:
    rig = Rig()
    rig.publish(a_message("1"))
    statistics = rig.publish(a_message("2"))
    assert rig.sns.delivered == ["1", "2"]
    assert (statistics["messages"], statistics["batches"]) == (2, 2)


def test_the_configured_pause_is_kept_between_batches_and_shrinks_with_success() -> None:
    rig = Rig(batch_delay_ms=200)
    rig.publish_some(40)
    assert rig.pauses == [0.1, 0.05, 0.025]


def test_a_single_batch_needs_no_pause() -> None:
    rig = Rig(batch_delay_ms=200)
    rig.publish_some(10)
    assert rig.sleeps == []


def test_one_throttled_request_doubles_the_pause_once() -> None:
    rig = Rig(FakeSns(on_request=only_batches(client_error(THROTTLED))), batch_delay_ms=200)
    rig.publish_some(20)
    assert rig.pauses == [0.4]


def test_a_request_with_several_throttled_entries_doubles_the_pause_once() -> None:
    rig = Rig(FakeSns(first_calls(1, THROTTLED)), batch_delay_ms=200)
    rig.publish_some(11)
    assert rig.pauses == [0.4]


@pytest.mark.parametrize(("code", "pause"), [(THROTTLED, 0.8), ("InternalError", 0.2)])
def test_a_message_that_is_throttled_alone_too_doubles_the_pause_again(
    code: str, pause: float
) -> None:
    refused = first_calls(2, code)
    rig = Rig(FakeSns(lambda body: refused(body) if body == "3" else None), batch_delay_ms=200)
    rig.publish_some(11)
    assert rig.pauses == [pause]


def test_other_failures_leave_the_pause_as_it_is() -> None:
    rig = Rig(FakeSns(first_calls(1, "InternalError")), batch_delay_ms=200)
    rig.publish_some(11)
    assert rig.pauses == [0.2]


def test_messages_are_written_down_before_they_go_out() -> None:
    story: list[tuple[str, list[str]]] = []
    sns = FakeSns(on_request=lambda bodies: story.append(("sent", bodies)))
    notes = Notes(lambda each: story.append(("noted", [one.body for one in each])))
    rig = Rig(sns, notes=notes)
    rig.publish_some(11)
    first, second = [str(number) for number in range(10)], ["10"]
    assert story == [("noted", first), ("sent", first), ("noted", second), ("sent", second)]


def test_what_cannot_be_written_down_is_not_sent_and_named_as_failed() -> None:
    def refuse(messages: Sequence[Message]) -> None:
        if messages[0].body == "0":
            raise StorageUnavailableError("runs-table: throttled")

    rig = Rig(notes=Notes(refuse))
    statistics = rig.publish_some(12)
    assert rig.sns.delivered == ["10", "11"]
    assert (statistics["succeeded"], statistics["failed"]) == (2, 10)
    assert rig.publisher.is_settled(a_message().source)


def test_what_is_given_up_is_withdrawn_and_nothing_else() -> None:
    rig = Rig(FakeSns(lambda body: DENIED if body in ("3", "7") else None))
    rig.publish_some(11)
    assert sorted(rig.notes.withdrawn) == ["3", "7"]


def test_what_cannot_be_withdrawn_is_given_up_all_the_same_and_logged(log: Any) -> None:
    class Forgetful(Notes):
        def withdraw(self, _: Sequence[Message]) -> None:
            raise StorageUnavailableError("runs-table: throttled")

    rig = Rig(FakeSns(lambda _: DENIED), notes=Forgetful())
    assert rig.publish_some(2)["failed"] == 2
    [line] = [one for one in log.lines if "remain in the journal" in one["message"]]
    assert line["arns"] == [key_arn("0"), key_arn("1")]
    assert line["exception_name"] == "StorageUnavailableError"


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    rig = Rig(FakeSns(on_request=raising(KeyError("ours"))))
    with pytest.raises(KeyError, match="ours"):
        rig.publish_some(1)


def test_batches_go_out_side_by_side_but_not_without_bound() -> None:
    gate, started = threading.Event(), threading.Semaphore(0)

    def wait(_: list[str]) -> None:
        started.release()
        gate.wait()

    with ThreadPoolExecutor(3 * BATCHES_IN_FLIGHT) as executor:
        rig = Rig(
            FakeSns(on_request=wait),
            executor,
            batch_size=1,
            large_batch_size=1,
            large_batch_threshold=0,
        )
        publisher = threading.Thread(target=rig.publish_some, args=[3 * BATCHES_IN_FLIGHT])
        publisher.start()
        for _ in range(BATCHES_IN_FLIGHT):
            assert started.acquire(timeout=10)
        assert not started.acquire(timeout=0.05)
        gate.set()
        publisher.join()
    assert len(rig.sns.delivered) == 3 * BATCHES_IN_FLIGHT


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads change places as often as the interpreter can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_several_threads_may_publish_and_nothing_is_lost_or_repeated() -> None:
    refused = first_calls(1, THROTTLED)
    with ThreadPoolExecutor(4) as senders, ThreadPoolExecutor(8) as scopes:
        rig = Rig(FakeSns(lambda body: refused(body) if body.endswith("7") else None), senders)

        def publish(first: int) -> None:
            scope = Scope(ACCOUNT, "kms", f"region-{first}")
            for number in range(first, first + 100):
                rig.publisher.publish(a_message(str(number), scope=scope))

        list(scopes.map(publish, range(0, 800, 100)))
        rig.publisher.flush()
    statistics = rig.publisher.statistics.to_document()
    assert sorted(map(int, rig.sns.delivered)) == list(range(800))
    assert (statistics["succeeded"], statistics["failed"], statistics["retries"]) == (800, 0, 80)
    assert set(rig.publisher.published.values()) == {100}
    assert statistics["batches"] == 40


answers = st.sampled_from([None, None, None, THROTTLED, "InternalError", INVALID, DENIED])
errors: st.SearchStrategy[Exception | None] = st.sampled_from(
    [
        None,
        None,
        client_error(THROTTLED),
        client_error("InternalError", status=500),
        client_error(INVALID),
        client_error(DENIED),
        BotoCoreError(),
        EndpointConnectionError(endpoint_url="https://sns"),
    ]
)


@given(
    number=st.integers(0, 60),
    verdicts=st.lists(answers, max_size=80),
    refusals=st.lists(errors, max_size=30),
    notes=st.lists(st.booleans(), max_size=10),
    config=st.fixed_dictionaries(
        {
            "batch_size": st.integers(1, 15),
            "large_batch_size": st.integers(15, 30),
            "large_batch_threshold": st.integers(0, 60),
        }
    ),
)
def test_whatever_fails_each_message_is_delivered_once_or_named_as_failed(
    number: int,
    verdicts: list[str | None],
    refusals: list[Exception | None],
    notes: list[bool],
    config: dict[str, Any],
) -> None:
    verdict, refusal, is_noted = iter(verdicts), iter(refusals), iter(notes)

    def refuse(_: list[str]) -> None:
        if error := next(refusal, None):
            raise error

    def write_down(_: Sequence[Message]) -> None:
        if not next(is_noted, True):
            raise StorageUnavailableError("runs-table: throttled")

    sns = FakeSns(lambda _: next(verdict, None), refuse)
    rig = Rig(sns, notes=Notes(write_down), **config)
    messages = [a_message(str(each), scope=(NORTH, SOUTH)[each % 2]) for each in range(number)]
    statistics = rig.publish(*messages)

    failed = {failure["arn"] for failure in rig.publisher.statistics.failed_messages}
    assert sorted(sns.delivered) == sorted({*rig.notes.written} - {*rig.notes.withdrawn})
    if statistics["failed"] <= 50:
        assert len(failed) == statistics["failed"]
        arns = sorted([*map(key_arn, sns.delivered), *failed])
        assert arns == sorted(message.arn for message in messages)
    assert len(set(sns.delivered)) == len(sns.delivered) == statistics["succeeded"]
    assert statistics["messages"] == number == statistics["succeeded"] + statistics["failed"]
    assert statistics["requests"] == len(sns.batches) + len(sns.singles)
    assert statistics["retries"] == len(sns.singles)
    for scope in map(str, (NORTH, SOUTH)):
        assert rig.publisher.is_settled(scope)
        settled = rig.publisher.published[scope] + len(rig.publisher.failures.get(scope, []))
        assert settled == sum(message.source == scope for message in messages)
