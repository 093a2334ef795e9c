"""A small account's AWS responses: one resource of each type, with all volatile fields.

EC2 has an instance, IAM has identities, Lambda has a function; their other types use the same
reader.
"""

from datetime import UTC, datetime
from typing import Any

from cidb2.collecting.service import Service
from functions.compute_collector.lambda_functions import LAMBDA
from functions.ec2_collector.collector import EC2
from functions.kms_collector.collector import KMS
from functions.s3_collector.collector import S3
from tests.support.builders import ACCOUNT, REGION
from tests.support.collecting import Collecting
from tests.support.fakes import FakeAccount, FakeAws, FakeSessions
from tools.services import declared

INSTANCES = Service(EC2.name, EC2.listings[:1])
IAM = Service("iam", declared("iam").listings[:1])
FUNCTIONS = Service("lambda", LAMBDA.listings[:1])
COLLECTED = {service.name: service for service in (INSTANCES, IAM, KMS, FUNCTIONS, S3)}
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DOCUMENT = "%7B%22Statement%22%3A%5B%5D%7D"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
PREFIX = f"arn:aws:iam::{ACCOUNT}"


def answers(service: str) -> dict[str, Any]:
    """Return fresh copies of AWS's responses by operation of a service."""
    match service:
        case "ec2":
            return {"describe_instances": [{"Reservations": [_reservation()]}]}
        case "iam":
            return _identities()
        case "kms":
            return _key()
        case "lambda":
            return _function()
        case _:
            return {
                "list_buckets": [
                    {"Buckets": [{"Name": "b", "BucketRegion": REGION, "CreationDate": MOMENT}]}
                ],
                "get_bucket_acl": {"Owner": {"ID": "o"}, "Grants": []},
                "get_bucket_versioning": {"Status": "Enabled"},
                "get_bucket_logging": {},
            }


def small_account(service: str) -> Collecting:
    """Return a collection of a service from these responses; `client` changes them."""
    collecting = Collecting(service=service)
    collecting.service = COLLECTED[service]
    aws = FakeAws(**answers(service))
    ec2 = aws if service == "ec2" else FakeAws()
    ec2.answers["describe_regions"] = {"Regions": [{"RegionName": REGION}]}
    control = FakeAws(get_public_access_block={"PublicAccessBlockConfiguration": account_block()})
    collecting.account = FakeAccount(**{"ec2": ec2, "s3control": control, service: aws})
    collecting.sessions = FakeSessions(collecting.account)
    return collecting


def account_block(**settings: bool) -> dict[str, bool]:
    """Return an account's public access block with only `settings` enabled."""
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return dict.fromkeys(names, False) | settings


def client(collecting: Collecting) -> FakeAws:
    """Return the client of the collected service."""
    return collecting.account.clients[collecting.service.name]


def _reservation() -> dict[str, Any]:
    return {
        "ReservationId": "r-1",
        "OwnerId": ACCOUNT,
        "RequesterId": "940372691376",
        "Instances": [
            {
                "InstanceId": "i-1",
                "LaunchTime": MOMENT,
                "State": {"Code": 16, "Name": "running"},
                "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
                "BlockDeviceMappings": [
                    {"DeviceName": "a", "Ebs": {"VolumeId": "vol-1", "Status": "attached"}}
                ],
                "NetworkInterfaces": [
                    {
                        "NetworkInterfaceId": "eni-1",
                        "Status": "in-use",
                        "Attachment": {"AttachmentId": "a-1", "Status": "attached"},
                    }
                ],
                "Tags": [{"Key": "Name", "Value": "web"}],
            }
        ],
    }


def _identities() -> dict[str, Any]:
    key = {"AccessKeyId": "AKIA", "Status": "Active", "CreateDate": MOMENT}
    used = {"LastUsedDate": MOMENT, "ServiceName": "s3", "Region": REGION}
    return {
        "get_account_authorization_details": _details(),
        "list_policy_tags": {"Tags": [{"Key": "team", "Value": "payments"}]},
        "list_roles": {"Roles": [{"RoleId": "AROA", "MaxSessionDuration": 3600}]},
        "list_users": {"Users": [{"UserId": "AIDA", "PasswordLastUsed": MOMENT}]},
        "list_access_keys": {"AccessKeyMetadata": [key]},
        "get_access_key_last_used": {"AccessKeyLastUsed": used},
        "list_mfa_devices": {"MFADevices": []},
        "get_login_profile": {"LoginProfile": {"UserName": "u", "CreateDate": MOMENT}},
    }


def _details() -> dict[str, Any]:
    return {
        "UserDetailList": [{"Arn": f"{PREFIX}:user/u", "UserName": "u", "UserId": "AIDA"}],
        "GroupDetailList": [{"Arn": f"{PREFIX}:group/g", "GroupName": "g", "GroupId": "AGPA"}],
        "RoleDetailList": [
            {
                "Arn": f"{PREFIX}:role/r",
                "RoleName": "r",
                "RoleId": "AROA",
                "AssumeRolePolicyDocument": DOCUMENT,
                "RoleLastUsed": {"LastUsedDate": MOMENT, "Region": REGION},
            }
        ],
        "Policies": [
            {
                "Arn": f"{PREFIX}:policy/p",
                "PolicyName": "p",
                "PolicyId": "ANPA",
                "AttachmentCount": 1,
                "PermissionsBoundaryUsageCount": 0,
            }
        ],
    }


def _key() -> dict[str, Any]:
    return {
        "list_keys": [{"Keys": [{"KeyId": "k", "KeyArn": KEY}]}],
        "list_aliases": [{"Aliases": [{"AliasName": "alias/k", "TargetKeyId": "k"}]}],
        "describe_key": {
            "KeyMetadata": {
                "KeyId": "k",
                "KeyManager": "CUSTOMER",
                "KeyState": "Enabled",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "Origin": "AWS_KMS",
                "CurrentKeyMaterialId": "material-1",
            }
        },
        "get_key_policy": {"Policy": '{"Statement":[]}'},
        "get_key_rotation_status": {"KeyRotationEnabled": True, "NextRotationDate": MOMENT},
        "list_resource_tags": [{"Tags": [{"TagKey": "team", "TagValue": "payments"}]}],
    }


def _function() -> dict[str, Any]:
    described = {
        "FunctionName": "f",
        "FunctionArn": FUNCTION,
        "LastModified": "2026-11-24T03:48:30.123+0000",
        "RevisionId": "revision-1",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Runtime": "python3.13",
    }
    return {
        "list_functions": [{"Functions": [described]}],
        "get_function_configuration": described,
        "get_policy": {"Policy": '{"Statement":[]}'},
        "list_function_url_configs": [{"FunctionUrlConfigs": []}],
        "get_function_concurrency": {},
        "list_tags": {"Tags": {"team": "payments"}},
    }
