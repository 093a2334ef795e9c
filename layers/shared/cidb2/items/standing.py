"""Whether a principal belongs to the organisation, is a stranger, or cannot be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cidb2.items.principals import EVERYBODY, account_of

if TYPE_CHECKING:
    from cidb2.items.accounts import AccountFacts


class Standing(StrEnum):
    """Where a principal stands."""

    EVERYBODY = "EVERYBODY"
    STRANGER = "STRANGER"
    NOT_KNOWN = "NOT_KNOWN"
    OURS = "OURS"


WORDS: Mapping[Standing, str] = {
    Standing.EVERYBODY: "everybody",
    Standing.STRANGER: "outside the organisation",
    Standing.NOT_KNOWN: "not known whether of the organisation",
    Standing.OURS: "",
}


@dataclass(frozen=True)
class Organization:
    """The accounts of the organisation, and its id.

    `is_listed` tells whether the last listing of the accounts was complete: otherwise, an account
    that is missing may be a new one.
    """

    accounts: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    is_listed: bool = False

    @classmethod
    def of(cls, known: "Mapping[str, AccountFacts]", *, is_listed: bool) -> Self:
        """Return the organisation of the accounts that the inventory knows."""
        ids = {account.path.partition("/")[0] for account in known.values()} - {""}
        return cls(frozenset(known), frozenset(ids), is_listed and bool(known))

    def standing(self, principal: str, account_id: str) -> Standing:
        """Return where a principal stands that a resource of an account trusts."""
        account = account_of(principal)
        if principal == EVERYBODY:
            return Standing.EVERYBODY
        if principal in self.ids or account == account_id or account in self.accounts:
            return Standing.OURS
        is_of_others = account is not None or (principal.startswith("o-") and bool(self.ids))
        return Standing.STRANGER if is_of_others and self.is_listed else Standing.NOT_KNOWN

    def told(self, principals: Iterable[str], account_id: str) -> list[dict[str, str]]:
        """Return each principal with its standing, those who matter most first."""
        order = [*Standing]
        found = [(self.standing(one, account_id), one) for one in principals]
        return [
            {"principal": one, "standing": standing.value}
            for standing, one in sorted(found, key=lambda each: order.index(each[0]))
        ]


def in_words(told: Mapping[str, str]) -> str:
    """Return a principal with its standing, as people read it."""
    words = WORDS[Standing(told["standing"])]
    return f"{told['principal']} ({words})" if words else told["principal"]
