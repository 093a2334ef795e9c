"""The account list of a run, which Initialize wrote to the results bucket."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cidb2.aws.storage import storage
from cidb2.run import AccountList

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ListedAccounts:
    """A run's `accounts.json`, read at first use and then cached.

    Raises StorageError if the bucket cannot be read.
    """

    def __init__(self, listed: AccountList, s3: "S3Client") -> None:
        self._listed, self._s3 = listed, s3

    @property
    def ids(self) -> list[str]:
        return [account["accountId"] for account in self._accounts]

    @property
    def names(self) -> dict[str, str]:
        """Return account names by id; a name is empty if the input had only the id."""
        return {account["accountId"]: account.get("name", "") for account in self._accounts}

    @cached_property
    def _accounts(self) -> Sequence[dict[str, Any]]:
        with storage(self._listed.bucket):
            answer = self._s3.get_object(Bucket=self._listed.bucket, Key=self._listed.key)
            accounts: Sequence[dict[str, Any]] = json.loads(answer["Body"].read())
        return accounts
