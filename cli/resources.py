"""`cidb2 find`, `show` and `history`: searches resources, and shows their state and changes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from cidb2.errors import StorageError
from cidb2.items.accounts import AccountFacts, organization_accounts
from cidb2.items.inventory import Otherwise, Refusal
from cidb2.items.item import Item
from cidb2.items.relationships import relationships
from cidb2.types.catalog import types_named
from cidb2.visible import visible
from cli.accounts import AccountName, AccountTags, Unit, WantedAccounts, with_account
from cli.diff import differences
from cli.effects import readable_effects, with_standing
from cli.errors import CliError, ExitCode
from cli.matching import tag_of
from cli.options import CommandContext
from cli.search import ALL_TYPES, Wanted
from cli.search import find as found_by
from cli.tables import STYLES
from cli.terminal import Output
from cli.text import readable

COLUMNS = {
    "resourceType": "TYPE",
    "accountId": "ACCOUNT",
    "accountName": "ACCOUNT NAME",
    "awsRegion": "REGION",
    "resourceName": "NAME",
    "arn": "ARN",
}
FACTS = {
    "resourceType": "Type",
    "resourceName": "Name",
    "arn": "ARN",
    "accountId": "Account",
    "awsRegion": "Region",
    "change": "Last change",
    "configurationItemCaptureTime": "Seen at",
    "configurationItemStatus": "Status",
    "runId": "Run",
    "unreadable": "Unreadable",
    "omitted": "Omitted",
}
LONGEST_KEY_BYTES = 2048
"""Maximum size of a partition key (DynamoDB Developer Guide, 'Quotas')."""

RELATION = {"relationshipName": "", "resourceType": "", "target": ""}
CHANGE_OF_RELATION = {"gained": "added", "lost": "removed"}
DETAILS = ("tags", "configuration", "supplementaryConfiguration")
SIDES = {"added": ("after",), "removed": ("before",), "changed": ("before", "after")}
SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}


def type_of(text: str) -> str:
    """Return the type with this name or name suffix."""
    match types_named(text):
        case [name]:
            return name
        case [_, _, *_] as several:
            raise typer.BadParameter(f"{text!r} is ambiguous: use one of {', '.join(several)}")
    raise typer.BadParameter(
        f"{text!r} is not a type: use one of {', '.join(ALL_TYPES)}, or its last part"
    )


def arn_of(text: str) -> str:
    """Return the text if it is an ARN that may be in the inventory."""
    if text.startswith("arn:") and len(text.encode()) <= LONGEST_KEY_BYTES:
        return text
    raise typer.BadParameter(f"{text[:80]!r} is not an ARN; find it with `cidb2 find --name`")


Arn = Annotated[str, typer.Argument(parser=arn_of, metavar="ARN", help="The resource's ARN.")]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        parser=type_of,
        metavar="TYPE",
        autocompletion=lambda: list(ALL_TYPES),
        help="Only this type: AWS::IAM::Role or role. Repeatable.",
    ),
]
Account = Annotated[str | None, typer.Option(metavar="ID", help="Only this account.")]
Region = Annotated[str | None, typer.Option(metavar="NAME", help="Only this region, or global.")]


def find(
    asked: CommandContext,
    *,
    types: Types = None,
    account: Account = None,
    region: Region = None,
    tag: Annotated[
        list[Any] | None,
        typer.Option(
            parser=tag_of,
            metavar="KEY=VALUE",
            help="Only with this tag (KEY: any value). Repeatable; all must match.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Only names that contain this, or match a pattern with * and ?."),
    ] = None,
    account_name: AccountName = None,
    unit: Unit = None,
    account_tag: AccountTags = None,
) -> ExitCode:
    """Find current resources. Exits with 1 if there are none."""
    inventory, otherwise = asked.stack.inventory, warning_to(asked.output)
    known = organization_accounts(inventory, otherwise)
    accounts = WantedAccounts(account_name, unit, dict(account_tag or ())).among(known)
    wanted = Wanted(types or (), account, region, name, dict(tag or ()), accounts)
    resources = [with_account(one, known) for one in found_by(inventory, wanted, otherwise)]
    asked.output.table(resources, columns_of(known), "Nothing found.")
    return ExitCode.OK if resources else ExitCode.NO


def columns_of(known: Mapping[str, AccountFacts]) -> Mapping[str, str]:
    """Return the columns of resources; names of accounts only if some are known."""
    return {name: title for name, title in COLUMNS.items() if known or name != "accountName"}


def show(asked: CommandContext, arn: Arn) -> None:
    """Show everything known about a resource as it was last seen, even if deleted."""
    item = known_item(asked, arn)
    refers_to = [each.to_document() for each in relationships(item)]
    if asked.output.as_json:
        asked.output.document({**item, "relationships": refers_to})
        return
    fields: Mapping[str, Any] = item
    facts = [
        {"fact": title, "value": fields[name]} for name, title in FACTS.items() if fields.get(name)
    ]
    asked.output.grid(facts, {"fact": "", "value": ""})
    if refers_to:
        asked.output.say("\nrelationships", "bold")
        asked.output.grid(refers_to, RELATION)
    for name in DETAILS:
        asked.output.say(f"\n{name}", "bold")
        asked.output.say(readable(fields.get(name), indent=2))


def history(asked: CommandContext, arn: Arn) -> None:
    """Show every change to a resource, oldest first, and what differed."""
    otherwise = warning_to(asked.output)
    found = asked.stack.inventory.history(arn, whole=True, otherwise=otherwise)
    steps = with_standing(steps_of([*found] or [_unknown(arn)]), asked.stack, otherwise)
    if asked.output.as_json:
        asked.output.document(steps)
        return
    for step in steps:
        _show_step(step, asked.output)


def steps_of(versions: Sequence[Item]) -> list[dict[str, Any]]:
    """Return when each version was seen, and what differed from the one before."""
    return [
        {
            "configurationItemCaptureTime": item["configurationItemCaptureTime"],
            "change": item["change"],
            "runId": item["runId"],
            "accountId": item["accountId"],
            "effects": item.get("effects"),
            "addedPrincipals": item.get("addedPrincipals") or [],
            "differences": differences(before, item) if before else [],
            "relationships": _relations_changed(before or item, item),
        }
        for before, item in zip([None, *versions], versions, strict=False)
    ]


def warning_to(output: Output) -> Otherwise:
    """Return a callback that prints a warning for each unusable row and skips it."""

    def otherwise(_: str, refusal: Refusal) -> None:
        if isinstance(refusal, StorageError):
            raise refusal
        output.warn(str(refusal))

    return otherwise


def known_item(asked: CommandContext, arn: str) -> Item:
    """Return a resource as it was last seen. Raises CliError if the inventory does not have it."""
    [item] = [*asked.stack.inventory.items([arn])] or [_unknown(arn)]
    return item


def _relations_changed(before: Item, after: Item) -> dict[str, list[dict[str, str]]]:
    """Return the relations that a resource gained and lost."""
    was, is_ = relationships(before), relationships(after)
    return {
        "gained": [each.to_document() for each in is_ if each not in was],
        "lost": [each.to_document() for each in was if each not in is_],
    }


def _unknown(arn: str) -> Item:
    raise CliError(
        ExitCode.NOT_FOUND,
        f"The inventory has no resource {arn}.",
        "`cidb2 find` lists the ARNs of current resources.",
    )


def _show_step(step: Mapping[str, Any], output: Output) -> None:
    heading = f"{step['configurationItemCaptureTime'][:19]}Z  {step['change']}"
    output.say(f"{heading}  {step['runId']}", STYLES.get(step["change"], ""))
    if effects := readable_effects(step):
        output.say(f"  {effects}", "bold")
    for one in step["differences"]:
        sign, style = SIGNS[one["kind"]]
        sides = [readable(one[side]) for side in SIDES[one["kind"]]]
        text = f"  {sign} {visible(one['path'])}: {' → '.join(sides)}"
        output.console.print(Text(text, style), soft_wrap=True)
    for kind, relations in step["relationships"].items():
        sign, style = SIGNS[CHANGE_OF_RELATION[kind]]
        for one in relations:
            text = visible(f"  {sign} {one['relationshipName']}: {one['target']}")
            output.console.print(Text(text, style), soft_wrap=True)
