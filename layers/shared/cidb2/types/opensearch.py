"""OpenSearch Service: domains of OpenSearch and Elasticsearch, and who reaches them."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

OPENSEARCH = ServiceTypes(
    client="opensearch",
    service="es",
    types=(
        ResourceType(
            "AWS::OpenSearchService::Domain",
            listing=ListingCall("ListDomainNames"),
            id="DomainName",
            arn="domain/{DomainName}",
            name="DomainName",
            describe=Call(
                "DescribeDomains",
                by={"DomainNames": "DomainName"},
                batch=5,
                match="DomainName",
                documents=("AccessPolicies",),
                volatile=("ChangeProgressDetails", "ModifyingProperties"),
                # Metadata has certificates; a property that is being changed may be a password.
                secret=(
                    "AdvancedSecurityOptions.SAMLOptions.Idp.MetadataContent",
                    "ModifyingProperties.ActiveValue",
                    "ModifyingProperties.PendingValue",
                ),
            ),
            tags=Call("ListTags", by={"ARN": "$arn"}, take="TagList"),
            identifiers=("Endpoint", "Endpoints.*"),
            relations=(
                "VPCOptions.VPCId AWS::EC2::VPC",
                "VPCOptions.SubnetIds AWS::EC2::Subnet",
                "VPCOptions.SecurityGroupIds AWS::EC2::SecurityGroup",
                "EncryptionAtRestOptions.KmsKeyId AWS::KMS::Key",
                (
                    "DomainEndpointOptions.CustomEndpointCertificateArn"
                    " AWS::CertificateManager::Certificate"
                ),
                "LogPublishingOptions.*.CloudWatchLogsLogGroupArn AWS::Logs::LogGroup",
                "CognitoOptions.RoleArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
