"""IAM's entities, asked for as any reader asks, one call for hundreds."""

from collections.abc import Iterator

from moto.backends import get_backend

from local.simulation.truth.item import Client, Item, item, tag_map

LISTS = (
    ("Policies", "AWS::IAM::ManagedPolicy", "PolicyId", "PolicyName"),
    ("RoleDetailList", "AWS::IAM::Role", "RoleId", "RoleName"),
    ("UserDetailList", "AWS::IAM::User", "UserId", "UserName"),
    ("GroupDetailList", "AWS::IAM::Group", "GroupId", "GroupName"),
)


def read(client: Client, account: str) -> Iterator[Item]:
    policies = get_backend("iam")[account]["aws"].managed_policies
    wanted = ["User", "Role", "Group", "LocalManagedPolicy"]
    paginator = client("iam", account=account).get_paginator("get_account_authorization_details")
    for page in paginator.paginate(Filter=wanted):
        for listed, kind, id_field, name_field in LISTS:
            for entity in page[listed]:
                tags = tag_map(entity.get("Tags", []))
                if policy := policies.get(entity["Arn"]):
                    entity |= {"PolicyId": policy.id, "PolicyName": policy.name}
                    tags = tag_map(policy.get_tags())
                identity = (entity["Arn"], entity[id_field], entity[name_field])
                yield item(kind, account, "global", identity, configuration=entity, tags=tags)
