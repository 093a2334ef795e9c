"""A rule: what a finding looks at, how it judges that, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cidb2.items.findings.verdicts import Verdict
from cidb2.items.item import Effect
from cidb2.items.resource import Resource


class Finding(StrEnum):
    """The findings; `docs/reasons.md` explains each and what to do about it."""

    PUBLIC_BUCKET = "PUBLIC_BUCKET"
    KEY_WITHOUT_ROTATION = "KEY_WITHOUT_ROTATION"
    POLICY_ALLOWS_ALL = "POLICY_ALLOWS_ALL"
    OLD_ACCESS_KEY = "OLD_ACCESS_KEY"
    USER_WITHOUT_MFA = "USER_WITHOUT_MFA"
    ROOT_ACCESS_KEY = "ROOT_ACCESS_KEY"
    ROOT_WITHOUT_MFA = "ROOT_WITHOUT_MFA"
    WEAK_PASSWORD_POLICY = "WEAK_PASSWORD_POLICY"  # noqa: S105 - a name
    OPEN_ADMINISTRATION_PORT = "OPEN_ADMINISTRATION_PORT"
    PUBLIC_SNAPSHOT = "PUBLIC_SNAPSHOT"
    PUBLIC_IMAGE = "PUBLIC_IMAGE"
    UNENCRYPTED_VOLUME = "UNENCRYPTED_VOLUME"
    UNENCRYPTED_SNAPSHOT = "UNENCRYPTED_SNAPSHOT"
    INSTANCE_WITH_IMDSV1 = "INSTANCE_WITH_IMDSV1"
    PUBLIC_FUNCTION = "PUBLIC_FUNCTION"
    PUBLIC_DATABASE = "PUBLIC_DATABASE"
    PUBLIC_DATABASE_SNAPSHOT = "PUBLIC_DATABASE_SNAPSHOT"
    PUBLIC_SEARCH_DOMAIN = "PUBLIC_SEARCH_DOMAIN"
    PUBLIC_RESOURCE_POLICY = "PUBLIC_RESOURCE_POLICY"
    UNENCRYPTED_DATABASE = "UNENCRYPTED_DATABASE"
    UNENCRYPTED_DATABASE_SNAPSHOT = "UNENCRYPTED_DATABASE_SNAPSHOT"
    UNENCRYPTED_FILE_SYSTEM = "UNENCRYPTED_FILE_SYSTEM"
    UNENCRYPTED_SEARCH_DOMAIN = "UNENCRYPTED_SEARCH_DOMAIN"
    UNENCRYPTED_CACHE = "UNENCRYPTED_CACHE"
    CERTIFICATE_ENDS_SOON = "CERTIFICATE_ENDS_SOON"
    SECRET_WITHOUT_ROTATION = "SECRET_WITHOUT_ROTATION"  # noqa: S105 - a name
    TRAIL_NOT_LOGGING = "TRAIL_NOT_LOGGING"
    TRAIL_WITHOUT_VALIDATION = "TRAIL_WITHOUT_VALIDATION"
    OUT_OF_SUPPORT = "OUT_OF_SUPPORT"
    LISTENER_WITHOUT_TLS = "LISTENER_WITHOUT_TLS"
    LISTENER_WITH_OLD_TLS = "LISTENER_WITH_OLD_TLS"


@dataclass(frozen=True)
class Rule:
    """Judges each resource of `types`; `title` and `advice` are the report's words.

    `page` is AWS's page on what to do. `effect` is what a change means that causes the finding.
    """

    finding: Finding
    types: tuple[str, ...]
    judge: Callable[[Resource], Verdict]
    title: str
    advice: str
    page: str = ""
    effect: Effect | None = None
