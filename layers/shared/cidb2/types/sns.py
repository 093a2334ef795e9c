"""SNS: topics, and the subscriptions of each, whichever account subscribed."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SNS = ServiceTypes(
    client="sns",
    service="sns",
    types=(
        ResourceType(
            "AWS::SNS::Topic",
            listing=ListingCall("ListTopics"),
            id="TopicArn",
            arn="{TopicArn:}",
            encrypted=("KmsMasterKeyId",),
            arn_member="TopicArn",
            name="TopicArn:",
            describe=Call(
                "GetTopicAttributes",
                by={"TopicArn": "TopicArn"},
                take="Attributes",
                documents=("Policy", "DeliveryPolicy", "EffectiveDeliveryPolicy", "ArchivePolicy"),
                volatile=(
                    "SubscriptionsConfirmed",
                    "SubscriptionsDeleted",
                    "SubscriptionsPending",
                    "BeginningArchiveTime",
                ),
            ),
            tags=Call("ListTagsForResource", by={"ResourceArn": "TopicArn"}, take="Tags"),
            relations=("KmsMasterKeyId AWS::KMS::Key", "Policy * trusts"),
        ),
        ResourceType(
            "AWS::SNS::Subscription",
            # ListSubscriptions leaves out what other accounts have subscribed to a topic.
            listing=ListingCall(
                "ListSubscriptionsByTopic",
                parent="AWS::SNS::Topic",
                by={"TopicArn": "TopicArn"},
            ),
            # One that is not confirmed, or deleted, has no ARN yet, or no more.
            where="SubscriptionArn!=PendingConfirmation,Deleted",
            id="SubscriptionArn",
            arn="{$parent.TopicArn:}:{SubscriptionArn:}",
            arn_member="SubscriptionArn",
            # Addresses and numbers of persons, and URLs with credentials; the others are ARNs.
            secret=("Endpoint Protocol!=sqs,lambda,firehose,application",),
            relations=("TopicArn AWS::SNS::Topic attached", "Endpoint *"),
        ),
    ),
    gone=("NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"),
)
