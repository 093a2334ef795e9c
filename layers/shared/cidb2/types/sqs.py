"""SQS: queues, whose attributes are a map of texts with policies inside."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SQS = ServiceTypes(
    client="sqs",
    service="sqs",
    # SQS gives a token only if a page size is requested, and its model does not state the maximum.
    page=1000,
    types=(
        ResourceType(
            "AWS::SQS::Queue",
            listing=ListingCall("ListQueues"),
            id="@",
            # The URL ends with the name, so a queue whose policy denies its attributes has an ARN.
            arn="{@/}",
            encrypted=("KmsMasterKeyId", "SqsManagedSseEnabled=true"),
            name="@/",
            describe=Call(
                "GetQueueAttributes",
                by={"QueueUrl": "@"},
                arguments={"AttributeNames": ["All"]},
                take="Attributes",
                documents=("Policy", "RedrivePolicy", "RedriveAllowPolicy"),
                volatile=(
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesDelayed",
                    "ApproximateNumberOfMessagesNotVisible",
                ),
            ),
            tags=Call("ListQueueTags", by={"QueueUrl": "@"}, take="Tags", may_lack=True),
            relations=(
                "KmsMasterKeyId AWS::KMS::Key",
                "Policy * trusts",
                "RedrivePolicy.deadLetterTargetArn AWS::SQS::Queue",
            ),
        ),
    ),
    gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)
