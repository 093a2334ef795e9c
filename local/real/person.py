"""The user whose credentials read the accounts, found like in every AWS tool."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.utils import get_environ_proxies

from local.emulator.cloud import REGION
from local.gateway.identity import PARTITION

if TYPE_CHECKING:
    from botocore.credentials import Credentials

NOT_FOUND = (
    "no credentials: sign in, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "or name a profile (PROFILE=...)"
)
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN = ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException")
CONNECTIONS = 64
SECONDS = 20
CONFIG = Config(connect_timeout=SECONDS, read_timeout=SECONDS)


class UnusableCredentialsError(Exception):
    """The credentials do not identify anybody; the message says what to do."""


@dataclass(frozen=True)
class Identity:
    """The caller identity that AWS reports."""

    account: str
    arn: str


@dataclass(frozen=True)
class Endpoint:
    """A service's URL, and its open connections."""

    url: str
    http: URLLib3Session


class Person:
    """The credentials of a profile or of the environment; botocore refreshes them.

    Endpoints, proxies and certificates are configured as for the user's AWS tools:
    AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE, or the profile. Raises UnusableCredentialsError
    if there are no credentials.
    """

    def __init__(self, profile: str | None) -> None:
        self._lock = threading.Lock()
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._session = Session(profile=profile)
        self._named = profile
        try:
            found = self._session.get_credentials()
        except ProfileNotFound as error:
            known = ", ".join(self._session.available_profiles) or "none"
            message = f"profile {error.kwargs['profile']} does not exist (profiles: {known})"
            raise UnusableCredentialsError(message) from error
        except PartialCredentialsError as error:
            raise UnusableCredentialsError(f"the credentials are incomplete: {error}") from error
        except BotoCoreError as error:
            raise UnusableCredentialsError(str(error)) from error
        if found is None:
            raise UnusableCredentialsError(NOT_FOUND)
        self.credentials: Credentials = found

    @property
    def source(self) -> str:
        """The source of the credentials, for display."""
        name = self._named or self._session.get_config_variable("profile")
        return f"{f'profile {name}' if name else 'default credentials'} ({self.credentials.method})"

    def endpoint(self, service: str, region: str = REGION) -> Endpoint:
        """Return the endpoint of a service, the same for each call."""
        with self._lock:
            if (service, region) not in self._endpoints:
                self._endpoints[service, region] = self._open(service, region)
            return self._endpoints[service, region]

    def identify(self) -> Identity:
        """Return the identity from STS; raises UnusableCredentialsError if STS returns none."""
        sts: Any = self._client("sts", REGION)
        try:
            answer = sts.get_caller_identity()
        except (ClientError, BotoCoreError) as error:
            raise UnusableCredentialsError(self._explained(error)) from error
        identity = Identity(answer["Account"], answer["Arn"])
        if (partition := identity.arn.split(":")[1]) != PARTITION:
            message = f"{identity.arn} is in partition {partition}; only {PARTITION} is supported"
            raise UnusableCredentialsError(message)
        return identity

    def _open(self, service: str, region: str) -> Endpoint:
        url = self._client(service, region).meta.endpoint_url.rstrip("/")
        http = URLLib3Session(
            verify=self._session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(url),
            timeout=SECONDS,
            max_pool_connections=CONNECTIONS,
        )
        return Endpoint(url, http)

    def _client(self, service: str, region: str) -> Any:
        return self._session.create_client(service, region_name=region, config=CONFIG)

    def _explained(self, error: ClientError | BotoCoreError) -> str:
        signed_out = (SSOError, TokenRetrievalError)
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        if code in EXPIRED or isinstance(error, signed_out):
            return f"the credentials have expired: sign in again ({error})"
        if code in UNKNOWN:
            return f"AWS does not recognise the credentials: {error}"
        return f"cannot identify the credentials' owner: {error}"
