"""The public access block of an account, which applies to all of its buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
"""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from cidb2.aws.caller import Caller
from cidb2.aws.members import content
from cidb2.aws.regions import first_answer
from cidb2.collecting.fields import NEVER, FieldReader
from cidb2.items.resource import supplement
from cidb2.reasons import error_code

FIELD = supplement("AccountPublicAccessBlock")
NOT_CONFIGURED = "NoSuchPublicAccessBlockConfiguration"


class AccountBlock:
    """Reads the block of an account once, from the first of `places` that answers.

    The block applies in all regions, so any region can answer. Thread-safe.
    """

    def __init__(self, account: Caller, account_id: str, places: Sequence[str]) -> None:
        self._account = account
        self._account_id = account_id
        self._places = places
        self._lock = Lock()
        self._read: FieldReader | None = None

    def describe(self, fields: FieldReader) -> None:
        """Add the block to a bucket's fields: its value, None if there is none, or unreadable."""
        read = self._once()
        failure = read.unreadable.get(FIELD)
        if failure:
            fields.mark_unreadable(FIELD, failure)
        else:
            fields.keep(FIELD, read.get(FIELD))

    def _once(self) -> FieldReader:
        with self._lock:
            if self._read is None:
                read = FieldReader(NEVER)
                read.read(FIELD, lambda: first_answer(self._places, self._block).answer)
                self._read = read
            return self._read

    def _block(self, region: str) -> Any | None:
        control = self._account.client("s3control", region)
        try:
            answer = control.get_public_access_block(AccountId=self._account_id)
        except ClientError as error:
            if error_code(error) == NOT_CONFIGURED:
                return None
            raise
        return content(answer, "PublicAccessBlockConfiguration")
