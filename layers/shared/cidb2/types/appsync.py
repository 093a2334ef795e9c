"""AppSync: GraphQL APIs, with how they authenticate, without their keys."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

APPSYNC = ServiceTypes(
    client="appsync",
    service="appsync",
    types=(
        ResourceType(
            "AWS::AppSync::GraphQLApi",
            listing=ListingCall("ListGraphqlApis"),
            id="apiId",
            arn="apis/{apiId}",
            arn_member="arn",
            name="name",
            owner="owner",
            relations=(
                "wafWebAclArn AWS::WAFv2::WebACL",
                "userPoolConfig.userPoolId AWS::Cognito::UserPool",
                (
                    "additionalAuthenticationProviders.userPoolConfig.userPoolId"
                    " AWS::Cognito::UserPool"
                ),
                "lambdaAuthorizerConfig.authorizerUri AWS::Lambda::Function",
                "logConfig.cloudWatchLogsRoleArn AWS::IAM::Role",
                "mergedApiExecutionRoleArn AWS::IAM::Role",
            ),
        ),
    ),
)
