"""Calls that tell something of several resources at once, made when the first of them is read."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import IncompleteAnswerError
from cidb2.reasons import explain

Ask = Callable[[Sequence[str]], dict[str, Any]]


class Batch:
    """What a call tells of some resources, by what names them. For several threads.

    Where AWS refuses the whole because of one of them, each is asked for by itself: a resource that
    is gone, or denied, costs no other its field.
    """

    def __init__(self, ask: Ask, names: Sequence[str]) -> None:
        self._ask = ask
        self._names = names
        self._answers: dict[str, Any] | None = None
        self._error: ClientError | BotoCoreError | None = None
        self._lock = Lock()

    def value(self, name: str) -> Any:
        """Return what the call tells of one; AWS's errors pass through.

        IncompleteAnswerError where the answer does not speak of it.
        """
        with self._lock:
            self._ask_once()
        if self._answers is None and self._error and self._is_whole(self._error):
            raise self._error.with_traceback(None)  # it holds whatever it passes through
        answers = self._ask([name]) if self._answers is None else self._answers
        if name not in answers:
            raise IncompleteAnswerError(member=name)
        return answers[name]

    def _ask_once(self) -> None:
        if self._answers is not None or self._error is not None:
            return
        try:
            self._answers = self._ask(self._names)
        except (ClientError, BotoCoreError) as error:
            self._error = error.with_traceback(None)

    def _is_whole(self, error: ClientError | BotoCoreError) -> bool:
        """Tell whether an error would be the same for each resource by itself."""
        return len(self._names) == 1 or explain(error).retryable
