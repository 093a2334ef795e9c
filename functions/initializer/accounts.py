"""The accounts of an organisation, as AWS Organizations names them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.errors import OrganizationUnreadableError
from cidb2.reasons import error_code
from cidb2.redaction import words

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account of the run; one that is not active is not collected, and the run says so."""

    account_id: str
    name: str = ""
    is_active: bool = True


class Organization:
    """Reads the organisation. OrganizationUnreadableError where AWS refuses."""

    def __init__(self, organizations: "OrganizationsClient") -> None:
        self._organizations = organizations

    def accounts(self) -> list[Account]:
        """Return every account of the organisation."""
        return self._sorted(lambda: self._listed("list_accounts"))

    def accounts_below(self, parents: Sequence[str]) -> list[Account]:
        """Return the accounts of organizational units (or roots) and of all units below them."""
        return self._sorted(lambda: self._accounts_below(parents))

    def _sorted(self, listing: Callable[[], Iterator[Account]]) -> list[Account]:
        try:
            return sorted(set(listing()))
        except (ClientError, BotoCoreError) as error:
            raise OrganizationUnreadableError(
                f"accounts: the organisation cannot be read ({error_code(error)}: {words(error)}). "
                "Deploy the stack in the management account or in a delegated administrator's, "
                "or name a role there (OrganizationsRoleArn), "
                "or name the accounts, in the input or in the parameter TargetAccounts"
            ) from error

    def _accounts_below(self, parents: Iterable[str]) -> Iterator[Account]:
        for parent in parents:
            yield from self._listed("list_accounts_for_parent", ParentId=parent)
            paginator = self._organizations.get_paginator("list_organizational_units_for_parent")
            units = [
                unit["Id"]
                for page in paginator.paginate(ParentId=parent)
                for unit in page["OrganizationalUnits"]
            ]
            yield from self._accounts_below(units)

    def _listed(self, operation: Any, **arguments: str) -> Iterator[Account]:
        for page in self._organizations.get_paginator(operation).paginate(**arguments):
            yield from map(_account, page["Accounts"])


def _account(answer: Mapping[str, Any]) -> Account:
    """Return an account of Organizations'; `State` takes the place of the retired `Status`."""
    state = answer.get("State") or answer.get("Status")
    return Account(answer["Id"], answer.get("Name", ""), state == ACTIVE)
