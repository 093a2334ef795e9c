"""Nobody asks twice for an empty answer, and nobody gets an answer that another has taken."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from cidb2.aws.empty_answers import EmptyAnswers

EMPTY = {"clusters": [], "ResponseMetadata": {"RetryAttempts": 0}}


class Aws:
    """Answers in turn, and counts how often it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_empty_answer_is_asked_for_once() -> None:
    aws, answers = Aws(EMPTY), EmptyAnswers()
    assert [answers.ask("clusters", aws) for _ in range(6)] == [EMPTY] * 6
    assert aws.asked == 1


def test_another_question_is_asked() -> None:
    aws, answers = Aws(EMPTY, EMPTY), EmptyAnswers()
    answers.ask("clusters in eu-west-1", aws)
    answers.ask("clusters in us-east-1", aws)
    assert aws.asked == 2


@pytest.mark.parametrize("more", [{"clusters": ["a"]}, {"nextToken": "b"}])
def test_each_gets_an_answer_of_its_own_that_names_something(more: dict[str, Any]) -> None:
    aws, answers = Aws(EMPTY | more, EMPTY | more), EmptyAnswers()
    first, second = (answers.ask("clusters", aws) for _ in range(2))
    first.clear()
    assert second == EMPTY | more


@pytest.mark.parametrize("odd", [{}, {"ResponseMetadata": {}}, {"clusters": None}])
def test_an_answer_that_lacks_its_list_costs_no_other_listing_anything(odd: dict[str, Any]) -> None:
    aws, answers = Aws(odd, EMPTY), EmptyAnswers()
    assert answers.ask("clusters", aws) == odd
    assert answers.ask("clusters", aws) == EMPTY


def test_an_error_is_that_of_whoever_asked() -> None:
    aws, answers = Aws(ValueError("throttled"), EMPTY), EmptyAnswers()
    with pytest.raises(ValueError, match="throttled"):
        answers.ask("clusters", aws)
    assert answers.ask("clusters", aws) == EMPTY


def test_what_one_adds_to_an_answer_is_in_no_others() -> None:
    answers = EmptyAnswers()
    first, second = (answers.ask("clusters", Aws({"clusters": []})) for _ in range(2))
    second["token"] = "c"
    assert answers.ask("clusters", Aws()) == first == {"clusters": []}


def test_others_wait_for_the_first_to_be_answered() -> None:
    answers, is_asked, may_answer = EmptyAnswers(), Event(), Event()

    def slow() -> Any:
        is_asked.set()
        may_answer.wait(10)
        return EMPTY

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(answers.ask, "clusters", slow)
        assert is_asked.wait(10)
        others = [threads.submit(answers.ask, "clusters", Aws()) for _ in range(2)]
        may_answer.set()
        assert [each.result(10) for each in (first, *others)] == [EMPTY] * 3
