"""The one exception tree of CIDB2. Each class says when it is raised."""


class Cidb2Error(Exception):
    """Base of everything that CIDB2 raises on purpose."""


class UnexpectedError(Cidb2Error):
    """Raised instead of an unexpected error, whose message may quote anything.

    The message names its kind, and the file and line that raised it.
    """


class InvalidInputError(Cidb2Error):
    """Raised when something handed in from outside breaks its schema or its limits.

    The message names the field, what was found and what is allowed.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class ConfigurationError(Cidb2Error):
    """Raised at start when an environment variable is missing or cannot be parsed."""


class OrganizationUnreadableError(Cidb2Error):
    """Raised when AWS Organizations refuses to name the accounts that a run asks for."""


class OrganizationUnavailableError(Cidb2Error):
    """Raised when AWS Organizations cannot name the accounts now; a retry may help."""


class RegionsUnreadableError(Cidb2Error):
    """Raised when EC2 refuses to name the regions that those of a run are checked against."""


class RunDeadlineError(Cidb2Error):
    """Raised where a run reaches its deadline (ISO 8601) before it has collected everything."""

    def __init__(self, deadline: str) -> None:
        super().__init__(
            f"The run reached its deadline, {deadline}, before this was collected to the end."
        )


class RegionsUnavailableError(Cidb2Error):
    """Raised when EC2 cannot name the regions now; a retry may help."""


class RoleNotAssumedError(Cidb2Error):
    """Raised when STS refuses the collector role of an account; `__cause__` is AWS's answer."""


class StorageError(Cidb2Error):
    """Base of what the hub's own tables and bucket answer; `__cause__` is AWS's answer."""


class StorageUnavailableError(StorageError):
    """Raised when a table or the bucket of the hub cannot be reached now; a retry may help."""


class StorageRefusedError(StorageError):
    """Raised when a table or the bucket of the hub refuses; a retry will not help."""


class ResourceGoneError(Cidb2Error):
    """Raised when a resource vanished between being listed and being read."""


class UnknownMessageError(Cidb2Error):
    """Raised when a queue message is not an item: not JSON, or not of the item's schema."""


class InconsistentItemError(Cidb2Error):
    """Raised when an item speaks of anything but its own scope, or of what nobody can have seen.

    The message names the field and what does not fit, and quotes nothing.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")


class UnusableRowError(Cidb2Error):
    """Raised when a row of the inventory table is no item, or leads to fields that are not its own.

    The message names the row's ARN.
    """
