"""IAM roles and policies, KMS keys and aliases."""

import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from local.resources.registry import is_true, only, resource, tag_list
from local.stack import Created, Deployment, Properties, StackResource

AWS_POLICIES = "arn:aws:iam::aws:policy/"


def policy_document(document: Any) -> str:
    """Return a policy as JSON text; SAM's own policies lack the Version that moto insists on."""
    return json.dumps({"Version": "2012-10-17", **document})


def attach_managed_policy(deployment: Deployment, role: str, policy_arn: str) -> None:
    """Attach a policy to a role, AWS's own policies included: moto loads those only all at once."""
    if policy_arn.startswith(AWS_POLICIES):
        known = iam_backends[deployment.stack.account]["aws"].managed_policies
        name = policy_arn.rpartition("/")[2]
        data = json.loads(aws_managed_policies_data)[name]
        known.setdefault(
            policy_arn,
            AWSManagedPolicy.from_data(
                name, deployment.stack.account, deployment.stack.region, data
            ),
        )
    deployment.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy_arn)


def delete_role(deployment: Deployment, role: StackResource) -> None:
    """Detach and delete what the role has, then the role."""
    iam, name = deployment.client("iam"), role.physical_id
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def put_policies(iam: Any, role_name: str, policies: list[Properties]) -> None:
    """Put inline policies into a role."""
    for policy in policies:
        document = policy_document(policy["PolicyDocument"])
        iam.put_role_policy(
            RoleName=role_name, PolicyName=policy["PolicyName"], PolicyDocument=document
        )


def change_role(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a role's trust, description and inline policies."""
    iam, name = deployment.client("iam"), old.physical_id
    trust = policy_document(properties["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    iam.update_role(RoleName=name, **only(properties, "Description MaxSessionDuration"))
    before, after = old.properties.get("Policies", []), properties.get("Policies", [])
    for gone in {each["PolicyName"] for each in before} - {each["PolicyName"] for each in after}:
        iam.delete_role_policy(RoleName=name, PolicyName=gone)
    put_policies(iam, name, after)


@resource(
    "AWS::IAM::Role",
    "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
    "PermissionsBoundary Policies RoleName Tags",
    delete_role,
    changeable="AssumeRolePolicyDocument Description MaxSessionDuration Policies",
    change=change_role,
)
def role(deployment: Deployment, properties: Properties) -> Created:
    """Create a role with its inline and managed policies."""
    iam = deployment.client("iam")
    name = properties.get("RoleName") or deployment.name()
    settings = only(properties, "Description MaxSessionDuration Path PermissionsBoundary")
    if "MaxSessionDuration" in settings:
        settings["MaxSessionDuration"] = int(settings["MaxSessionDuration"])
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=policy_document(properties["AssumeRolePolicyDocument"]),
        Tags=tag_list(properties),
        **settings,
    )["Role"]
    put_policies(iam, name, properties.get("Policies", []))
    for policy_arn in properties.get("ManagedPolicyArns", []):
        attach_managed_policy(deployment, name, policy_arn)
    return Created(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def delete_inline_policy(deployment: Deployment, policy: StackResource) -> None:
    """Take an inline policy from each of its roles."""
    for role_name in policy.properties["Roles"]:
        deployment.client("iam").delete_role_policy(
            RoleName=role_name, PolicyName=policy.properties["PolicyName"]
        )


@resource(
    "AWS::IAM::Policy",
    "PolicyDocument PolicyName Roles",
    delete_inline_policy,
    changeable="PolicyDocument",
)
def inline_policy(deployment: Deployment, properties: Properties) -> Created:
    """Put an inline policy into each of its roles."""
    for role_name in properties["Roles"]:
        deployment.client("iam").put_role_policy(
            RoleName=role_name,
            PolicyName=properties["PolicyName"],
            PolicyDocument=policy_document(properties["PolicyDocument"]),
        )
    return Created(deployment.name())


def delete_managed_policy(deployment: Deployment, policy: StackResource) -> None:
    """Detach a policy from its roles and delete it."""
    iam = deployment.client("iam")
    for attached in policy.properties.get("Roles", []):
        iam.detach_role_policy(RoleName=attached, PolicyArn=policy.physical_id)
    iam.delete_policy(PolicyArn=policy.physical_id)


@resource(
    "AWS::IAM::ManagedPolicy",
    "Description ManagedPolicyName Path PolicyDocument Roles",
    delete_managed_policy,
)
def managed_policy(deployment: Deployment, properties: Properties) -> Created:
    """Create a policy and attach it to its roles."""
    iam = deployment.client("iam")
    arn = iam.create_policy(
        PolicyName=properties.get("ManagedPolicyName") or deployment.name(128),
        PolicyDocument=policy_document(properties["PolicyDocument"]),
        **only(properties, "Description Path"),
    )["Policy"]["Arn"]
    for role_name in properties.get("Roles", []):
        iam.attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return Created(arn, {"PolicyArn": arn})


def delete_key(deployment: Deployment, key: StackResource) -> None:
    """Schedule a key's deletion, as CloudFormation does."""
    days = key.properties.get("PendingWindowInDays", 30)
    deployment.client("kms").schedule_key_deletion(
        KeyId=key.physical_id, PendingWindowInDays=int(days)
    )


def change_key(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a key's policy and description; the pending window is asked for at its deletion."""
    kms, key_id = deployment.client("kms"), old.physical_id
    kms.put_key_policy(
        KeyId=key_id, PolicyName="default", Policy=policy_document(properties["KeyPolicy"])
    )
    kms.update_key_description(KeyId=key_id, Description=properties.get("Description", ""))


@resource(
    "AWS::KMS::Key",
    "Description EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion PendingWindowInDays Tags",
    delete_key,
    changeable="Description KeyPolicy PendingWindowInDays",
    change=change_key,
)
def key(deployment: Deployment, properties: Properties) -> Created:
    """Create a customer key, rotating if asked to."""
    kms = deployment.client("kms")
    settings = only(properties, "Description KeySpec KeyUsage MultiRegion")
    if "KeyPolicy" in properties:
        settings["Policy"] = policy_document(properties["KeyPolicy"])
    made = kms.create_key(Tags=tag_list(properties, "TagKey", "TagValue"), **settings)
    metadata = made["KeyMetadata"]
    if is_true(properties.get("EnableKeyRotation")):
        kms.enable_key_rotation(KeyId=metadata["KeyId"])
    return Created(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})


@resource(
    "AWS::KMS::Alias",
    "AliasName TargetKeyId",
    lambda deployment, alias: deployment.client("kms").delete_alias(AliasName=alias.physical_id),
)
def alias(deployment: Deployment, properties: Properties) -> Created:
    """Name a key."""
    deployment.client("kms").create_alias(**properties)
    return Created(properties["AliasName"])
