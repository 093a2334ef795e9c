"""Functions, read from moto's own objects."""

from collections.abc import Iterator
from datetime import datetime

from moto.backends import get_backend

from local.simulation.truth.item import Item, item, plain


def read(account: str, region: str) -> Iterator[Item]:
    for function in get_backend("lambda")[account][region].list_functions():
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
