"""What changes mean: the option that selects by effect, and effects as people read them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cidb2.items.accounts import organization_accounts
from cidb2.items.inventory import Otherwise
from cidb2.items.item import Change, Effect
from cidb2.items.standing import Organization, Standing, in_words
from cidb2.scope import GLOBAL, Outcome, Scope
from cidb2.services import ORGANIZATION
from cli.stack import Stack

NAMED = 5
"""Maximum principals that a line names; the others are counted."""

NOT_JUDGED = "not judged"

Row = Mapping[str, Any]


def effect_of(text: str) -> Effect:
    """Return the effect of this name, in any case."""
    try:
        return Effect(text.upper().replace("-", "_"))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not an effect: use one of {', '.join(Effect)}"
        ) from error


Effects = Annotated[
    list[Any] | None,
    typer.Option(
        "--effect",
        parser=effect_of,
        metavar="EFFECT",
        autocompletion=lambda: [each.value for each in Effect],
        help="Only changes with this effect: TRUST_ADDED. Repeatable.",
    ),
]


def with_standing(
    rows: list[dict[str, Any]], stack: Stack, otherwise: Otherwise
) -> list[dict[str, Any]]:
    """Return changes with the standing of each added principal.

    The accounts of the organisation are read only if there is a principal.
    """
    if not any(row["addedPrincipals"] for row in rows):
        return rows
    ours = _organization(stack, otherwise)
    return [
        {**row, "addedPrincipals": ours.told(row["addedPrincipals"], row["accountId"])}
        for row in rows
    ]


def readable_effects(row: Row) -> str:
    """Return the effects of a change on one line: whom a resource trusts now is named."""
    if row["effects"] is None:
        return NOT_JUDGED if row["change"] == Change.CHANGED else ""
    told = [
        f"{effect}: {_principals(row)}" if effect == Effect.TRUST_ADDED else effect
        for effect in row["effects"]
    ]
    return "; ".join(told)


def by_effect(rows: Iterable[Row]) -> str:
    """Return how many changes have each effect, gravest first; empty if none has one."""
    every = [*rows]
    counts = Counter(effect for row in every for effect in row["effects"] or ())
    strangers = sum(
        any(one["standing"] == Standing.STRANGER for one in row["addedPrincipals"]) for row in every
    )
    of_strangers = {Effect.TRUST_ADDED.value: f" ({strangers:,} outside the organisation)"}
    return ", ".join(
        f"{effect} {counts[effect]:,}{of_strangers.get(effect, '') if strangers else ''}"
        for effect in Effect
        if counts[effect]
    )


def _principals(row: Row) -> str:
    principals = row["addedPrincipals"]
    named = ", ".join(map(in_words, principals[:NAMED]))
    more = len(principals) - NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _organization(stack: Stack, otherwise: Otherwise) -> Organization:
    known = organization_accounts(stack.inventory, otherwise)
    listed_by = {account.listed_by for account in known.values()}
    return Organization.of(known, is_listed=all(_is_listed(stack, each) for each in listed_by))


def _is_listed(stack: Stack, account_id: str) -> bool:
    """Tell whether the last attempt to list the organisation in an account was complete."""
    covered = stack.ledger.coverage_of(Scope(account_id, ORGANIZATION, GLOBAL))
    return covered is not None and covered.attempt.told["outcome"] == Outcome.COMPLETE
