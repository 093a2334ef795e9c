"""The pages of a scope's listing, with retries if asking again may help."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.service import Page, Reader
from cidb2.observability import logger
from cidb2.reasons import Failure, Reason, explain

RESTARTS = 3
"""Retries of one listing over all its invocations, never two without a page between them."""


def pages(reader: Reader, progress: Progress, deadline: Deadline) -> Iterator[Page]:
    """Yield the pages from the position of `progress`, as long as time remains.

    When the next page is requested, `progress` moves on to it, and the last page is released, so
    that only one is in memory. After a transient error the same page is requested again, by the
    next invocation if time is short. If AWS rejects a token, the listing starts over, and resources
    that were already seen are skipped. Other errors of AWS propagate.
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
            # botocore stops if the answer lacks the flag that says whether more pages follow.
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
    """Tell whether to ask again after a failure, and set `progress` to the page to ask for.

    Each service has its own error code for invalid tokens; EC2 uses the code for any invalid
    parameter. But AWS accepted the same request without a token, so the token must be the problem.
    """
    is_token = progress.token is not None and failure.reason is Reason.REQUEST_REJECTED
    if progress.restarts >= RESTARTS or not (is_token or failure.retryable):
        return False
    if is_token:
        progress.turn_to(None)
    progress.restarts += 1
    logger.warning(
        "A listing is requested again",
        extra={"reason": failure.reason, "error_code": failure.error_code, "anew": is_token},
    )
    return True
