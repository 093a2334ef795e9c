"""What is planted in the accounts of MiniStack: a few of each type, by plain boto3 calls."""

import io
import json
import zipfile
from typing import Any

from tests.conformance.emulator import REGION, Emulator

SERVICES = ("iam", "kms", "ec2", "s3", "lambda")
"""The services of which something is planted, and which runs collect.

MiniStack lacks many listings of the others, whose types all have the reader of EC2's.
"""
MEMBERS = ("234567890123", "345678901234")
REGIONS = (REGION, "eu-west-1")
TAGS = {"Team": "payments", "Owner": "Zoë Müller"}
ROLE = "planted-role"
CORS_RULES: Any = [
    {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://example.com"]},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]},
]
WEBSITE: Any = {"IndexDocument": {"Suffix": "index.html"}}


def plant(aws: Emulator, account: str) -> None:
    """Create identities and a bucket, and some of the other types in each region."""
    aws.client("iam", account).create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=policy(
            "sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}
        ),
        Tags=pairs(TAGS),
    )
    aws.client("iam", account).create_policy(
        PolicyName="planted-policy", PolicyDocument=policy("s3:ListAllMyBuckets", "*")
    )
    plant_credentials(aws, account)
    bucket, s3 = f"planted-{account}", aws.client("s3", account)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=policy("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal={"AWS": account}),
    )
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS_RULES})
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=WEBSITE)
    s3.put_bucket_accelerate_configuration(
        Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"}
    )
    for region in REGIONS:
        aws.client("kms", account, region).create_key(
            Description="planted",
            Tags=[{"TagKey": name, "TagValue": value} for name, value in TAGS.items()],
        )
        ec2 = aws.client("ec2", account, region)
        ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)
        [volume] = ec2.describe_volumes()["Volumes"]
        ec2.create_snapshot(VolumeId=volume["VolumeId"])
        ec2.create_launch_template(
            LaunchTemplateName="planted-template", LaunchTemplateData={"InstanceType": "t3.micro"}
        )
        aws.client("lambda", account, region).create_function(
            FunctionName="planted-function",
            Role=f"arn:aws:iam::{account}:role/{ROLE}",
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": package()},
            Tags=TAGS,
        )
        aws.client("lambda", account, region).publish_layer_version(
            LayerName="planted-layer", Content={"ZipFile": package()}
        )


def plant_credentials(aws: Emulator, account: str) -> None:
    """Create a user with everything that it may have, and what else lets somebody in."""
    iam, user, tags = aws.client("iam", account), "planted-user", pairs(TAGS)
    iam.create_user(UserName=user, Tags=tags)
    iam.create_access_key(UserName=user)
    iam.create_login_profile(UserName=user, Password="Correct-horse-42")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="planted-device", Tags=tags)
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=device["VirtualMFADevice"]["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_instance_profile(InstanceProfileName="planted-profile", Tags=tags)
    iam.create_saml_provider(Name="planted-saml", SAMLMetadataDocument=f"<a>{'b' * 1000}</a>")
    iam.create_open_id_connect_provider(
        Url="https://oidc.example.com", ThumbprintList=["0" * 40], ClientIDList=["planted"]
    )


def remove_some(aws: Emulator, account: str) -> set[str]:
    """Delete a bucket, a role and a function; return their ARNs."""
    aws.client("s3", account).delete_bucket(Bucket=f"planted-{account}")
    aws.client("iam", account).delete_role(RoleName=ROLE)
    aws.client("lambda", account).delete_function(FunctionName="planted-function")
    return {
        f"arn:aws:s3:::planted-{account}",
        f"arn:aws:iam::{account}:role/{ROLE}",
        f"arn:aws:lambda:{REGION}:{account}:function:planted-function",
    }


def policy(action: str, resource: str | None = None, **also: object) -> str:
    """Return a policy of one statement; a trust policy names no resource."""
    named = {"Resource": resource} if resource else {}
    statement = {"Effect": "Allow", "Action": action, **named, **also}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def package() -> bytes:
    """Return a function that does nothing, zipped."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return None\n")
    return file.getvalue()
