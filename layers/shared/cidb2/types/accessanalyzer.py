"""IAM Access Analyzer: the analyzers of a region."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

ACCESS_ANALYZER = ServiceTypes(
    client="accessanalyzer",
    service="access-analyzer",
    page=100,
    types=(
        ResourceType(
            "AWS::AccessAnalyzer::Analyzer",
            listing=ListingCall("ListAnalyzers"),
            id="name",
            arn="analyzer/{name}",
            arn_member="arn",
            name="name",
            volatile=("lastResourceAnalyzed", "lastResourceAnalyzedAt"),
        ),
    ),
)
