"""WAF: web ACLs of each region, and in us-east-1 those of CloudFront."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes


def _protected(resource_type: str) -> Call:
    return Call(
        "ListResourcesForWebACL",
        by={"WebACLArn": "ARN"},
        arguments={"ResourceType": resource_type},
        take="ResourceArns",
        # A distribution names its web ACL itself.
        when="$listing.Scope=REGIONAL",
        relations=("@ *",),
    )


WAFV2 = ServiceTypes(
    client="wafv2",
    service="wafv2",
    types=(
        ResourceType(
            "AWS::WAFv2::WebACL",
            listing=ListingCall(
                "ListWebACLs",
                arguments={"Scope": "REGIONAL"},
                also={"us-east-1": [{"Scope": "CLOUDFRONT"}]},
            ),
            id="Id",
            arn="*/webacl/{Name}/{Id}",
            arn_member="ARN",
            name="Name",
            describe=Call(
                "GetWebACL",
                by={"Name": "Name", "Id": "Id", "Scope": "$listing.Scope"},
                take="WebACL",
                # What a request must contain, or is given on its way, may be a shared secret.
                secret=("**.SearchString", "**.RegexString", "**.InsertHeaders"),
            ),
            tags=Call(
                "ListTagsForResource", by={"ResourceARN": "ARN"}, take="TagInfoForResource.TagList"
            ),
            fields={
                "LoggingConfiguration": Call(
                    "GetLoggingConfiguration",
                    by={"ResourceArn": "ARN"},
                    take="LoggingConfiguration",
                    absent=("WAFNonexistentItemException",),
                    relations=("LogDestinationConfigs *",),
                ),
                "LoadBalancers": _protected("APPLICATION_LOAD_BALANCER"),
                "ApiStages": _protected("API_GATEWAY"),
            },
        ),
    ),
    gone=("WAFNonexistentItemException",),
)
