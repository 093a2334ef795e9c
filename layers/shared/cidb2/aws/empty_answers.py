"""Empty listings, shared by all that build on them: most regions have no cluster to look into."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock

from cidb2.aws.calling import Answer


class EmptyAnswers:
    """Empty answers of one session, each requested once. Safe to use from several threads.

    Only empty lists are kept. Each caller requests any other answer for itself.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, Future[Answer | None]] = {}
        self._lock = Lock()

    def ask(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return the known empty answer to `question`, or else what `ask` returns.

        While one caller asks, others with the same question wait. Errors of `ask` pass through.
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
    """Tell whether an answer is an empty list; one that lacks its list tells nothing."""
    told = [value for name, value in answer.items() if name != "ResponseMetadata"]
    return [] in told and not any(told)
