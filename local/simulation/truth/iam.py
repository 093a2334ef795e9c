"""IAM's entities, read through its API in few calls, and account settings."""

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.iam.models import AccessKey, IAMBackend, User

from local.simulation.population.planted import Planted
from local.simulation.truth.item import Client, Item, expected_item, item, plain, tag_map

LISTS = (
    ("Policies", "AWS::IAM::ManagedPolicy", "PolicyId", "PolicyName"),
    ("RoleDetailList", "AWS::IAM::Role", "RoleId", "RoleName"),
    ("UserDetailList", "AWS::IAM::User", "UserId", "UserName"),
    ("GroupDetailList", "AWS::IAM::Group", "GroupId", "GroupName"),
)

HOUR = 3_600


def read(client: Client, account: str) -> Iterator[Item]:
    backend = get_backend("iam")[account]["aws"]
    yield _settings(account, backend)
    policies, further = backend.managed_policies, _further(backend)
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
                yield item(
                    kind,
                    account,
                    "global",
                    identity,
                    configuration=entity,
                    supplementaryConfiguration=further.get(entity[id_field], {}),
                    tags=tags,
                )


def _further(backend: IAMBackend) -> dict[str, Any]:
    """Return the results of further calls about users and roles, by id."""
    users = {user.id: _credentials(user) for user in backend.users.values()}
    roles = {
        role.id: {
            "Description": role.description,
            "MaxSessionDuration": int(role.max_session_duration or HOUR),
        }
        for role in backend.roles.values()
    }
    return users | roles


def _credentials(user: User) -> dict[str, Any]:
    profile = {
        "UserName": user.name,
        "CreateDate": user.create_date,
        "PasswordResetRequired": user.password_reset_required,
    }
    return {
        "AccessKeys": [
            {
                "UserName": key.user_name,
                "AccessKeyId": key.access_key_id,
                "Status": key.status,
                "CreateDate": plain(key.create_date),
            }
            for key in user.access_keys
        ],
        "AccessKeysLastUsed": {key.access_key_id: _use(key) for key in user.access_keys},
        "LoginProfile": plain(profile) if user.password else None,
        "MFADevices": [
            {
                "UserName": user.name,
                "SerialNumber": device.serial_number,
                "EnableDate": plain(device.enable_date),
            }
            for device in user.mfa_devices.values()
        ],
        "PasswordLastUsed": plain(user.password_last_used),
    }


def _use(key: AccessKey) -> dict[str, Any]:
    used = key.last_used
    if used is None:
        return {"Region": "N/A", "ServiceName": "N/A"}
    moment = plain(used.timestamp)
    return {"LastUsedDate": moment, "Region": used.region, "ServiceName": used.service}


def _settings(account: str, backend: IAMBackend) -> Item:
    """Return the account settings; entity counts are excluded because they change by the hour."""
    summary = backend.get_account_summary().summary_map
    policy = backend.account_password_policy
    told_of_root = ("AccountMFAEnabled", "AccountAccessKeysPresent")
    length = "supplementaryConfiguration.PasswordPolicy.MinimumPasswordLength"
    shows = {f"configuration.SummaryMap.{name}": summary[name] for name in told_of_root}
    shows |= (
        {length: policy.minimum_password_length}
        if policy
        else {"supplementaryConfiguration.PasswordPolicy": None}
    )
    arn = f"arn:aws:iam::{account}:account-settings/{account}"
    return expected_item(
        Planted("AWS::IAM::AccountSettings", account, "global", arn, account, shows=shows)
    )
