"""The pipeline's roles may do what a delivery and CloudFormation call, and nothing beside it."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.permissions.judging import as_list, judge
from tests.permissions.pipeline import (
    ACCOUNT,
    BUCKET,
    PLACE,
    ask,
    changing,
    executing,
    policies,
    proposing,
    role_arn,
    roles,
    stack_arn,
    transforms,
)
from tests.permissions.requests import Request

TRANSFORM = "TransformTheTemplate"
ISSUER = "token.actions.githubusercontent.com"
WORKFLOW = "octo/cidb2/.github/workflows/deploy.yml"
TAG = f"{WORKFLOW}@refs/tags/v1.2.3"

every_environment = pytest.mark.parametrize("environment", ["dev", "prod"])


def of_another_stack(environment: str, requests: list[Request]) -> list[Request]:
    """Return the requests about what a stack's name tells apart, for another stack."""
    own, other = f"cidb2-{environment}-", "cidb2-other-"
    return [
        one.but("another stack", resource=one.resource.replace(own, other))
        for one in requests
        if own in one.resource
    ]


def beyond_proposing(environment: str) -> list[Request]:
    """Return what may not be done by proposing a change."""
    role = "ProposerRole" if environment == "prod" else "DeployerRole"
    stack, other = stack_arn(environment), stack_arn("other")
    managed = f"arn:aws:cloudformation:{PLACE}:stack/aws-sam-cli-managed-default/1a2b"
    artifact = f"arn:aws:s3:::{BUCKET}/cidb2-{environment}/0a1b"
    own = {"cloudformation:RoleArn": role_arn("CloudFormationRole")}
    create, owner = "cloudformation:CreateChangeSet", "aws:ResourceAccount"
    return [
        ask(role, create, stack).but("with the caller's own permissions"),
        ask(role, create, stack, **{"cloudformation:RoleArn": role_arn("Administrator")}).but(
            "with another role"
        ),
        ask(role, create, other, **own).but("another stack"),
        ask(role, create, managed, **own).but("the bucket's stack is an administrator's"),
        ask(role, "cloudformation:ExecuteChangeSet", managed).but("the bucket's stack"),
        ask(role, "cloudformation:DeleteStack", stack).but("nothing deletes the stack"),
        ask(role, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/other/0a1b", **{owner: ACCOUNT}).but(
            "another environment's artifacts"
        ),
        ask(role, "s3:PutObject", artifact, **{owner: "210987654321"}).but("another's bucket"),
        ask(role, "s3:DeleteObjectVersion", artifact, **{owner: ACCOUNT}).but("a version stays"),
        ask(role, "s3:PutBucketPolicy", f"arn:aws:s3:::{BUCKET}").but("the bucket stays closed"),
        ask(
            "CloudFormationRole",
            "iam:PutRolePolicy",
            role_arn(f"pipeline-cidb2-{environment}-DeployerRole-0A1B"),
        ).but("the pipeline's own roles"),
        ask(
            role,
            "iam:PassRole",
            role_arn("CloudFormationRole"),
            **{"iam:PassedToService": "lambda.amazonaws.com"},
        ).but("to another service"),
    ]


def before_and_after_the_approval() -> list[Request]:
    """Return what prod's two roles may not do in each other's place."""
    own = {"cloudformation:RoleArn": role_arn("CloudFormationRole")}
    artifact = f"arn:aws:s3:::{BUCKET}/cidb2-prod/0a1b"
    change = "cloudformation:CreateChangeSet"
    return [
        ask("ProposerRole", "cloudformation:ExecuteChangeSet", stack_arn("prod")).but("no review"),
        ask("DeployerRole", change, stack_arn("prod"), **own).but("what nobody saw"),
        ask("DeployerRole", "s3:PutObject", artifact, **{"aws:ResourceAccount": ACCOUNT}).but(
            "another artifact"
        ),
        ask("DeployerRole", "iam:PassRole", role_arn("CloudFormationRole")).but("nothing to pass"),
    ]


@every_environment
def test_the_roles_may_do_what_is_called_and_nothing_beside_it(environment: str) -> None:
    service = "cloudformation.amazonaws.com"
    assumed = replace(ask("", "sts:AssumeRole", role_arn("CloudFormationRole")), principal=service)
    changes = list(dict.fromkeys(changing(environment)))
    refused = [
        *of_another_stack(environment, changes),
        *beyond_proposing(environment),
        *(before_and_after_the_approval() if environment == "prod" else []),
    ]
    needed = [*proposing(environment), *executing(environment), *changes, assumed]
    outcome, _ = judge(policies(environment), [*needed, *refused])
    assert outcome.wrong == []
    assert {one for one in outcome.unused if one[1] != TRANSFORM} == set()


@every_environment
def test_who_creates_a_change_set_may_use_the_transforms_of_the_template(environment: str) -> None:
    """The evaluator knows no transforms, for AWS's list of actions does not either."""
    stated = {
        name: statement
        for name, document in policies(environment).documents.items()
        for statement in document["Statement"]
        if statement.get("Sid") == TRANSFORM
    }
    assert {each["Action"] for each in stated.values()} == {"cloudformation:CreateChangeSet"}
    allowed = {name: set(as_list(each["Resource"])) for name, each in stated.items()}
    assert allowed == transforms()


def lets_in(trust: dict[str, Any], **claims: str) -> bool:
    """Tell whether a role's trust policy lets in a token with these claims."""
    [statement] = trust["Statement"]
    named = {f"{ISSUER}:{name}": value for name, value in claims.items()}
    conditions = statement["Condition"]
    assert conditions.keys() == {"StringEquals", "StringLike"}
    return all(
        named.get(key) == wanted for key, wanted in conditions["StringEquals"].items()
    ) and all(
        fnmatchcase(named.get(key, ""), wanted) for key, wanted in conditions["StringLike"].items()
    )


IN_PROD = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:octo/cidb2:environment:prod",
    "job_workflow_ref": TAG,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "repo:octo/cidb2:environment:prod-changes"},
        {"sub": "repo:octo/cidb2:environment:dev"},
        {"sub": "repo:octo/cidb2:ref:refs/tags/v1.2.3"},
        {"sub": "repo:octo/cidb2-fork:environment:prod"},
        {"job_workflow_ref": f"{WORKFLOW}@refs/heads/main"},
        {"job_workflow_ref": "octo/cidb2/.github/workflows/other.yml@refs/tags/v1.2.3"},
        {"job_workflow_ref": "mallory/cidb2/.github/workflows/deploy.yml@refs/tags/v1.2.3"},
        {"aud": "https://github.com/octo"},
    ],
)
def test_prod_lets_in_its_environment_at_a_tag_and_nobody_else(changed: dict[str, str]) -> None:
    trust = roles("prod")["DeployerRole"]["AssumeRolePolicyDocument"]
    assert lets_in(trust, **IN_PROD)
    assert not lets_in(trust, **{**IN_PROD, **changed})


@pytest.mark.parametrize(
    ("environment", "role", "of_github"),
    [
        ("dev", "DeployerRole", "dev"),
        ("prod", "DeployerRole", "prod"),
        ("prod", "ProposerRole", "prod-changes"),
    ],
)
def test_each_environment_of_github_has_a_role_at_tags_only(
    environment: str, role: str, of_github: str
) -> None:
    trust = roles(environment)[role]["AssumeRolePolicyDocument"]
    claims = {**IN_PROD, "sub": f"repo:octo/cidb2:environment:{of_github}"}
    assert lets_in(trust, **claims)
    assert not lets_in(trust, **{**claims, "job_workflow_ref": f"{WORKFLOW}@refs/heads/v1"})


def test_dev_has_one_role_for_both() -> None:
    assert "ProposerRole" not in roles("dev")


def test_a_repository_that_tokens_name_by_its_ids_is_named_by_them() -> None:
    by_id = roles("prod", OwnerId="7", RepositoryId="42")
    trust = by_id["DeployerRole"]["AssumeRolePolicyDocument"]
    assert lets_in(trust, **{**IN_PROD, "sub": "repo:octo@7/cidb2@42:environment:prod"})
    assert not lets_in(trust, **IN_PROD)
