"""Lambda: functions with their aliases, layers and event source mappings.

A hand-written reader reads functions, because it stores only the names of their variables.
"""

from cidb2.types.declaration import Call, Content, ListingCall, ResourceType, ServiceTypes

LAMBDA = ServiceTypes(
    client="lambda",
    service="lambda",
    access="Neither GetFunction nor GetLayerVersion: they return links to code.",
    types=(
        ResourceType(
            "AWS::Lambda::Function",
            listing=ListingCall("ListFunctions", is_by_hand=True),
            id="FunctionName",
            arn="function:{FunctionName}",
            arn_member="FunctionArn",
            name="FunctionName",
            operations=(
                "GetFunctionConcurrency",
                "GetFunctionConfiguration",
                "GetPolicy",
                "ListFunctionUrlConfigs",
                "ListTags",
            ),
            secret=("Environment",),
            # Errors of an image or a runtime.
            keep=("ImageConfigResponse.Error.Message", "RuntimeVersionConfig.Error.Message"),
            relations=(
                "Role AWS::IAM::Role",
                "KMSKeyArn AWS::KMS::Key",
                "VpcConfig.VpcId AWS::EC2::VPC",
                "VpcConfig.SubnetIds AWS::EC2::Subnet",
                "VpcConfig.SecurityGroupIds AWS::EC2::SecurityGroup",
                "DeadLetterConfig.TargetArn *",
                "FileSystemConfigs.Arn *",
            ),
            supplements={
                "Policy": Content(relations=("@ * trusts",)),
                "FunctionUrlConfigs": Content(identifiers=("FunctionUrl",)),
            },
        ),
        ResourceType(
            "AWS::Lambda::Alias",
            listing=ListingCall(
                "ListAliases",
                parent="AWS::Lambda::Function",
                by={"FunctionName": "FunctionName"},
            ),
            id="AliasArn",
            arn="function:{$parent.FunctionName}:{Name}",
            arn_member="AliasArn",
            name="Name",
            fields={
                "Policy": Call(
                    "GetPolicy",
                    by={"FunctionName": "$parent.FunctionName", "Qualifier": "Name"},
                    take="Policy",
                    absent=("ResourceNotFoundException",),
                    documents=("@",),
                    relations=("@ * trusts",),
                )
            },
            volatile=("RevisionId",),
        ),
        ResourceType(
            "AWS::Lambda::Layer",
            listing=ListingCall("ListLayers"),
            id="LayerName",
            arn="layer:{LayerName}",
            arn_member="LayerArn",
            name="LayerName",
            # Versions cannot be changed; the policy is the latest one's.
            fields={
                "Policy": Call(
                    "GetLayerVersionPolicy",
                    by={
                        "LayerName": "LayerName",
                        "VersionNumber": "LatestMatchingVersion.Version",
                    },
                    take="Policy",
                    absent=("ResourceNotFoundException",),
                    documents=("@",),
                    relations=("@ * trusts",),
                )
            },
        ),
        ResourceType(
            "AWS::Lambda::EventSourceMapping",
            listing=ListingCall("ListEventSourceMappings"),
            id="UUID",
            arn="event-source-mapping:{UUID}",
            arn_member="EventSourceMappingArn",
            tags=Call("ListTags", by={"Resource": "$arn"}, take="Tags", may_lack=True),
            volatile=("LastProcessingResult", "StateTransitionReason"),
            relations=(
                "FunctionArn AWS::Lambda::Function attached",
                "EventSourceArn * attached",
                "DestinationConfig.OnFailure.Destination *",
                "KMSKeyArn AWS::KMS::Key",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
