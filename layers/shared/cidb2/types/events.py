"""EventBridge: buses, and the rules of each with their targets, without inputs."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_TAGS = Call("ListTagsForResource", by={"ResourceARN": "$arn"}, take="Tags")

EVENTS = ServiceTypes(
    client="events",
    service="events",
    types=(
        ResourceType(
            "AWS::Events::EventBus",
            listing=ListingCall("ListEventBuses"),
            id="Name",
            arn="event-bus/{Name}",
            arn_member="Arn",
            name="Name",
            tags=_TAGS,
            documents=("Policy",),
            relations=("Policy * trusts",),
        ),
        ResourceType(
            "AWS::Events::Rule",
            listing=ListingCall(
                "ListRules", parent="AWS::Events::EventBus", by={"EventBusName": "Name"}
            ),
            id="Arn",
            arn="rule{/*}/{Name}",
            arn_member="Arn",
            name="Name",
            tags=_TAGS,
            documents=("EventPattern",),
            fields={
                "Targets": Call(
                    "ListTargetsByRule",
                    by={"Rule": "Name", "EventBusName": "$parent.Name"},
                    take="Targets",
                    secret=(
                        "Input",
                        "InputTransformer.InputTemplate",
                        "HttpParameters.HeaderParameters",
                        "HttpParameters.PathParameterValues",
                        "HttpParameters.QueryStringParameters",
                        "SageMakerPipelineParameters.PipelineParameterList.Value",
                    ),
                    relations=(
                        "Arn *",
                        "RoleArn AWS::IAM::Role",
                        "DeadLetterConfig.Arn AWS::SQS::Queue",
                        "EcsParameters.TaskDefinitionArn AWS::ECS::TaskDefinition",
                    ),
                )
            },
            relations=(
                "EventBusName AWS::Events::EventBus contained",
                "RoleArn AWS::IAM::Role",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
