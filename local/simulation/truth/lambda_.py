"""Functions, layers and event source mappings, read from moto's own objects."""

from collections.abc import Iterator
from datetime import datetime

from moto.awslambda.models import LambdaBackend
from moto.backends import get_backend

from local.simulation.truth.item import Found, Item, expected_items, item, plain


def read(account: str, region: str) -> Iterator[Item]:
    backend = get_backend("lambda")[account][region]
    yield from expected_items(account, region, _found(backend))
    for function in backend.list_functions():
        name, url = function.function_name, function.url_config
        statements = [*function.policy.statements]
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        configuration = function.get_configuration()
        variables = configuration.pop("Environment", {}).get("Variables", {})
        configuration["LastModified"] = datetime.fromisoformat(configuration["LastModified"])
        yield item(
            "AWS::Lambda::Function",
            account,
            region,
            (function.function_arn, name, name),
            configuration=configuration,
            supplementaryConfiguration={
                "EnvironmentVariableNames": sorted(variables) or None,
                "FunctionUrlConfigs": [plain(url.to_dict())] if url else None,
                "Policy": policy if statements else None,
                "ReservedConcurrentExecutions": function.reserved_concurrency,
            },
            tags={**function.tags},
        )


def _found(backend: LambdaBackend) -> Iterator[Found]:
    """Yield resources of types that the hub's stack also has."""
    for mapping in backend._event_source_mappings.values():
        tags = mapping.tags
        yield tags.get("Name"), mapping.arn, "Lambda::EventSourceMapping", mapping.uuid, tags
    for layer in backend.list_layers():
        name = layer["LayerName"]
        yield name, layer["LayerArn"], "Lambda::Layer", name, {}
