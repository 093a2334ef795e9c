"""IAM roles and policies, KMS keys."""

import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from local.deployment.resources.registry import is_true, only, resource, tag_list
from local.deployment.stack import Created, Deployment, Properties

AWS_POLICIES = "arn:aws:iam::aws:policy/"


def policy_document(document: Any) -> str:
    """Return a policy as JSON; adds the Version that moto requires and SAM's policies lack."""
    return json.dumps({"Version": "2012-10-17", **document})


def attach_managed_policy(deployment: Deployment, role: str, policy_arn: str) -> None:
    """Attach a policy to a role; an AWS managed policy is first loaded into moto."""
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


@resource(
    "AWS::IAM::Role",
    "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
    "PermissionsBoundary Policies RoleName Tags",
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
    for policy in properties.get("Policies", []):
        document = policy_document(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    for policy_arn in properties.get("ManagedPolicyArns", []):
        attach_managed_policy(deployment, name, policy_arn)
    return Created(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


@resource("AWS::IAM::Policy", "PolicyDocument PolicyName Roles")
def inline_policy(deployment: Deployment, properties: Properties) -> Created:
    """Put an inline policy into each of its roles."""
    for role_name in properties["Roles"]:
        deployment.client("iam").put_role_policy(
            RoleName=role_name,
            PolicyName=properties["PolicyName"],
            PolicyDocument=policy_document(properties["PolicyDocument"]),
        )
    return Created(deployment.name())


@resource("AWS::IAM::ManagedPolicy", "Description PolicyDocument Roles")
def managed_policy(deployment: Deployment, properties: Properties) -> Created:
    """Create a managed policy and attach it to its roles."""
    made = deployment.client("iam").create_policy(
        PolicyName=deployment.name(),
        PolicyDocument=policy_document(properties["PolicyDocument"]),
        **only(properties, "Description"),
    )["Policy"]
    for role_name in properties["Roles"]:
        attach_managed_policy(deployment, role_name, made["Arn"])
    return Created(made["Arn"])


@resource(
    "AWS::KMS::Key",
    "Description EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion PendingWindowInDays Tags",
)
def key(deployment: Deployment, properties: Properties) -> Created:
    """Create a customer managed key, with rotation if enabled."""
    kms = deployment.client("kms")
    settings = only(properties, "Description KeySpec KeyUsage MultiRegion")
    if "KeyPolicy" in properties:
        settings["Policy"] = policy_document(properties["KeyPolicy"])
    made = kms.create_key(Tags=tag_list(properties, "TagKey", "TagValue"), **settings)
    metadata = made["KeyMetadata"]
    if is_true(properties.get("EnableKeyRotation")):
        kms.enable_key_rotation(KeyId=metadata["KeyId"])
    return Created(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})
