"""Test data for the SQL queries: for each question, a match and a non-match."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cidb2.items.resource import Resource, supplement
from cidb2.reasons import Reason
from cidb2.scope import GLOBAL, Scope
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import NOON, of_type
from tests.support.standing_types import DETECTOR, OF_TYPES

REGION = "eu-west-1"
KMS = Scope(ACCOUNT, "kms", REGION)
EC2 = Scope(ACCOUNT, "ec2", REGION)
IAM = Scope(ACCOUNT, "iam", GLOBAL)
S3 = Scope(ACCOUNT, "s3", GLOBAL)
LAMBDA = Scope(ACCOUNT, "lambda", REGION)
RDS = Scope(ACCOUNT, "rds", REGION)
"""The scope of all declared types: queries select resources by type."""
GUARDDUTY = Scope(ACCOUNT, "guardduty", REGION)
ORGANIZATION = Scope(ACCOUNT, "organizations", GLOBAL)
TODAY = f"{NOON:%Y-%m-%d}"
YESTERDAY = f"{NOON - timedelta(days=1):%Y-%m-%d}"
HOSTILE = 'quote\' "double" \\ back\u2028slash\n; DROP TABLE items --'


def unread(*fields: str) -> dict[str, Any]:
    """Return the fields of a resource that were readable before and are not now."""
    return dict.fromkeys((supplement(field) for field in fields), "AccessDenied")


def a_key(name: str, rotates: bool | None, *unreadable: str, **changes: Any) -> Resource:
    metadata = {"KeyManager": "CUSTOMER", "KeyState": "Enabled", **changes}
    rotation = None if rotates is None else {"KeyRotationEnabled": rotates}
    return of_type(
        "AWS::KMS::Key",
        name,
        REGION,
        configuration=metadata,
        supplementary={"RotationStatus": rotation},
        unreadable=unread(*unreadable),
    )


def a_bucket(name: str, *unreadable: str, **supplementary: Any) -> Resource:
    return of_type(
        "AWS::S3::Bucket", name, supplementary=supplementary, unreadable=unread(*unreadable)
    )


def an_instance(name: str, state: str = "running", **options: str) -> Resource:
    configuration = {"State": {"Name": state}, "MetadataOptions": options}
    left_out = ("configuration.UserData",)
    return of_type(
        "AWS::EC2::Instance", name, REGION, configuration=configuration, omitted=left_out
    )


def a_disk(kind: str, name: str, *unreadable: str, configuration: Any = None, **fields: Any) -> Any:
    """Return a volume, a snapshot or an image."""
    return of_type(
        f"AWS::EC2::{kind}",
        f"{kind.lower()}/{name}",
        REGION,
        configuration=configuration or {},
        supplementary=fields,
        unreadable=unread(*unreadable),
    )


def statement(action: Any, resource: Any = "*", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def a_policy(name: str, *statements: Any) -> Resource:
    versions = [
        {"IsDefaultVersion": False, "Document": {"Statement": statement("*")}},
        {"IsDefaultVersion": True, "Document": {"Statement": [*statements]}},
    ]
    configuration = {"PolicyVersionList": versions}
    return of_type("AWS::IAM::ManagedPolicy", name, configuration=configuration)


def a_holder(kind: str, name: str, *documents: Any) -> Resource:
    listed = [
        {"PolicyName": f"{name}-{n}", "PolicyDocument": one} for n, one in enumerate(documents)
    ]
    return of_type(f"AWS::IAM::{kind}", name, configuration={f"{kind}PolicyList": listed})


def an_attached(kind: str, name: str, *arns: Any) -> Resource:
    listed = [{"PolicyName": f"{name}-{n}", "PolicyArn": arn} for n, arn in enumerate(arns)]
    configuration = {"AttachedManagedPolicies": listed}
    return of_type(f"AWS::IAM::{kind}", name, configuration=configuration)


def a_function(
    name: str, *statements: Any, unreadable: Any = None, **supplementary: Any
) -> Resource:
    policy = {"Version": "2012-10-17", "Statement": [*statements]} if statements else None
    fields = {"Policy": policy} | supplementary
    return of_type(
        "AWS::Lambda::Function",
        name,
        REGION,
        supplementary=fields,
        unreadable=unreadable or {},
    )


def an_alias(name: str, *statements: Any) -> Resource:
    return of_type(
        "AWS::Lambda::Alias",
        name,
        REGION,
        arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:for-nobody:{name}",
        supplementary={"Policy": {"Version": "2012-10-17", "Statement": [*statements]}},
    )


def letting_in(principal: Any, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    invoke = {"Effect": effect, "Principal": principal, "Action": "lambda:InvokeFunction"}
    return invoke | ({"Condition": condition} if condition else {})


ODD_DOCUMENTS: tuple[Any, ...] = (
    None,
    "{oops",
    "7",
    [],
    {"Statement": None},
    {"Statement": "x"},
    {},
)
ODD_STATEMENTS: tuple[Any, ...] = (
    None,
    "x",
    statement(1),
    statement([["*"], {"a": 1}]),
    statement("*", 1),
    {"Effect": "Allow", "Principal": 7},
    {"Effect": "Allow", "Principal": "*", "Condition": [1]},
    {"Effect": "Allow", "Principal": "*", "Condition": {"StringEquals": 1}},
)
EVERYBODY = [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
OPEN = {"PolicyStatus": {"IsPublic": True}, "Acl": {"Grants": []}}
NOTHING = dict.fromkeys(("IgnorePublicAcls", "RestrictPublicBuckets"), False)
EVERYTHING_BLOCKED = dict.fromkeys(NOTHING, True)
KEYS = [
    a_key("rotates", True),
    a_key("does-not", False),
    a_key("disabled", False, KeyState="Disabled"),
    a_key("cannot", None),
    a_key("primary", False, MultiRegionConfiguration={"MultiRegionKeyType": "PRIMARY"}),
    a_key("replica", False, MultiRegionConfiguration={"MultiRegionKeyType": "REPLICA"}),
    a_key("of-aws", None, KeyManager="AWS"),
    a_key("unread", False, "RotationStatus"),
]
BUCKETS = [
    a_bucket("private", PolicyStatus=None, Acl={"Grants": []}),
    a_bucket("by-policy", **OPEN),
    a_bucket("blocked", **OPEN, PublicAccessBlock={"RestrictPublicBuckets": True}),
    a_bucket("by-acl", PolicyStatus=None, Acl={"Grants": EVERYBODY}),
    a_bucket(
        "owner-enforced",
        Acl={"Grants": EVERYBODY},
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    ),
    a_bucket("ignored", Acl={"Grants": EVERYBODY}, PublicAccessBlock={"IgnorePublicAcls": True}),
    a_bucket("open-twice", **OPEN, PublicAccessBlock=NOTHING, AccountPublicAccessBlock=NOTHING),
    a_bucket("odd-blocks", **OPEN, PublicAccessBlock={}, AccountPublicAccessBlock=None),
    a_bucket("odd-account-block", **OPEN, AccountPublicAccessBlock={"IgnorePublicAcls": False}),
    a_bucket("blocked-by-account", **OPEN, AccountPublicAccessBlock=EVERYTHING_BLOCKED),
    a_bucket(
        "ignored-by-account",
        Acl={"Grants": EVERYBODY},
        PublicAccessBlock=NOTHING,
        AccountPublicAccessBlock=EVERYTHING_BLOCKED,
    ),
    a_bucket("unread-account-block", "AccountPublicAccessBlock", **OPEN),
    a_bucket("unread-block", "PublicAccessBlock", **OPEN),
    a_bucket("unread-status", "PolicyStatus", **OPEN),
    a_bucket("unread-status-by-acl", "PolicyStatus", **OPEN | {"Acl": {"Grants": EVERYBODY}}),
    a_bucket("unread-acl", "Acl", Acl={"Grants": EVERYBODY}),
    a_bucket("unread-ownership", "OwnershipControls", Acl={"Grants": EVERYBODY}),
    a_bucket("unread-policy", "Policy", **OPEN),
    a_bucket("nothing-said", PolicyStatus={}, Acl={}),
    of_type("AWS::S3::Bucket", "tagged", tags={"Team": HOSTILE}, resource_name=HOSTILE),
    of_type(
        "AWS::S3::Bucket",
        "denied",
        supplementary={"Policy": {"Id": "as it was"}},
        tags=None,
        unreadable={"tags": "AccessDenied"},
    ),
]
INSTANCES = [
    an_instance("i-1", HttpTokens="optional", HttpEndpoint="enabled"),
    an_instance("i-2", HttpTokens="required", HttpEndpoint="enabled"),
    an_instance("i-3", HttpTokens="optional", HttpEndpoint="disabled"),
    an_instance("i-4", "terminated", HttpTokens="optional"),
    an_instance("i-5", "stopped", HttpTokens="optional"),
]
FOR_ALL, FOR_ONE = [{"Group": "all"}], [{"UserId": "210987654321"}]
SHARED = [
    a_disk("Snapshot", "public", IsPublic=True, CreateVolumePermissions=FOR_ALL),
    a_disk("Snapshot", "for-one", IsPublic=False, CreateVolumePermissions=FOR_ONE),
    a_disk("Snapshot", "unread", "IsPublic", "CreateVolumePermissions", IsPublic=True),
    a_disk("Snapshot", "by-call", "IsPublic", CreateVolumePermissions=[*FOR_ONE, *FOR_ALL]),
    a_disk("Snapshot", "by-listing", "CreateVolumePermissions", IsPublic=True),
    a_disk("Image", "for-everybody", LaunchPermissions=FOR_ALL),
    a_disk("Image", "golden", LaunchPermissions=FOR_ONE),
    a_disk("Image", "unread", "LaunchPermissions", LaunchPermissions=FOR_ALL),
    a_disk("Image", "told", "LaunchPermissions", configuration={"Public": True}),
]
DISKS = [
    a_disk(kind, f"{kind}-{is_encrypted}", configuration={"Encrypted": is_encrypted})
    for kind in ("Volume", "Snapshot")
    for is_encrypted in (True, False, None)
]
BY_AWS = "arn:aws:iam::aws:policy"
IDENTITIES = [
    a_policy("admin", statement("*")),
    a_policy("admin-in-a-list", statement("s3:Get*"), statement(["a:b", "*:*"], ["x", "*"])),
    a_policy("one-service", statement("s3:*")),
    a_policy("one-resource", statement("*", "arn:aws:s3:::b")),
    a_policy("denies", statement("*", effect="Deny")),
    a_policy("all-but", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    a_holder("Role", "none"),
    a_holder("Role", "one-statement", {"Statement": statement("*")}),
    a_holder("User", "second", {"Statement": []}, {"Statement": [statement(["*"])]}),
    a_holder("Group", "harmless", {"Statement": [statement("s3:Get*")]}),
    a_holder("Role", "odd", *ODD_DOCUMENTS),
    an_attached("Role", "attached", f"{BY_AWS}/ReadOnlyAccess", f"{BY_AWS}/AdministratorAccess"),
    an_attached("User", "in-china", "arn:aws-cn:iam::aws:policy/AdministratorAccess"),
    an_attached("Group", "power", f"{BY_AWS}/PowerUserAccess", f"arn:aws:iam::{ACCOUNT}:policy/x"),
    an_attached("Role", "by-name", f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess", None, 7),
    *(a_policy(f"odd-{n}", odd) for n, odd in enumerate(ODD_STATEMENTS)),
]
BY_URL = {
    "StringEquals": {"lambda:FunctionUrlAuthType": "NONE"},
    "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
}
FROM_ONE_TOPIC = {"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:123456789012:topic"}}
FUNCTIONS = [
    a_function("without-a-policy"),
    a_function("for-everybody", letting_in("*")),
    a_function("unread", letting_in("*"), unreadable=unread("Policy")),
    a_function("for-every-account", letting_in({"AWS": ["arn:aws:iam::1:root", "*"]})),
    a_function(
        "by-its-url",
        letting_in({"Service": "s3.amazonaws.com"}),
        letting_in({"AWS": "*"}, BY_URL),
        FunctionUrlConfigs=[{"FunctionUrl": "https://a.lambda-url.eu-west-1.on.aws/"}],
    ),
    a_function("for-one-topic", letting_in("*", FROM_ONE_TOPIC)),
    a_function("by-its-url-from-one-topic", letting_in("*", BY_URL | FROM_ONE_TOPIC)),
    a_function("for-a-service", letting_in({"Service": "*"})),
    a_function("for-nobody", letting_in("*", effect="Deny")),
    an_alias("live", letting_in("*")),
    an_alias("tested", letting_in({"Service": "s3.amazonaws.com"})),
    a_function("for-one-account", letting_in({"AWS": "arn:aws:iam::123456789012:role/*"})),
    *(a_function(f"odd-{n}", odd) for n, odd in enumerate(ODD_STATEMENTS)),
    *(a_function(f"odd-policy-{n}", Policy=odd) for n, odd in enumerate(ODD_DOCUMENTS)),
]
PROD, SAND = "ou-1a2b-prod1234", "ou-1a2b-sand1234"


def an_account(account_id: str, name: str, path: str | None, **tags: str) -> Resource:
    paths = {} if path is None else {"Paths": [f"o-exampleorg/r-1a2b/{path}{account_id}/"]}
    return of_type(
        "AWS::Organizations::Account",
        account_id,
        resource_name=name,
        configuration={"State": "ACTIVE", **paths},
        tags=tags,
    )


def a_unit(unit_id: str, names: str) -> Resource:
    return of_type(
        "AWS::Organizations::OrganizationalUnit",
        unit_id,
        configuration={"Path": f"o-exampleorg/r-1a2b/{unit_id}/"},
        supplementary={"NamePath": names},
    )


ACCOUNTS = (
    an_account(ACCOUNT, "management", ""),
    an_account("111122223333", "payments", f"{PROD}/", team="core", stage="prod"),
    an_account("222233334444", "müll'; --", f"{SAND}/"),
    an_account("333344445555", "unknown", None),
    a_unit(PROD, "Root/Workloads/Prod"),
    a_unit(SAND, "Root/Sand"),
)
STANDING: dict[Scope, Sequence[Resource] | Reason] = {
    KMS: KEYS, EC2: [*INSTANCES, *SHARED, *DISKS], IAM: IDENTITIES, S3: BUCKETS, LAMBDA: FUNCTIONS,
    RDS: OF_TYPES, GUARDDUTY: [DETECTOR], ORGANIZATION: ACCOUNTS,
}  # fmt: skip
EVERYTHING = [
    *KEYS,
    *INSTANCES,
    *SHARED,
    *DISKS,
    *IDENTITIES,
    *BUCKETS,
    *FUNCTIONS,
    *OF_TYPES,
    DETECTOR,
    *ACCOUNTS,
]
