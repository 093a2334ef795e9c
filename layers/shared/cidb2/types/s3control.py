"""S3 access points of buckets, by region.

Buckets have one global listing, so access points are a service of their own. Its IAM prefix is s3.
"""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_ACCOUNT = {"AccountId": "$account"}
_POINT = {**_ACCOUNT, "Name": "Name"}
_NO_POLICY = "NoSuchAccessPointPolicy"

S3_CONTROL = ServiceTypes(
    client="s3control",
    service="s3control",
    gone=("NoSuchAccessPoint",),
    types=(
        ResourceType(
            "AWS::S3::AccessPoint",
            listing=ListingCall("ListAccessPoints", arguments=_ACCOUNT),
            id="Name",
            arn="arn:{partition}:s3:{region}:{account}:accesspoint/{Name}",
            arn_member="AccessPointArn",
            name="Name",
            describe=Call("GetAccessPoint", _POINT),
            tags=Call(
                "ListTagsForResource",
                {**_ACCOUNT, "ResourceArn": "$arn"},
                take="Tags",
                may_lack=True,
            ),
            fields={
                "Policy": Call(
                    "GetAccessPointPolicy",
                    _POINT,
                    take="Policy",
                    absent=(_NO_POLICY,),
                    documents=("@",),
                    relations=("@ * trusts",),
                ),
                "PolicyStatus": Call(
                    "GetAccessPointPolicyStatus", _POINT, take="PolicyStatus", absent=(_NO_POLICY,)
                ),
            },
            relations=(
                "Bucket AWS::S3::Bucket",
                "VpcConfiguration.VpcId AWS::EC2::VPC",
            ),
            identifiers=("Alias",),
        ),
    ),
)
