"""Empty answers that several askers share: most regions have no cluster whose parts to list."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock

from cidb2.aws.calling import Answer


class EmptyAnswers:
    """Empty answers of one session, each asked for once. Safe to use from several threads.

    What is not empty is not kept, so whoever asks for it gets an answer of their own.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, Future[Answer | None]] = {}
        self._lock = Lock()

    def ask(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns or, if it is known to be empty, that.

        While the first asks, others with the same question wait. Errors of `ask` pass through.
        """
        with self._lock:
            is_first = question not in self._answers
            answered = self._answers.setdefault(question, Future())
        if not is_first:
            known = answered.result()
            return ask() if known is None else {**known}
        answer = None
        try:
            answer = ask()
        finally:
            answered.set_result(answer if answer is not None and _is_empty(answer) else None)
        return answer


def _is_empty(answer: Answer) -> bool:
    return not any(value for name, value in answer.items() if name != "ResponseMetadata")
