"""What botocore knows of a service: its model, how it is asked, where, and how its answers read.

This is the one module that builds on parts of botocore that it does not keep stable: what a client
is made of. The layer's lock names the botocore that this is tested with.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from threading import Lock
from typing import Any

from botocore import xform_name
from botocore.args import ClientArgsCreator
from botocore.auth import resolve_auth_type
from botocore.client import ClientEndpointBridge
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.errorfactory import ClientExceptionsFactory
from botocore.model import OperationModel
from botocore.paginate import PaginatorModel
from botocore.regions import EndpointResolverBuiltins, EndpointRulesetResolver
from botocore.serialize import create_serializer
from botocore.session import Session

from cidb2.aws.endpoints import resolver
from cidb2.aws.sessions import LOADER, new_session


@dataclass(frozen=True, slots=True)
class Route:
    """Where the requests of an operation go, and how they are signed, in botocore's terms."""

    url: str
    headers: Mapping[str, str]
    auth_type: str
    signing: Mapping[str, Any]


class Protocol:
    """One service, the same for all accounts and regions. Safe to use from several threads."""

    def __init__(self, session: Session, service: str) -> None:
        self._session = session
        self.model = session.get_service_model(service)
        self.service_id = self.model.service_id.hyphenize()
        self.events: Any = session.get_component("event_emitter")
        parsers: Any = session.get_component("response_parser_factory")
        self._serializer: Any = create_serializer(self.model.resolved_protocol)
        self._parser = parsers.create_parser(self.model.resolved_protocol)
        self._endpoints = _Endpoints(session, self.model)

    @cached_property
    def methods(self) -> Mapping[str, str]:
        """The operations by the names of a client's methods."""
        return {xform_name(name): name for name in self.model.operation_names}

    @cached_property
    def exceptions(self) -> Any:
        """The classes of a client's errors, by AWS's codes."""
        return ClientExceptionsFactory().create_client_exceptions(self.model)

    @cached_property
    def _paginators(self) -> PaginatorModel:
        return self._session.get_paginator_model(self.model.service_name)

    def paginator(self, operation: str) -> Mapping[str, Any]:
        """Return how an operation pages, as botocore's paginators define it; empty if it does not.

        botocore's ValueError for an operation without a paginator says no more.
        """
        try:
            paginator: Mapping[str, Any] = self._paginators.get_paginator(operation)
        except ValueError:
            return {}
        return paginator

    def serialize(self, model: OperationModel, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request with these parameters; ParamValidationError where they are wrong."""
        request: dict[str, Any] = self._serializer.serialize_to_request(params, model)
        return request

    def parse(self, model: OperationModel, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a response says; of an error also the members that its model adds."""
        answer: dict[str, Any] = self._parser.parse(response, model.output_shape)
        if response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
            code = answer.get("Error", {}).get("Code")
            shape = None if code is None else self.model.shape_for_error_code(code)
            if shape is not None:
                answer.update(self._parser.parse(response, shape))
        return answer

    def route(
        self, model: OperationModel, region: str, account_id: str, params: Mapping[str, Any]
    ) -> Route:
        """Return where a call goes and how it is signed."""
        return self._endpoints.route(model, region, account_id, params)


class _Endpoints:
    """Where a service is in each region, by the rules and the list that come with botocore.

    Settings count as they do for clients: AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT and so on.
    """

    def __init__(self, session: Session, model: Any) -> None:
        name = model.service_name
        settings: Any = copy.copy(session.get_component("config_store"))
        scoped = session.get_scoped_config()
        configured = ConfiguredEndpointProvider(session.full_config, scoped, name)
        settings.set_config_provider("endpoint_url", configured)
        rules = LOADER.load_service_model(name, "endpoint-rule-set-1")
        self._prefix = model.endpoint_prefix
        self._bridge: Any = ClientEndpointBridge(
            resolver(),
            scoped,
            service_signing_name=model.metadata.get("signingName"),
            config_store=settings,
            service_signature_version=_signature_version(model),
        )
        is_ignored = settings.get_config_variable("ignore_configured_endpoint_urls")
        self._url = None if is_ignored else settings.get_config_variable("endpoint_url")
        new_arguments: Any = ClientArgsCreator
        arguments = new_arguments(None, None, None, LOADER, None, settings)
        builtins = arguments.compute_endpoint_resolver_builtin_defaults(
            region_name="",
            service_name=self._prefix,
            s3_config={},
            endpoint_bridge=self._bridge,
            client_endpoint_url=self._url,
            legacy_endpoint_url=None,
            credentials=None,
            account_id_endpoint_mode=settings.get_config_variable("account_id_endpoint_mode"),
            s3_disable_express_session_auth=None,
        )
        new_rules: Any = EndpointRulesetResolver
        partitions = LOADER.load_data("partitions")
        self._rules = new_rules(rules, partitions, model, builtins, {}, _Placement())
        kinds = [one.get("builtIn") for one in rules["parameters"].values()]
        self._is_by_account = EndpointResolverBuiltins.ACCOUNT_ID.value in kinds
        self._regions: dict[str, Mapping[str, Any]] = {}
        self._routes: dict[tuple[str, str], Route] = {}

    def route(
        self, model: OperationModel, region: str, account_id: str, params: Mapping[str, Any]
    ) -> Route:
        """Return a call's route, worked out once where neither account nor parameters count."""
        if self._is_by_account or model.context_parameters or model.operation_context_parameters:
            return self._work_out(model, region, account_id, params)
        key = (region, model.name if model.static_context_parameters else "")
        if key not in self._routes:
            self._routes[key] = self._work_out(model, region, account_id, params)
        return self._routes[key]

    def _work_out(
        self, model: OperationModel, region: str, account_id: str, params: Mapping[str, Any]
    ) -> Route:
        place = {"region": region, "account_id": account_id}
        endpoint = self._rules.construct_endpoint(model, params, place)
        listed = self._listed(region)
        signing = {"region": listed["signing_region"], "signing_name": listed["signing_name"]}
        auth_type = model.resolved_auth_type
        if (schemes := endpoint.properties.get("authSchemes")) is not None:
            auth_type, of_scheme = self._rules.auth_schemes_to_signing_ctx(schemes)
            signing |= of_scheme
        auth_type = auth_type or listed["signature_version"]
        return Route(endpoint.url, endpoint.headers, auth_type, signing)

    def _listed(self, region: str) -> Mapping[str, Any]:
        if region not in self._regions:
            self._regions[region] = self._bridge.resolve(self._prefix, region, self._url)
        return self._regions[region]


class _Placement:
    """Tells the rules which region and account are meant, where they expect botocore's events.

    So one set of rules, which is expensive to build, serves all regions and accounts.
    """

    def emit(self, _event: str, *, builtins: dict[Any, Any], context: Any, **_: Any) -> None:
        builtins[EndpointResolverBuiltins.AWS_REGION] = context["region"]
        builtins[EndpointResolverBuiltins.ACCOUNT_ID] = context["account_id"]


def _signature_version(model: Any) -> str | None:
    auth = model.metadata.get("auth")
    version: str | None = resolve_auth_type(auth) if auth else model.metadata["signatureVersion"]
    return version


class Protocols:
    """The protocols of services, each built at its first use. Safe to use from several threads."""

    def __init__(self) -> None:
        self._session = new_session()
        self._built: dict[str, Protocol] = {}
        self._lock = Lock()

    def of(self, service: str) -> Protocol:
        """Return the protocol of a service, by botocore's name for it."""
        with self._lock:
            if service not in self._built:
                self._built[service] = Protocol(self._session, service)
            return self._built[service]
