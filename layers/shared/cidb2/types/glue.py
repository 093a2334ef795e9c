"""Glue: jobs without arguments, databases, crawlers, and connections without credentials."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_TAGS = Call("GetTags", by={"ResourceArn": "$arn"}, take="Tags", may_lack=True)

GLUE = ServiceTypes(
    client="glue",
    service="glue",
    page=100,
    types=(
        ResourceType(
            "AWS::Glue::Job",
            # A job made in a graphical editor has up to a thousand nodes.
            listing=ListingCall("GetJobs", page=25),
            id="Name",
            arn="job/{Name}",
            name="Name",
            tags=_TAGS,
            secret=(
                "DefaultArguments",
                "NonOverridableArguments",
                "SourceControlDetails.AuthToken",
            ),
            relations=(
                "Role AWS::IAM::Role",
                "Connections.Connections AWS::Glue::Connection",
                "SecurityConfiguration AWS::Glue::SecurityConfiguration",
            ),
        ),
        ResourceType(
            "AWS::Glue::Database",
            listing=ListingCall("GetDatabases"),
            id="Name",
            arn="database/{Name}",
            name="Name",
            owner="CatalogId",
            tags=_TAGS,
        ),
        ResourceType(
            "AWS::Glue::Crawler",
            listing=ListingCall("GetCrawlers"),
            id="Name",
            arn="crawler/{Name}",
            name="Name",
            tags=_TAGS,
            volatile=("CrawlElapsedTime", "LastCrawl", "State"),
            relations=(
                "Role AWS::IAM::Role",
                "DatabaseName AWS::Glue::Database",
                "Targets.JdbcTargets.ConnectionName AWS::Glue::Connection",
                "CrawlerSecurityConfiguration AWS::Glue::SecurityConfiguration",
            ),
        ),
        ResourceType(
            "AWS::Glue::Connection",
            listing=ListingCall("GetConnections", arguments={"HidePassword": True}),
            id="Name",
            arn="connection/{Name}",
            name="Name",
            tags=_TAGS,
            secret=(
                "AthenaProperties",
                "AuthenticationConfiguration.OAuth2Properties.TokenUrlParametersMap",
                "ConnectionProperties.*",
                "PythonProperties",
                "SparkProperties",
            ),
            keep=(
                "ConnectionProperties.JDBC_ENFORCE_SSL",
                "ConnectionProperties.KAFKA_SSL_ENABLED",
                "ConnectionProperties.SECRET_ID",
                "ConnectionProperties.SKIP_CUSTOM_JDBC_CERT_VALIDATION",
            ),
            volatile=("LastConnectionValidationTime",),
            relations=(
                "PhysicalConnectionRequirements.SubnetId AWS::EC2::Subnet",
                "PhysicalConnectionRequirements.SecurityGroupIdList AWS::EC2::SecurityGroup",
                "AuthenticationConfiguration.SecretArn AWS::SecretsManager::Secret",
                "ConnectionProperties.SECRET_ID AWS::SecretsManager::Secret",
            ),
        ),
    ),
    gone=("EntityNotFoundException",),
)
