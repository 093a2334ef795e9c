"""A small organisation whose resources refer to each other, to strangers and to what is gone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cidb2.items.resource import Resource
from cidb2.reasons import Reason
from cidb2.scope import GLOBAL, Scope
from cidb2.types.catalog import REGIONAL, SERVICE_OF, TYPES
from tests.support.builders import ACCOUNT
from tests.support.planted_lake import PlantedLake, not_configured, of_type

REGION = "eu-west-1"
OTHER = "345678901234"
STRANGER = "999999999999"
ELB = "eu-west-1.elb.amazonaws.com"

ListingOf = tuple[str, str, str, str]
"""Account, service, region and listing."""


@dataclass(frozen=True)
class Owned:
    """A resource and its account."""

    account: str
    resource: Resource

    @property
    def arn(self) -> str:
        return self.resource.arn

    @property
    def listing(self) -> ListingOf:
        kind = self.resource.resource_type
        service = SERVICE_OF[kind]
        region = self.resource.region if REGIONAL[service] else GLOBAL
        return self.account, service, region, TYPES[service][kind].listing.name


def owned(
    kind: str,
    arn: str,
    name: str = "",
    fields: Any = None,
    *,
    account: str = ACCOUNT,
    tags: Any = None,
    unread: Sequence[str] = (),
    **configuration: Any,
) -> Owned:
    """Return a resource of an account; `arn` is the part from the service on, with its place."""
    service = arn.partition(":")[0]
    is_global = service in {"iam", "route53", "cloudfront", "organizations"}
    place = "" if service in {"s3", "route53"} else account
    region = "" if is_global or service == "s3" else REGION
    resource = of_type(
        f"AWS::{kind}",
        name or arn.rpartition("/")[2].rpartition(":")[2],
        GLOBAL if is_global else REGION,
        arn=f"arn:aws:{service}:{region}:{place}:{arn.partition(':')[2]}",
        configuration=configuration,
        supplementary=not_configured(f"AWS::{kind}") | (fields or {}),
        tags=tags or {},
        unreadable=dict.fromkeys(unread, "AccessDenied"),
    )
    return Owned(account, resource)


def policy(principal: Any = "*", condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


def ec2(kind: str, name: str, part: str, **configuration: Any) -> Owned:
    """Return a resource of EC2; its configuration names it as AWS's does."""
    return owned(f"EC2::{kind}", f"ec2:{part}/{name}", name, **configuration)


def record(name: str, kind: str, value: str = "", alias: str = "") -> Owned:
    target: Any = {"AliasTarget": {"DNSName": alias}} if alias else {}
    values: Any = {"ResourceRecords": [{"Value": value}]} if value else {}
    arn = f"route53:hostedzone/Z1/recordset/{name}/{kind}"
    return owned("Route53::RecordSet", arn, name, Name=name, Type=kind, **target, **values)


def role(name: str, principal: Any, *, last_used: str = "", path: str = "/") -> Owned:
    used: Any = {"RoleLastUsed": {"LastUsedDate": last_used}} if last_used else {}
    trust: Any = {"AssumeRolePolicyDocument": policy(principal)}
    return owned("IAM::Role", f"iam:role{path}{name}", name, **trust, **used)


def named(*aliases: str, **fields: Any) -> dict[str, Any]:
    arn = f"arn:aws:kms:{REGION}:{OTHER}:"
    return {"Aliases": [{"AliasName": one, "AliasArn": arn + one} for one in aliases], **fields}


OWN_KEY = {"KeyManager": "CUSTOMER", "KeyState": "Enabled"}
USED_KEY = owned("KMS::Key", "kms:key/used", fields=named("alias/disks"), account=OTHER, **OWN_KEY)
IDLE_KEY = owned("KMS::Key", "kms:key/idle", fields=named("alias/idle"), account=OTHER, **OWN_KEY)
LENT_KEY = owned(
    "KMS::Key", "kms:key/lent", fields={"Policy": policy({"AWS": STRANGER})}, **OWN_KEY
)
SHUT_KEY = owned(
    "KMS::Key", "kms:key/shut", unread=["supplementaryConfiguration.Policy"], **OWN_KEY
)

WEB, LEFT, DEFAULT, NAMED = "sg-0000000a", "sg-0000000b", "sg-0000000c", "sg-0000000d"
PAIR = [{"UserIdGroupPairs": [{"GroupId": NAMED}]}]
GROUPS = [
    ec2("SecurityGroup", WEB, "security-group", IpPermissions=PAIR),
    ec2("SecurityGroup", LEFT, "security-group"),
    ec2("SecurityGroup", NAMED, "security-group"),
    owned("EC2::SecurityGroup", f"ec2:security-group/{DEFAULT}", "default"),
]


def interface(name: str, group: str, ip: str, status: str = "in-use", **more: Any) -> Owned:
    addresses = [{"PrivateIpAddress": ip, **more}]
    inside = {"Groups": [{"GroupId": group}], "PrivateIpAddresses": addresses, "Status": status}
    return ec2("NetworkInterface", name, "network-interface", **inside)


GONE_INTERFACE = interface("eni-0000000f", LEFT, "10.0.0.9")
ASSOCIATION: Any = {"Association": {"PublicIp": "192.0.2.1"}}
NETWORK = [
    interface("eni-0000000a", WEB, "10.0.0.1", **ASSOCIATION),
    interface("eni-0000000b", WEB, "10.0.0.2", "available"),
    ec2("EIP", "eipalloc-0000000a", "elastic-ip", PublicIp="192.0.2.1", AssociationId="eipassoc-1"),
    ec2("EIP", "eipalloc-0000000b", "elastic-ip", PublicIp="192.0.2.2"),
]
VOLUMES = [
    ec2("Volume", "vol-0000000a", "volume", State="in-use", KmsKeyId=USED_KEY.arn),
    ec2("Volume", "vol-0000000b", "volume", State="available"),
    ec2("Instance", "i-0000000a", "instance", SecurityGroups=[{"GroupId": "sg-0000dead"}],
        ImageId="ami-0000000a", BlockDeviceMappings=[{"Ebs": {"VolumeId": "vol-0000dead"}}]),
    ec2("Snapshot", "snap-0000000a", "snapshot", VolumeId="vol-0000000a"),
    ec2("Snapshot", "snap-0000000b", "snapshot", VolumeId="vol-0000dead"),
    ec2("Snapshot", "snap-0000000c", "snapshot", VolumeId="vol-0000dead",
        fields={"CreateVolumePermissions": [{"UserId": STRANGER}, {"UserId": OTHER}]}),
    ec2("Image", "ami-0000000b", "image",
        BlockDeviceMappings=[{"Ebs": {"SnapshotId": "snap-0000000c"}}]),
]  # fmt: skip
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
RUNS = role("runs", {"Service": "lambda.amazonaws.com"})
IDENTITIES = [
    RUNS,
    role("idle", {"AWS": f"arn:aws:iam::{OTHER}:root"}),
    role("lent", {"AWS": f"arn:aws:iam::{STRANGER}:role/deploy"}, last_used="2999-01-01T00:00:00Z"),
    role("pushed", {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"},
         last_used="2999-01-01T00:00:00Z"),
    role("of-aws", {"Service": "rds.amazonaws.com"}, path="/aws-service-role/rds/"),
    owned("IAM::OIDCProvider", "iam:oidc-provider/token.example.com"),
    owned("IAM::User", "iam:user/anna",
          AttachedManagedPolicies=[{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
          GroupList=["gone"]),
]  # fmt: skip
LIVE = f"site-1.{ELB}"
SERVICES = [
    owned("Lambda::Function", "lambda:function:f", Role=RUNS.arn,
          fields={"Policy": policy({"AWS": STRANGER})}),
    owned("Events::Rule", "events:rule/nightly",
          fields={"Targets": [{"Arn": f"{FUNCTION}f:3"}, {"Arn": f"{FUNCTION}gone"}]}),
    owned("ElasticLoadBalancingV2::LoadBalancer",
          "elasticloadbalancing:loadbalancer/app/site/1", DNSName=f"Site-1.{ELB}"),
    owned("ElasticLoadBalancingV2::TargetGroup",
          "elasticloadbalancing:targetgroup/idle/1", LoadBalancerArns=[]),
    owned("CertificateManager::Certificate", "acm:certificate/idle", InUseBy=[]),
    owned("SQS::Queue", "sqs:q",
          Policy=policy({"Service": "s3.amazonaws.com"},
                        {"StringEquals": {"aws:SourceAccount": STRANGER}})),
    owned("SNS::Topic", "sns:t",
          Policy=policy("*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}})),
    owned("S3::Bucket", "s3:open", fields={"Policy": policy()}),
    owned("S3::Bucket", "s3:site", fields={"Policy": policy({"AWS": OTHER})},
          tags={"Owner": "web", "aws:cloudformation:stack-name": "site"}),
    owned("SecretsManager::Secret", "secretsmanager:secret:s-a1b2c3",
          fields={"ResourcePolicy": policy({"AWS": f"arn:aws:iam::{STRANGER}:root"})}),
    owned("ECR::Repository", "ecr:repository/r", fields={"Policy": policy({"AWS": [STRANGER]})},
          tags={"Owner": "web\"'; --"}),
]  # fmt: skip
TO_STRANGER = [{"AttributeName": "restore", "AttributeValues": [OTHER, STRANGER]}]
TO_ALL = [{"AttributeName": "restore", "AttributeValues": ["all"]}]
SHARED = [
    owned("RDS::DBSnapshot", "rds:snapshot:lent", fields={"Attributes": TO_STRANGER}),
    owned("RDS::DBSnapshot", "rds:snapshot:to-all", fields={"Attributes": TO_ALL}),
    owned("RDS::DBClusterSnapshot", "rds:cluster-snapshot:lent", Engine="aurora",
          fields={"Attributes": TO_STRANGER}),
    owned("RDS::DBClusterSnapshot", "rds:cluster-snapshot:shut", Engine="aurora",
          unread=["supplementaryConfiguration.Attributes"]),
    owned("Redshift::Snapshot", "redshift:snapshot:c/lent",
          AccountsWithRestoreAccess=[{"AccountId": STRANGER}]),
    owned("SSM::Document", "ssm:document/lent", fields={"SharedWith": [STRANGER]}),
    owned("SSM::Document", "ssm:document/to-all", fields={"SharedWith": ["all"]}),
    ec2("Snapshot", "snap-0000000d", "snapshot",
        fields={"CreateVolumePermissions": [{"Group": "all"}]}),
    ec2("Image", "ami-0000000c", "image", fields={"LaunchPermissions": [{"UserId": STRANGER}]}),
    ec2("Image", "ami-0000000d", "image", fields={"LaunchPermissions": [{"Group": "all"}]}),
    ec2("Image", "ami-0000000e", "image", fields={"LaunchPermissions": [
        {"OrganizationArn": f"arn:aws:organizations::{STRANGER}:organization/o-z9y8x7"}]}),
]  # fmt: skip
RECORDS = [
    record("www.example.com.", "A", alias=f"dualstack.{LIVE}."),
    record("old.example.com.", "CNAME", f"old-9.{ELB}"),
    record("files.example.com.", "CNAME", "nobodys-files.s3.amazonaws.com"),
    record("site.example.com.", "CNAME", f"site.s3-website-{REGION}.amazonaws.com"),
    record("a.example.com.", "A", "192.0.2.1"),
    record("b.example.com.", "A", "192.0.2.77"),
    record("app.example.com.", "CNAME", "app.eu-west-1.elasticbeanstalk.com"),
    record("mail.example.com.", "CNAME", "mail.example.org"),
]
WORLD = [
    *(USED_KEY, IDLE_KEY, LENT_KEY, SHUT_KEY, *GROUPS, *NETWORK, *VOLUMES),
    *(*IDENTITIES, *SERVICES, *SHARED, *RECORDS),
]
LISTINGS = sorted({one.listing for one in WORLD})
"""The listings of which the world has something."""


def plant(planted: PlantedLake, denied: Collection[ListingOf] = ()) -> None:
    """Write what one run leaves of the world; the denied listings were never complete."""
    planted.plant_scopes(0, scopes_of(WORLD, denied))


def scopes_of(
    world: Sequence[Owned], denied: Collection[ListingOf] = ()
) -> Mapping[Scope, Mapping[str, Sequence[Resource] | Reason]]:
    """Return every listing of every service in both accounts, most of them empty."""
    found: dict[ListingOf, list[Resource]] = defaultdict(list)
    for one in world:
        found[one.listing].append(one.resource)
    scopes: dict[Scope, dict[str, Sequence[Resource] | Reason]] = defaultdict(dict)
    for account in (ACCOUNT, OTHER):
        for service, declared in TYPES.items():
            region = REGION if REGIONAL[service] else GLOBAL
            for name in {one.listing.name for one in declared.values()}:
                place = (account, service, region, name)
                listed = Reason.ACCESS_DENIED if place in denied else found[place]
                scopes[Scope(account, service, region)][name] = listed
    return scopes
