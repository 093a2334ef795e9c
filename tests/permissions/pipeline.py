"""What the pipeline's roles are asked for: by SAM, by the delivery and by CloudFormation.

CloudFormation's part follows from the template: what the handlers of its resource types call for
the properties that the template uses, as the registry's schemas say (`handlers`), which
`aws cloudformation describe-type --type RESOURCE` shows. Types without handlers call what their
API has.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local.deployment.intrinsics import Resolver
from local.deployment.template import MACRO, load_template
from tests.permissions.policies import Policies
from tests.permissions.requests import Request
from tests.support.template import PIPELINE_TEMPLATE, TEMPLATE, parsed

ACCOUNT, REGION = "123456789012", "eu-west-1"
PLACE = f"{REGION}:{ACCOUNT}"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
GITHUB = {"Owner": "octo", "Repository": "cidb2", "GitHubProviderArn": PROVIDER}
BUCKET = "aws-sam-cli-managed-default-samclisourcebucket-0a1b2c3d4e5f"
SERVICES_THAT_GET_ROLES = {
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
}

SAM_CALLS = {
    ("cloudformation", "CreateChangeSet"): "stack",
    ("cloudformation", "DescribeChangeSet"): "stack",
    ("cloudformation", "DescribeStacks"): "stack",
    ("cloudformation", "GetTemplateSummary"): "stack",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "GetObject"): "s3:GetObject",
    ("s3", "GetObjectVersion"): "s3:GetObjectVersion",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "PutObject"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
}
"""What the delivery calls to propose a change, once there is a bucket, and the action for it."""

EXECUTION_CALLS = ("DescribeChangeSet", "DescribeStackEvents", "DescribeStacks", "ExecuteChangeSet")

NAMED = "cidb2-{environment}-{name}-0A1B"
LOG_GROUP_CALLS = (
    "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey "
    "GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource UntagResource"
)
CALLS: dict[str, dict[str, str]] = {
    "AWS::Athena::NamedQuery": {
        "arn:aws:athena:{place}:workgroup/cidb2-{environment}-lake": (
            "CreateNamedQuery DeleteNamedQuery GetNamedQuery ListNamedQueries UpdateNamedQuery"
        )
    },
    "AWS::Athena::WorkGroup": {
        "arn:aws:athena:{place}:workgroup/cidb2-{environment}-lake": (
            "CreateWorkGroup DeleteWorkGroup GetWorkGroup ListTagsForResource TagResource "
            "UntagResource UpdateWorkGroup"
        ),
        "arn:aws:s3:::cidb2-{environment}-resultsbucket-0a1b": (
            "GetBucketLocation ListBucket ListBucketMultipartUploads"
        ),
        "arn:aws:s3:::cidb2-{environment}-resultsbucket-0a1b/answers/test": (
            "AbortMultipartUpload GetObject ListMultipartUploadParts PutObject"
        ),
        "arn:aws:kms:{place}:key/1a2b via s3": "Decrypt GenerateDataKey",
    },
    "AWS::CloudWatch::Alarm": {
        f"arn:aws:cloudwatch:{{place}}:alarm:{NAMED}": (
            "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource "
            "UntagResource"
        )
    },
    "AWS::CloudWatch::Dashboard": {
        "arn:aws:cloudwatch::{account}:dashboard/{name}-0A1B": (
            "DeleteDashboards GetDashboard PutDashboard"
        ),
        f"arn:aws:cloudwatch::{{account}}:dashboard/{NAMED}": (
            "DeleteDashboards GetDashboard PutDashboard"
        ),
    },
    "AWS::DynamoDB::Table": {
        f"arn:aws:dynamodb:{{place}}:table/{NAMED}": (
            "CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights "
            "DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive "
            "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable "
            "UpdateTimeToLive"
        ),
        "arn:aws:kms:{place}:key/1a2b via dynamodb": "CreateGrant Decrypt Encrypt GenerateDataKey",
        "arn:aws:kms:{place}:key/1a2b": "DescribeKey",
    },
    "AWS::Glue::Database": {
        "arn:aws:glue:{place}:catalog": (
            "CreateDatabase DeleteDatabase GetDatabase UpdateDatabase"
        ),
        "arn:aws:glue:{place}:database/cidb2_0a1b": (
            "CreateDatabase DeleteDatabase GetDatabase UpdateDatabase"
        ),
        "arn:aws:glue:{place}:table/cidb2_0a1b/items": "DeleteDatabase",
        "arn:aws:glue:{place}:userDefinedFunction/cidb2_0a1b/any": "DeleteDatabase",
    },
    "AWS::Glue::Table": {
        "arn:aws:glue:{place}:catalog": "CreateTable DeleteTable GetTable UpdateTable",
        "arn:aws:glue:{place}:database/cidb2_0a1b": "CreateTable DeleteTable GetTable UpdateTable",
        "arn:aws:glue:{place}:table/cidb2_0a1b/items": (
            "CreateTable DeleteTable GetTable UpdateTable"
        ),
    },
    "AWS::IAM::Policy": {
        f"arn:aws:iam::{{account}}:role/{NAMED}": "DeleteRolePolicy GetRolePolicy PutRolePolicy"
    },
    "AWS::IAM::Role": {
        f"arn:aws:iam::{{account}}:role/{NAMED}": (
            "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy "
            "ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole UntagRole "
            "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"
        )
    },
    "AWS::KMS::Key": {
        "*": "CreateKey",
        "arn:aws:kms:{place}:key/1a2b": (
            "DescribeKey DisableKeyRotation EnableKeyRotation GetKeyPolicy GetKeyRotationStatus "
            "ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource "
            "UpdateKeyDescription"
        ),
    },
    "AWS::Lambda::EventSourceMapping": {
        "*": "CreateEventSourceMapping",
        "arn:aws:lambda:{place}:event-source-mapping:1a2b": (
            "DeleteEventSourceMapping GetEventSourceMapping TagResource UntagResource "
            "UpdateEventSourceMapping"
        ),
    },
    "AWS::Lambda::Function": {
        f"arn:aws:lambda:{{place}}:function:{NAMED}": (
            "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig "
            "GetFunctionRecursionConfig GetRuntimeManagementConfig TagResource UntagResource "
            "UpdateFunctionCode UpdateFunctionConfiguration"
        ),
        "arn:aws:lambda:{place}:layer:SharedLayer:1": "GetLayerVersion",
        "artifact": "GetObject GetObjectVersion",
        "passed role": "PassRole",
    },
    "AWS::Lambda::LayerVersion": {
        "arn:aws:lambda:{place}:layer:SharedLayer": "PublishLayerVersion",
        "arn:aws:lambda:{place}:layer:SharedLayer:1": "DeleteLayerVersion GetLayerVersion",
        "artifact": "GetObject GetObjectVersion",
    },
    "AWS::Logs::LogGroup": {
        f"arn:aws:logs:{{place}}:log-group:{NAMED}": LOG_GROUP_CALLS,
        "arn:aws:logs:{place}:log-group:/aws/vendedlogs/states/cidb2-{environment}-inventory": (
            LOG_GROUP_CALLS
        ),
        "*": "DescribeLogGroups",
    },
    "AWS::S3::Bucket": {
        "arn:aws:s3:::cidb2-{environment}-{lower}-0a1b": (
            "CreateBucket DeleteBucket GetBucketTagging GetBucketVersioning ListBucket "
            "PutBucketLogging PutBucketOwnershipControls PutBucketPublicAccessBlock "
            "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
            "PutLifecycleConfiguration"
        )
    },
    "AWS::S3::BucketPolicy": {
        "arn:aws:s3:::cidb2-{environment}-resultsbucket-0a1b": (
            "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"
        )
    },
    "AWS::SNS::Subscription": {
        "arn:aws:sns:{place}:cidb2-{environment}-InventoryTopic-0A1B": (
            "ListSubscriptionsByTopic Subscribe"
        ),
        "arn:aws:sns:{place}:any": (
            "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"
        ),
    },
    "AWS::SNS::Topic": {
        f"arn:aws:sns:{{place}}:{NAMED}": (
            "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes "
            "ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes TagResource "
            "UntagResource"
        )
    },
    "AWS::SNS::TopicPolicy": {f"arn:aws:sns:{{place}}:{NAMED}": "SetTopicAttributes"},
    "AWS::SQS::Queue": {
        f"arn:aws:sqs:{{place}}:{NAMED}": (
            "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags "
            "SetQueueAttributes TagQueue UntagQueue"
        )
    },
    "AWS::SQS::QueuePolicy": {f"arn:aws:sqs:{{place}}:{NAMED}": "SetQueueAttributes"},
    "AWS::Scheduler::Schedule": {
        "arn:aws:scheduler:{place}:schedule/default/{name}-0A1B": (
            "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule"
        ),
        f"arn:aws:scheduler:{{place}}:schedule/default/{NAMED}": (
            "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule"
        ),
        "passed role": "PassRole",
    },
    "AWS::StepFunctions::StateMachine": {
        "arn:aws:states:{place}:stateMachine:{name}-0A1B": (
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource "
            "TagResource UntagResource UpdateStateMachine"
        ),
        "artifact": "GetObject GetObjectVersion",
        "passed role": "PassRole",
    },
    "AWS::XRay::ResourcePolicy": {
        "*": "DeleteResourcePolicy ListResourcePolicies PutResourcePolicy"
    },
}
"""The calls of each type, by the resource that they are about."""


@cache
def roles(environment: str, **parameters: str) -> dict[str, Any]:
    """Return the resources of the pipeline's template, resolved, by logical id."""
    template = parsed(PIPELINE_TEMPLATE)
    defaults = {name: each.get("Default") for name, each in template["Parameters"].items()}
    references = {
        **{name: value for name, value in defaults.items() if value is not None},
        **{name: name for name in template["Resources"]},
        **GITHUB,
        **parameters,
        "Environment": environment,
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
    }
    conditions = template["Conditions"]
    resolver = Resolver(references, lambda name, _: role_arn(name), conditions=conditions)
    return {
        name: resolver.resolve(resource["Properties"])
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def policies(environment: str) -> Policies:
    """Return the policies of an environment's roles."""
    found = Policies()
    for name, properties in roles(environment).items():
        for policy in properties.get("Policies", []):
            found.documents[f"{name}/{policy['PolicyName']}"] = policy["PolicyDocument"]
            found.of_principal.setdefault(role_arn(name), []).append(
                f"{name}/{policy['PolicyName']}"
            )
        if "Roles" in properties:
            [role] = properties["Roles"]
            found.documents[name] = properties["PolicyDocument"]
            found.of_principal.setdefault(role_arn(role), []).append(name)
        if name == "CloudFormationRole":
            found.documents[f"{name}/trust"] = properties["AssumeRolePolicyDocument"]
            found.on_resource[role_arn(name)] = f"{name}/trust"
    return found


def ask(role: str, action: str, resource: str, **context: str) -> Request:
    """Return a request of a role that has to be allowed."""
    return Request(
        role_arn(role), action, resource, account=ACCOUNT, context=tuple(sorted(context.items()))
    )


def transforms() -> dict[str, set[str]]:
    """Return the ARNs of the transforms that each policy's role runs, by the policy's name.

    CloudFormation's role also runs them for `sam deploy` of the template as built; a delivery
    inserts what that includes before it proposes a change.
    """
    template = yaml_parse(TEMPLATE.read_text("utf-8"))
    prefix = f"arn:aws:cloudformation:{REGION}:aws:transform/"
    serverless, included = (
        prefix + name.removeprefix("AWS::")
        for name in (template["Transform"], template["Resources"][MACRO]["Name"])
    )
    return {
        "ProposePolicy": {serverless},
        "CloudFormationRole/change-the-stack": {serverless, included},
    }


def stack_arn(environment: str) -> str:
    return f"arn:aws:cloudformation:{PLACE}:stack/cidb2-{environment}/1a2b"


def proposing(environment: str) -> Iterator[Request]:
    """Yield what the delivery asks for to propose a change."""
    role = "ProposerRole" if environment == "prod" else "DeployerRole"
    stack, own = stack_arn(environment), {"aws:ResourceAccount": ACCOUNT}
    cloudformation = role_arn("CloudFormationRole")
    artifact = f"arn:aws:s3:::{BUCKET}/cidb2-{environment}/0a1b"
    for (service, operation), what in SAM_CALLS.items():
        if operation == "CreateChangeSet":
            given = {"cloudformation:RoleArn": cloudformation}
            yield ask(role, "cloudformation:CreateChangeSet", stack, **given)
        elif what == "stack":
            yield ask(role, f"{service}:{operation}", stack)
        else:
            yield ask(role, what, artifact, **own)
    managed = f"arn:aws:cloudformation:{PLACE}:stack/aws-sam-cli-managed-default/1a2b"
    yield ask(role, "cloudformation:DescribeStacks", managed)
    yield ask(role, "cloudformation:TagResource", stack)
    yield ask(role, "s3:AbortMultipartUpload", artifact, **own)  # where an upload fails
    service = "cloudformation.amazonaws.com"
    yield ask(role, "iam:PassRole", cloudformation, **{"iam:PassedToService": service})


def executing(environment: str) -> Iterator[Request]:
    """Yield what the delivery asks for to execute a change set and to watch it."""
    for operation in EXECUTION_CALLS:
        yield ask("DeployerRole", f"cloudformation:{operation}", stack_arn(environment))


def changing(environment: str) -> Iterator[Request]:
    """Yield what CloudFormation asks for to create, read, change and delete the resources."""
    given = {"Environment": environment}
    template = load_template(TEMPLATE, REGION, given, lambda _: f"s3://{BUCKET}/0a1b")
    for name, resource in template["Resources"].items():
        for about, operations in CALLS[resource["Type"]].items():
            for operation in operations.split():
                yield _call(environment, name, resource["Type"], about, operation)


def _call(environment: str, name: str, kind: str, about: str, operation: str) -> Request:
    context = {}
    service = kind.split("::")[1].lower()
    if about == "artifact":
        about = f"arn:aws:s3:::{BUCKET}/cidb2-{environment}/0a1b"
        context["aws:ResourceAccount"] = ACCOUNT
    elif about == "passed role":
        about = f"arn:aws:iam::{ACCOUNT}:role/{NAMED}"
        context["iam:PassedToService"] = SERVICES_THAT_GET_ROLES[kind]
    about, _, through = about.partition(" via ")
    if through:
        context["kms:ViaService"] = f"{through}.{REGION}.amazonaws.com"
    if "EventSourceMapping" in operation:
        function = f"cidb2-{environment}-ReporterFunction-0A1B"
        context["lambda:FunctionArn"] = f"arn:aws:lambda:{PLACE}:function:{function}"
    values = {"environment": environment, "name": name, "lower": name.lower()}
    resource = about.format(place=PLACE, account=ACCOUNT, **values)
    prefix = resource.split(":")[2] if resource != "*" else service
    named = {"stepfunctions": "states"}.get(prefix, prefix)
    return ask("CloudFormationRole", f"{named}:{operation}", resource, **context)
