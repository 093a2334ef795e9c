"""CloudFront: distributions, without the values of headers for their origins."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_COMMENT = "DistributionConfig.Comment"

CLOUDFRONT = ServiceTypes(
    client="cloudfront",
    service="cloudfront",
    is_global=True,
    types=(
        ResourceType(
            "AWS::CloudFront::Distribution",
            listing=ListingCall("ListDistributions", page=100),
            id="Id",
            arn="distribution/{Id}",
            arn_member="ARN",
            name="DomainName",
            # The listing lacks access logs and the default root object.
            describe=Call(
                "GetDistribution",
                by={"Id": "Id"},
                take="Distribution",
                keep=(_COMMENT,),
                volatile=("InProgressInvalidationBatches", "Status"),
            ),
            tags=Call("ListTagsForResource", by={"Resource": "ARN"}, take="Tags.Items"),
            relations=(
                (
                    "DistributionConfig.ViewerCertificate.ACMCertificateArn"
                    " AWS::CertificateManager::Certificate"
                ),
                "DistributionConfig.ViewerCertificate.IAMCertificateId AWS::IAM::ServerCertificate",
                "DistributionConfig.WebACLId AWS::WAFv2::WebACL",
                (
                    "DistributionConfig.Origins.Items.OriginAccessControlId"
                    " AWS::CloudFront::OriginAccessControl"
                ),
                "DistributionConfig.Origins.Items.DomainName *",
                "DistributionConfig.Logging.Bucket *",
            ),
            identifiers=("DomainName", "DistributionConfig.Aliases.Items"),
        ),
    ),
    gone=("NoSuchDistribution", "NoSuchResource"),
)
