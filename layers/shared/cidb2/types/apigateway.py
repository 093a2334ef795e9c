"""API Gateway: REST, HTTP and WebSocket APIs with their stages, without variables of stages."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

API_GATEWAY = ServiceTypes(
    client="apigateway",
    service="apigateway",
    types=(
        ResourceType(
            "AWS::ApiGateway::RestApi",
            listing=ListingCall("GetRestApis", page=500),
            id="id",
            arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
            exposed=("endpointConfiguration.types!=PRIVATE",),
            name="name",
            documents=("policy",),
            fields={
                "Authorizers": Call(
                    "GetAuthorizers",
                    by={"restApiId": "id"},
                    take="items",
                    relations=("providerARNs *", "authorizerCredentials AWS::IAM::Role"),
                ),
                "Stages": Call(
                    "GetStages",
                    by={"restApiId": "id"},
                    take="item",
                    secret=("variables", "canarySettings.stageVariableOverrides"),
                    volatile=("cacheClusterStatus",),
                    relations=(
                        "webAclArn AWS::WAFv2::WebACL",
                        "accessLogSettings.destinationArn *",
                    ),
                ),
            },
            relations=(
                "endpointConfiguration.vpcEndpointIds AWS::EC2::VPCEndpoint",
                "policy * trusts",
            ),
        ),
        ResourceType(
            "AWS::ApiGatewayV2::Api",
            listing=ListingCall("GetApis", client="apigatewayv2", page=100),
            id="ApiId",
            arn="arn:{partition}:apigateway:{region}::/apis/{ApiId}",
            name="Name",
            identifiers=("ApiEndpoint",),
            fields={
                "Authorizers": Call(
                    "GetAuthorizers",
                    by={"ApiId": "ApiId"},
                    take="Items",
                    relations=("AuthorizerCredentialsArn AWS::IAM::Role",),
                ),
                "Stages": Call(
                    "GetStages",
                    by={"ApiId": "ApiId"},
                    take="Items",
                    secret=("StageVariables",),
                    relations=("AccessLogSettings.DestinationArn *",),
                ),
            },
        ),
    ),
    gone=("NotFoundException",),
)
