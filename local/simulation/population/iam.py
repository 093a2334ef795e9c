"""Plants IAM: customer managed policies with versions, groups, users and roles."""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User

from local.simulation.population.iam_credentials import plant_credentials
from local.simulation.population.iam_trust import plant_trust
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

PATH = "/team/"
MOST_VERSIONS = 5
STRANGER = "arn:aws:iam::990099009900:root"
ACTIONS = {
    "s3": ("GetObject", "PutObject", "ListBucket"),
    "dynamodb": ("GetItem", "Query", "BatchWriteItem"),
    "kms": ("Decrypt", "GenerateDataKey*"),
    "logs": ("CreateLogStream", "PutLogEvents"),
}
CARELESS = 23
"""One in this many policies allows everything."""
PROVIDER = "token.actions.githubusercontent.com"
TRUSTED: tuple[dict[str, Any], ...] = (
    {"Principal": {"Service": "lambda.amazonaws.com"}},
    {"Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}},
    {
        "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": "für-uns"}},
    },
    {
        "Principal": {"Federated": f"arn:aws:iam::210987654321:oidc-provider/{PROVIDER}"},
        "Condition": {"StringLike": {f"{PROVIDER}:sub": "repo:example/*:ref:refs/heads/main"}},
    },
)


def plant(site: Site, amount: int) -> None:
    """Create `amount` policies, groups, users and roles in a securely configured account."""
    _protect(site)
    policies, groups, users = round(amount * 0.3), round(amount * 0.1), round(amount * 0.2)
    for number in range(amount):
        if number < policies:
            _plant_policy(site)
        elif number < policies + groups:
            _plant_group(site)
        elif number < policies + groups + users:
            _plant_user(site)
        else:
            _plant_role(site)


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create trust resources, and users with credentials."""
    yield from plant_trust(site, client)
    yield from plant_credentials(site, client)


def change(site: Site) -> None:
    """Give a policy a new version, change the tags of a role, and let one trust a stranger."""
    backend = _backend(site)
    if policies := _policies(site):
        policy = site.rng.choice(policies)
        if len(policy.versions) == MOST_VERSIONS:
            policy.versions.remove(next(v for v in policy.versions if not v.is_default))
        backend.create_policy_version(policy.arn, _document(site), set_as_default=True)
    if roles := [role for role in backend.roles.values() if role.path == PATH]:
        site.rng.choice(roles).tags = [{"Key": "Geprüft", "Value": f"{site.number()}"}]
        trusting = {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [trusting]}
        roles[-1].assume_role_policy_document = json.dumps(trust)


def delete(site: Site) -> None:
    """Delete one user of a team."""
    backend = _backend(site)
    if users := [user for user in backend.users.values() if user.path == PATH]:
        user = site.rng.choice(users)
        for group in backend.get_groups_for_user(user.name):
            backend.remove_user_from_group(group.name, user.name)
        user.policies.clear()
        backend.delete_user(user.name)


def _protect(site: Site) -> None:
    """Require long passwords and give the root user MFA, unless already configured."""
    backend = _backend(site)
    if backend.account_password_policy is None:
        backend.account_summary._account_mfa_enabled = 1
        backend.update_account_password_policy(
            allow_change_password=True,
            hard_expiry=0,
            max_password_age=0,
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            require_uppercase_characters=True,
        )


def _backend(site: Site) -> IAMBackend:
    return get_backend("iam")[site.account_id]["aws"]


def _policies(site: Site) -> list[ManagedPolicy]:
    return [policy for arn, policy in _backend(site).managed_policies.items() if PATH in arn]


def _tags(site: Site) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in site.tags(emoji=False).items()]


def _document(site: Site) -> str:
    service = site.rng.choice(sorted(ACTIONS))
    actions = [f"{service}:{action}" for action in ACTIONS[service]]
    number = site.number()
    allow: dict[str, Any] = {"Sid": f"Statement{number}", "Effect": "Allow", "Action": actions}
    if number % CARELESS == 0:
        allow["Action"] = "*"
    return json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Resource": "*"}]})


def _grant(site: Site, identity: Role | Group | User) -> None:
    """Attach up to three policies to an identity, and sometimes an inline one."""
    identity.create_date = site.moment()
    policies = _policies(site)
    for policy in site.rng.sample(policies, min(len(policies), site.rng.randrange(4))):
        policy.attach_to(identity)
    if site.chance(0.3):
        identity.put_policy("by-hand", _document(site))


def _plant_policy(site: Site) -> None:
    backend, text = _backend(site), f"Zugriff n° {site.number()}"
    policy = backend.create_policy(text, PATH, _document(site), site.name("access"), _tags(site))
    for is_default in site.one_of(((), (True,), (), (False, True, False))):
        backend.create_policy_version(policy.arn, _document(site), is_default)
    policy.create_date = policy.update_date = site.moment()
    for version in policy.versions:
        version.create_date = policy.create_date


def _plant_group(site: Site) -> None:
    _grant(site, _backend(site).create_group(site.name("group"), PATH))


def _plant_user(site: Site) -> None:
    backend = _backend(site)
    user = backend.create_user("us-east-1", site.name("user"), PATH, _tags(site))
    user.create_date = site.moment()
    groups = list(backend.groups.values())
    for group in site.rng.sample(groups, min(len(groups), site.rng.randrange(3))):
        backend.add_user_to_group(group.name, user.name)


def _plant_role(site: Site) -> None:
    policies, trust = _policies(site), {"Effect": "Allow", "Action": "sts:AssumeRole"}
    statement = trust | site.one_of(TRUSTED)
    boundary = site.rng.choice(policies).arn if policies and site.chance(0.1) else None
    role = _backend(site).create_role(
        role_name=site.name("role"),
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        path=PATH,
        permissions_boundary=boundary,
        description="Rôle de service",
        tags=_tags(site),
        max_session_duration="3600",
    )
    _grant(site, role)
