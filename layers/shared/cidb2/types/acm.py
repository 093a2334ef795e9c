"""ACM: certificates, with their expiry, and what uses them."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_KEY_TYPES = (
    *("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"),
    *("EC_prime256v1", "EC_secp384r1", "EC_secp521r1"),
)

ACM = ServiceTypes(
    client="acm",
    service="acm",
    page=100,
    types=(
        ResourceType(
            "AWS::CertificateManager::Certificate",
            # Without key types, ACM lists only RSA keys of 1,024 and 2,048 bits.
            listing=ListingCall(
                "ListCertificates", arguments={"Includes": {"keyTypes": [*_KEY_TYPES]}}
            ),
            id="CertificateArn",
            arn="certificate/*",
            arn_member="CertificateArn",
            name="DomainName",
            describe=Call(
                "DescribeCertificate", by={"CertificateArn": "CertificateArn"}, take="Certificate"
            ),
            tags=Call(
                "ListTagsForCertificate", by={"CertificateArn": "CertificateArn"}, take="Tags"
            ),
            volatile=("InUseBy",),
            relations=("InUseBy * attached", "CertificateAuthorityArn *"),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
