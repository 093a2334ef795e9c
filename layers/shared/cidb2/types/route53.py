"""Route 53: hosted zones and their record sets."""

from cidb2.types.declaration import Call, ListingCall, Lookup, ResourceType, ServiceTypes

_WITHOUT_SECRETS = (
    "A,AAAA,CAA,CNAME,DS,HTTPS,MX,NAPTR,NS,PTR,SOA,SRV,SSHFP,SVCB,TLSA"  # but not TXT and SPF
)

ROUTE53 = ServiceTypes(
    client="route53",
    service="route53",
    is_global=True,
    types=(
        ResourceType(
            "AWS::Route53::HostedZone",
            listing=ListingCall("ListHostedZones", page=100),
            id="Id/",
            arn="arn:{partition}:route53:::hostedzone/{Id/}",
            name="Name",
            tags=Call(
                "ListTagsForResources",
                by={"ResourceIds": "Id/"},
                arguments={"ResourceType": "hostedzone"},
                take="Tags",
                batch=10,
                match="ResourceId",
            ),
            fields={
                "QueryLoggingConfigs": Lookup(
                    "ListQueryLoggingConfigs", of="Id/", match="HostedZoneId"
                ),
                "VPCs": Call(
                    "GetHostedZone",
                    by={"Id": "Id"},
                    take="VPCs",
                    when="Config.PrivateZone=True",
                    relations=("VPCId AWS::EC2::VPC",),
                ),
            },
            volatile=("ResourceRecordSetCount",),
        ),
        ResourceType(
            # AWS gives record sets neither an id nor an ARN; the ARN is CIDB2's own.
            "AWS::Route53::RecordSet",
            listing=ListingCall(
                "ListResourceRecordSets",
                page=300,
                parent="AWS::Route53::HostedZone",
                by={"HostedZoneId": "Id"},
            ),
            id="Name",
            arn="arn:{partition}:route53:::hostedzone/{$parent.Id/}/recordset/{Name}/{Type}"
            "{/SetIdentifier}",
            name="Name",
            # Texts verify domains and may contain keys.
            secret=(f"ResourceRecords Type!={_WITHOUT_SECRETS}",),
            relations=(
                "HealthCheckId AWS::Route53::HealthCheck",
                "ResourceRecords.Value * associated Type=A,AAAA,CNAME",
                "AliasTarget.DNSName *",
            ),
        ),
    ),
    gone=("NoSuchHostedZone",),
)
