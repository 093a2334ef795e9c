"""An organisation in moto, with ids set by the test."""

from typing import Any
from unittest import mock

from tests.support.aws import client


class Organization:
    """An organisation whose management account is the hub, which is also its first member."""

    def __init__(self) -> None:
        self._aws: Any = client("organizations")
        self._aws.create_organization(FeatureSet="ALL")
        self.root: str = self._aws.list_roots()["Roots"][0]["Id"]

    def add_unit(self, unit_id: str, parent: str | None = None) -> str:
        """Create an organizational unit in another, or in the root."""
        with mock.patch(
            "moto.organizations.utils.make_random_ou_id", autospec=True, return_value=unit_id
        ):
            self._aws.create_organizational_unit(ParentId=parent or self.root, Name=unit_id)
        return unit_id

    def add_account(self, account_id: str, parent: str | None = None) -> str:
        """Create an account in a unit, or in the root."""
        with mock.patch(
            "moto.organizations.utils.make_random_account_id",
            autospec=True,
            return_value=account_id,
        ):
            self._aws.create_account(AccountName=f"name of {account_id}", Email="a@example.com")
        if parent:
            self._aws.move_account(
                AccountId=account_id, SourceParentId=self.root, DestinationParentId=parent
            )
        return account_id

    def suspend(self, account_id: str) -> None:
        self._aws.close_account(AccountId=account_id)
