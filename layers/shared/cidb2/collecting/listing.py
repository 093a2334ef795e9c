"""The pages of a scope's listing, asked for again where that can mend what AWS answered."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.service import Page, Reader
from cidb2.observability import logger
from cidb2.reasons import Failure, Reason, explain

RESTARTS = 3
"""How often AWS is asked again in one listing, over all its invocations; never twice in a row."""


def pages(reader: Reader, progress: Progress, deadline: Deadline) -> Iterator[Page]:
    """Yield the pages from where `progress` stands, as far as the time goes.

    `progress` goes on to the next page once that is asked for, and knows when there are no more.
    Then the page before is let go, so that there is one in memory.
    What may pass is asked for again at the same page, in the next invocation where time is short.
    A token that AWS refuses is no good any more, so the listing starts over, and what was seen is
    passed over. AWS's other errors pass through.
    """
    waiting, is_again = reader.pages(progress.token), False
    while True:
        try:
            with deadline.measuring():
                page = next(waiting, None)
        except (ClientError, BotoCoreError) as error:
            if is_again or not _asks_again(progress, explain(error)):
                raise
            deadline.progressed()
            if deadline.is_near():
                return
            waiting, is_again = reader.pages(progress.token), True
            continue
        if page is None and progress.token:
            # botocore stops where the answer lacks the flag that says that more follows.
            waiting = reader.pages(progress.token)
            continue
        if page is None:
            progress.is_listed = True
            return
        yield page
        page.let_go()
        is_again = False
        progress.turn_to(page.next_token)
        deadline.progressed()
        if page.next_token and deadline.is_near():
            return


def _asks_again(progress: Progress, failure: Failure) -> bool:
    """Tell whether to ask again after a failure, and let `progress` stand where to.

    Services refuse tokens with codes of their own, EC2 with the one for any parameter. But AWS
    took the same request without a token, so it is the token that is wrong.
    """
    is_token = progress.token is not None and failure.reason is Reason.REQUEST_REJECTED
    if progress.restarts >= RESTARTS or not (is_token or failure.retryable):
        return False
    if is_token:
        progress.turn_to(None)
    progress.restarts += 1
    logger.warning(
        "A listing is asked for again",
        extra={"reason": failure.reason, "error_code": failure.error_code, "anew": is_token},
    )
    return True
