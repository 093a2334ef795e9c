"""Cognito: user pools, never their users."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

COGNITO = ServiceTypes(
    client="cognito-idp",
    service="cognito-idp",
    types=(
        ResourceType(
            "AWS::Cognito::UserPool",
            # AWS requires the page size.
            listing=ListingCall("ListUserPools", arguments={"MaxResults": 60}),
            id="Id",
            arn="userpool/{Id}",
            name="Name",
            describe=Call(
                "DescribeUserPool",
                by={"UserPoolId": "Id"},
                take="UserPool",
                secret=("SmsConfiguration.ExternalId", "SmsConfiguration.EumsSms.ExternalId"),
                volatile=("EstimatedNumberOfUsers",),
            ),
            tags="UserPoolTags",
            relations=(
                "EmailConfiguration.SourceArn AWS::SES::EmailIdentity",
                "KeyConfiguration.KmsKeyArn AWS::KMS::Key",
                "LambdaConfig.CreateAuthChallenge AWS::Lambda::Function",
                "LambdaConfig.CustomMessage AWS::Lambda::Function",
                "LambdaConfig.DefineAuthChallenge AWS::Lambda::Function",
                "LambdaConfig.KMSKeyID AWS::KMS::Key",
                "LambdaConfig.PostAuthentication AWS::Lambda::Function",
                "LambdaConfig.PostConfirmation AWS::Lambda::Function",
                "LambdaConfig.PreAuthentication AWS::Lambda::Function",
                "LambdaConfig.PreSignUp AWS::Lambda::Function",
                "LambdaConfig.PreTokenGeneration AWS::Lambda::Function",
                "LambdaConfig.UserMigration AWS::Lambda::Function",
                "LambdaConfig.VerifyAuthChallengeResponse AWS::Lambda::Function",
                "SmsConfiguration.SnsCallerArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
