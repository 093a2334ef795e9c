"""Templates of ARNs, which build ARNs from entries and check the ARNs of items.

`volume/{VolumeId}` is short for `arn:{partition}:ec2:{region}:{account}:volume/{VolumeId}`. Braces
contain parts of the scope or paths into the entry; `*` is a part that only AWS knows, `**` one that
may contain slashes. `{/Name}` is a slash, unless the value begins with one, and the value; it is
empty if there is no value. `{/*}` is such a part that only AWS knows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from cidb2.types.paths import check_path

_TEMPLATE = re.compile(r"arn:\{partition\}:([a-z0-9-]+):([^:]*):([^:]*):(.+)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|(\*\*?)")
ANY_ACCOUNT = "*"
"""The account in a template whose ARNs do not name the account in which they are listed."""

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_OF_SCOPE = frozenset({"partition", "region", "account"})
_PATTERNS = {"Path": r"/(?:.+/)?"}
"""Patterns of members in an ARN; IAM's paths begin and end with a slash."""


@dataclass(frozen=True, slots=True)
class ArnTemplate:
    """The template of a type's ARNs."""

    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str, service: str, *, has_region: bool) -> Self:
        """Return the template of a declaration, in its short or full form. Raises ValueError.

        `service` is the service of a short form, and `has_region` whether it names a region.
        """
        if not text.startswith("arn:"):
            region = "{region}" if has_region else ""
            text = f"arn:{{partition}}:{service}:{region}:{{account}}:{text}"
        found = _TEMPLATE.fullmatch(text)
        if not found:
            raise ValueError(f"not the template of an ARN: {text!r}")
        template = cls(*found.groups())
        for path in template.paths:
            check_path(path)
        return template

    @property
    def paths(self) -> list[str]:
        """The paths into the entry that the template contains."""
        return [path.removeprefix("/") for path in _names(self.resource) if path not in _OF_SCOPE]

    @property
    def required(self) -> list[str]:
        """The paths that must have a value, or there is no ARN."""
        return [path for path in self.paths if f"{{/{path}}}" not in self.resource]

    @property
    def literals(self) -> list[str]:
        """The texts before, between and after the placeholders of the last part of an ARN."""
        return _PLACEHOLDER.sub("\n", self.resource).split("\n")

    def fits_account(self, account: str, of_scope: str) -> bool:
        """Tell whether the account in an ARN is the one of its scope, or one where any may be."""
        if self.account == ANY_ACCOUNT:
            return _ACCOUNT_ID.fullmatch(account) is not None
        return account == self.account.replace("{account}", of_scope)

    @property
    def can_be_made(self) -> bool:
        """Whether an ARN can be built from an entry alone."""
        return "*" not in self.resource and self.account != ANY_ACCOUNT

    def make(self, of_scope: Mapping[str, str], value: Callable[[str], Any]) -> str | None:
        """Return an ARN; `value` returns the value at a path. None if a value is missing."""
        if not self.can_be_made:
            return None
        text = ":".join(
            ["arn", of_scope["partition"], self.service, self.region, self.account, self.resource]
        )
        known = {path: _part(path, of_scope, value) for path in _names(text)}
        if None in known.values():
            return None
        return _PLACEHOLDER.sub(lambda found: str(known[found[1]]), text)

    def fits(
        self, resource: str, known: Mapping[str, str | None], *, slashes: bool = False
    ) -> bool:
        """Tell whether the last part of an ARN matches the template and known values.

        `known` has the values of some paths, which may contain slashes; other values may only
        where `slashes` says so.
        """
        slashed = {path for path, value in known.items() if value and "/" in value}
        pattern, paths = _pattern(self.resource, frozenset(self.paths if slashes else slashed))
        found = pattern.fullmatch(resource)
        return found is not None and all(
            value == (_part(path, {}, known.get) if path.removeprefix("/") in known else value)
            for path, value in zip(paths, found.groups(""), strict=True)
        )


def _names(text: str) -> list[str]:
    return [path for path, _ in _PLACEHOLDER.findall(text) if path not in {"", "/*"}]


def _part(path: str, of_scope: Mapping[str, str], value: Callable[[str], Any]) -> str | None:
    """Return the part of an ARN at a path, None if it must have a value and has none."""
    if not path.startswith("/"):
        found = of_scope.get(path) or value(path)
        return str(found) if found else None
    found = value(path.removeprefix("/"))
    return f"/{str(found).removeprefix('/')}" if found else ""


@cache
def _pattern(resource: str, slashed: frozenset[str]) -> tuple[re.Pattern[str], list[str]]:
    pattern, end = "", 0
    for found in _PLACEHOLDER.finditer(resource):
        may_have_slashes = found[1] in slashed or found[2] == "**"
        part = ".+" if may_have_slashes else r"[^/]+"
        pattern += re.escape(resource[end : found.start()])
        is_optional = (found[1] or "").startswith("/")
        pattern += "(/.+)?" if is_optional else f"({_PATTERNS.get(found[1], part)})"
        end = found.end()
    paths = [found[1] or "*" for found in _PLACEHOLDER.finditer(resource)]
    return re.compile(pattern + re.escape(resource[end:]), re.DOTALL), paths
