"""Reads the accounts of an organisation from AWS Organizations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cidb2.aws.members import entries, member
from cidb2.errors import (
    InvalidInputError,
    OrganizationUnavailableError,
    OrganizationUnreadableError,
)
from cidb2.reasons import error_code, explain
from cidb2.redaction import words

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

ACTIVE = "ACTIVE"

NO_SUCH_PARENT = "ParentNotFoundException"
"""For a unit in the input: it does not exist. For another: it was deleted during the read."""

BAD_PAGE = "INVALID_PAGINATION_TOKEN"
"""Organizations' reason for rejecting a page's token that has expired
(https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html)."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account of the run; the run reports an inactive one and does not collect it."""

    account_id: str
    name: str = ""
    is_active: bool = True


class Organization:
    """Reads the organisation.

    Raises OrganizationUnavailableError if AWS cannot answer now, or if its answer lacks a list or
    an id, and OrganizationUnreadableError if AWS refuses.
    """

    def __init__(self, organizations: "OrganizationsClient") -> None:
        self._organizations = organizations

    def accounts(self) -> list[Account]:
        """Return every account of the organisation."""
        with _readable():
            return _each_once(self._listed("list_accounts"))

    def accounts_below(self, parents: Sequence[str]) -> list[Account]:
        """Return the accounts in organizational units (or roots) and in all units below them.

        Raises InvalidInputError if the organisation has no such unit.
        """
        with _readable():
            return _each_once(
                account
                for number, parent in enumerate(parents)
                for account in self._below_named(parent, f"accounts.organizational_units[{number}]")
            )

    def _below_named(self, parent: str, field: str) -> Iterator[Account]:
        try:
            yield from self._listed("list_accounts_for_parent", ParentId=parent)
        except ClientError as error:
            if error_code(error) != NO_SUCH_PARENT:
                raise
            raise InvalidInputError(
                field,
                f"{parent} is not a unit or root of the organisation "
                "(allowed: ids of organizational units or roots that Organizations lists)",
            ) from error
        for unit in self._units_below(parent):
            yield from self._below(unit)

    def _below(self, parent: str) -> Iterator[Account]:
        yield from self._listed("list_accounts_for_parent", ParentId=parent)
        for unit in self._units_below(parent):
            yield from self._below(unit)

    def _units_below(self, parent: str) -> list[str]:
        paginator = self._organizations.get_paginator("list_organizational_units_for_parent")
        pages = paginator.paginate(ParentId=parent)
        units = entries(pages, "OrganizationalUnits", "NextToken")
        return [member(unit, "Id") for unit in units]

    def _listed(self, operation: Any, **arguments: str) -> Iterator[Account]:
        pages = self._organizations.get_paginator(operation).paginate(**arguments)
        yield from map(_account, entries(pages, "Accounts", "NextToken"))


@contextmanager
def _readable() -> Iterator[None]:
    """Turn AWS's errors into CIDB2's, by whether a retry may help."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        told = f"accounts: cannot read the organisation ({error_code(error)}: {words(error)}). "
        if _may_pass(error):
            raise OrganizationUnavailableError(f"{told}Retry") from error
        raise OrganizationUnreadableError(
            f"{told}Deploy the stack in the management account or a delegated administrator, "
            "set the name of a role there (OrganizationsRoleArn), "
            "or list the accounts in the input or in the parameter TargetAccounts"
        ) from error


def _may_pass(error: ClientError | BotoCoreError) -> bool:
    """Tell whether reading the organisation again may succeed."""
    is_token = isinstance(error, ClientError) and error.response.get("Reason") == BAD_PAGE
    return is_token or explain(error).retryable or error_code(error) == NO_SUCH_PARENT


def _each_once(listed: Iterable[Account]) -> list[Account]:
    """Return each account once, in order, as it was listed last.

    An account that is moved during the read may be listed twice, and differently if it was also
    renamed or suspended.
    """
    return sorted({account.account_id: account for account in listed}.values())


def _account(answer: Mapping[str, Any]) -> Account:
    """Return the account of an entry; `State` replaces the retired `Status`.

    An account with neither is collected; if it is not active, its role cannot be assumed. An entry
    without an id is an error, because the run could not name the account that it skips.
    """
    state = answer.get("State") or answer.get("Status") or ACTIVE
    return Account(member(answer, "Id"), answer.get("Name", ""), state == ACTIVE)
