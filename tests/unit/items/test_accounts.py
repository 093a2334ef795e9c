"""The organisation's accounts as the inventory has them: names, units and tags."""

from typing import Any, cast

import pytest

from cidb2.errors import UnusableRowError
from cidb2.items.accounts import ACCOUNT, UNIT, AccountFacts, organization_accounts
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import Inventory
from cidb2.items.item import Item
from tests.support import builders
from tests.support.builders import BUCKET
from tests.support.fakes import FakeS3, MemoryTable
from tests.support.items import item_of

ONE, TWO, THREE = "111122223333", "222233334444", "333344445555"
ROOT = "o-exampleorg/r-1a2b/"
PROD, EU = "ou-1a2b-prod1234", "ou-1a2b-eu123456"


def an_account(account_id: str, path: str | None = "", **fields: Any) -> Item:
    paths = {} if path is None else {"Paths": [f"{ROOT}{path}{account_id}/"]}
    given = {"configuration": {"State": "ACTIVE", **paths}, "tags": {}}
    return item_of(ACCOUNT, account_id, **given | fields)


def a_unit(unit_id: str, path: str, names: str | None) -> Item:
    told = {} if names is None else {"NamePath": names}
    return item_of(
        UNIT,
        unit_id,
        configuration={"Path": f"{ROOT}{path}"},
        supplementaryConfiguration=told,
    )


def inventory_of(*items: Item) -> tuple[Inventory, MemoryTable]:
    table = MemoryTable()
    table.store([*items])
    return Inventory(table, ClaimCheck(cast("Any", FakeS3()), BUCKET)), table


def known(*items: Item) -> dict[str, AccountFacts]:
    return organization_accounts(inventory_of(*items)[0])


def test_an_account_has_its_name_the_names_of_its_units_and_its_tags() -> None:
    units = (
        a_unit(PROD, f"{PROD}/", "Root/Production"),
        a_unit(EU, f"{PROD}/{EU}/", "Root/Production/Europe"),
    )
    account = an_account(ONE, f"{PROD}/{EU}/", resourceName="payments", tags={"team": "core"})
    facts = known(account, *units, item_of("AWS::IAM::Role"))
    assert facts == {
        ONE: AccountFacts(
            *(ONE, "payments", "Root/Production/Europe", f"{ROOT}{PROD}/{EU}/", {"team": "core"}),
            listed_by=builders.ACCOUNT,
        )
    }


def test_what_is_not_known_of_an_account_is_empty() -> None:
    facts = known(
        an_account(ONE),
        an_account(TWO, f"{PROD}/"),
        an_account(THREE, None, resourceName=None, tags=None),
        a_unit(PROD, f"{PROD}/", None),
    )
    assert facts[ONE].unit == "Root"
    assert (facts[TWO].unit, facts[TWO].path) == ("", f"{ROOT}{PROD}/")
    assert facts[THREE] == AccountFacts(THREE, "", listed_by=builders.ACCOUNT)
    assert known() == {}


def test_an_account_that_was_seen_in_two_organisations_is_as_it_was_seen_last() -> None:
    earlier, later = (
        an_account(
            ONE,
            resourceName=f"of {moment}",
            arn=f"arn:aws:organizations::999999999999:account/o-{moment}/{ONE}",
            configurationItemCaptureTime=f"2026-11-24T0{moment}:00:00.000000Z",
        )
        for moment in (4, 5)
    )
    assert known(earlier, later)[ONE].name == "of 5"
    assert known(later, earlier)[ONE].name == "of 5"


def test_an_unusable_row_is_raised_or_passed_on() -> None:
    inventory, table = inventory_of(an_account(ONE), an_account(TWO))
    [key] = [key for key in table.rows if TWO in key[0] and key[1] == "current"]
    del table.rows[key]["configuration"]
    with pytest.raises(UnusableRowError):
        organization_accounts(inventory)
    told: list[str] = []
    assert organization_accounts(inventory, lambda arn, _: told.append(arn)).keys() == {ONE}
    assert told == [key[0]]


@pytest.mark.parametrize(
    ("unit", "is_below"),
    [
        (PROD, True),
        ("r-1a2b", True),
        ("Root", True),
        ("production", True),
        ("Production/Europe", True),
        ("Root/Production", True),
        ("Europe", True),
        ("Euro", False),
        ("Root/Europe", False),
        ("ou-1a2b-other", False),
    ],
)
def test_a_unit_is_named_by_its_id_or_by_names(unit: str, *, is_below: bool) -> None:
    account = AccountFacts(ONE, "one", "Root/Production/Europe", f"{ROOT}{PROD}/{EU}/")
    assert account.is_below(unit) is is_below
    assert not AccountFacts(TWO, "two").is_below(unit)
