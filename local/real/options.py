"""The options of `python -m local.real`; each mistake is reported in one line."""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.real.reads import Reads

NO_ROLE = "none"
ACCOUNT = (r"\d{12}", "a 12-digit account id")
REGION = (r"[a-z]{2}(-[a-z]+)+-\d", "a region such as eu-west-1")
ROLE = r"[A-Za-z0-9+=,.@_-]{1,64}"
EXTERNAL_ID = r"[A-Za-z0-9+=,.@:/-]{2,1224}"


@dataclass(frozen=True)
class Options:
    """The user's options; without a role, the credentials themselves read the account."""

    accounts: tuple[str, ...]
    role: str | None
    external_id: str | None
    profile: str | None
    regions: tuple[str, ...]
    services: tuple[str, ...]
    yes: bool


def parse(arguments: Sequence[str] | None, reads: Reads) -> Options:
    """Return the options; a mistake exits with status 2 and prints the allowed values."""
    parser = argparse.ArgumentParser(
        prog="python -m local.real",
        description="Collect the inventory of real AWS accounts with your own credentials, "
        "read-only, with the stack on the embedded AWS: nothing is deployed, and only the read "
        "calls leave this machine.",
    )
    services = (rf"(?:{'|'.join(reads.services)})", f"one of {', '.join(reads.services)}")
    add = parser.add_argument
    add("--accounts", type=_names(*ACCOUNT), default=(), help="the accounts to read")
    add("--role", type=_one(ROLE, "the name of a role"), default=reads.role_name,
        help=f"the role to assume in them ({reads.role_name}); {NO_ROLE}: use the credentials "
        "directly, for their own account")  # fmt: skip
    add(
        "--external-id",
        type=_one(EXTERNAL_ID, "an external id"),
        help="the external id that the role requires",
    )
    add("--profile", help="the AWS CLI profile with your credentials")
    add("--regions", type=_names(*REGION), default=(), help="the regions (all enabled ones)")
    add("--services", type=_names(*services), default=reads.services, help="the services (all)")
    add("--yes", action="store_true", help="start without asking")
    chosen = parser.parse_args(arguments)
    if chosen.role == NO_ROLE:
        chosen.role = None
        if len(chosen.accounts) > 1:
            parser.error("--role none reads only the account that the credentials belong to")
    elif not chosen.accounts:
        parser.error("--accounts: list the accounts (ACCOUNTS=...), or read your own (ROLE=none)")
    return Options(**vars(chosen))


def _one(pattern: str, what: str) -> Callable[[str], str]:
    def name(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return text

    return name


def _names(pattern: str, what: str) -> Callable[[str], tuple[str, ...]]:
    one = _one(pattern, what)

    def names(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one(name) for name in text.replace(",", " ").split()))

    return names
