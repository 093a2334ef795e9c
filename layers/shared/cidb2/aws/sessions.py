"""botocore sessions that share expensive-to-build models and client classes."""

import gc
from pathlib import Path
from typing import Any, cast

import botocore.client
from botocore.client import ClientCreator
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials
from botocore.handlers import json_decode_policies
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session, get_session

from cidb2.aws.parsers import AnswerParsers


class _Files(JSONFileLoader):
    """Loads a file of a service model, which is kept for good and frozen out of garbage collection.

    New clients create enough objects to trigger full collections again and again, each of which
    would traverse some 50,000 objects of models: a tenth of the CPU of small accounts with Python
    3.13, a fifth with 3.11.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """

    def load_file(self, file_path: str) -> Any:
        """Return the content of the file, None if there is no such file."""
        loaded = super().load_file(file_path)
        if loaded is not None:
            gc.freeze()
        return loaded


class _Loader(Loader):
    """Loads a service's model without searching the folders of all other services first."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """Return all services, whether they have a file of the type or not."""
        folders = (Path(path) for path in self.search_paths)
        return [each.name for folder in folders if folder.is_dir() for each in folder.iterdir()]


LOADER = _Loader(file_loader=_Files())
_CLASSES: dict[tuple[str, str], type] = {}


class _Creator(ClientCreator):
    """Creates the class of a service's clients once, for the clients of all accounts and regions.

    botocore creates it again for each client, and EC2's has 800 methods. Other sessions get their
    own class, because their handlers may add methods to it, as boto3's do.
    """

    _loader: Loader

    def _create_client_class(self, service_name: str, service_model: Any) -> type:
        make: Any = super()._create_client_class  # type: ignore[misc]  # not in the stubs
        if self._loader is not LOADER:
            return cast("type", make(service_name, service_model))
        key = (service_name, service_model.api_version)
        if key not in _CLASSES:
            _CLASSES[key] = make(service_name, service_model)
        return _CLASSES[key]


botocore.client.ClientCreator = _Creator  # type: ignore[misc]  # where sessions look for it


def new_session() -> Session:
    """Return a botocore session with CIDB2's parsers; all such sessions share models and classes.

    boto3 must not wrap it: what boto3 adds to a class would be in all sessions or in none. IAM's
    policies stay text: botocore decodes a whole page at once, so one policy that it cannot decode
    would cost the page.
    """
    session = get_session()
    session.unregister("after-call.iam", json_decode_policies)  # type: ignore[arg-type]  # stubs
    session.register_component("data_loader", LOADER)
    session.register_component("response_parser_factory", AnswerParsers())
    return session


def session_with(credentials: Credentials) -> Session:
    """Return a session that uses only these credentials."""
    session = new_session()
    session.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
    return session


class _Given(CredentialProvider):
    """Provides a session with the given credentials."""

    METHOD: str | None = "assume-role"
    CANONICAL_NAME: str | None = METHOD

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials
