"""The exceptions of CIDB2, in one hierarchy. Each class says when it is raised."""


class Cidb2Error(Exception):
    """Base of everything that CIDB2 raises on purpose."""


class UnexpectedError(Cidb2Error):
    """Raised in place of an unexpected error, because that error's message may quote anything.

    The message names its kind, and the file and line that raised it.
    """


class InvalidInputError(Cidb2Error):
    """Raised when external input violates its schema or a limit.

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
    """Raised when EC2 refuses to name the regions against which a run's regions are checked."""


class RunDeadlineError(Cidb2Error):
    """Raised when a run reaches its deadline (ISO 8601) before everything is collected."""

    def __init__(self, deadline: str) -> None:
        super().__init__(
            f"The run reached its deadline, {deadline}, before this scope was collected completely."
        )


class RegionsUnavailableError(Cidb2Error):
    """Raised when EC2 cannot name the regions now; a retry may help."""


class RoleNotAssumedError(Cidb2Error):
    """Raised when STS refuses the collector role of an account; `__cause__` is AWS's answer."""


class StorageError(Cidb2Error):
    """Base of errors of the hub's own tables and bucket; `__cause__` is AWS's answer."""


class StorageUnavailableError(StorageError):
    """Raised when a table or the bucket of the hub cannot be reached now; a retry may help."""


class StorageRefusedError(StorageError):
    """Raised when a table or the bucket of the hub refuses; a retry will not help."""


class ResourceGoneError(Cidb2Error):
    """Raised when a resource vanished between being listed and being read."""


class UnknownMessageError(Cidb2Error):
    """Raised when a queue message is not an item: not JSON, or not valid against the schema."""


class InconsistentItemError(Cidb2Error):
    """Raised when an item contradicts its own scope, or claims what its collector cannot have seen.

    The message names the field and the contradiction, and quotes no value.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")


class UnusableRowError(Cidb2Error):
    """Raised when a row of the inventory table is not an item, or points to fields of another item.

    The message names the row's ARN.
    """
