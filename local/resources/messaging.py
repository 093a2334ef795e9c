"""SNS topics, subscriptions and policies; SQS queues and policies."""

import json
from typing import Any

from local.resources.identity import policy_document
from local.resources.registry import nothing, resource, tag_list, tag_map
from local.stack import Created, Deployment, Properties, StackResource


def as_attributes(properties: Properties, names: str) -> dict[str, str]:
    """Return properties as SNS and SQS take them: text, structures as JSON."""
    return {name: _text(properties[name]) for name in names.split() if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


TOPIC_ATTRIBUTES = "DisplayName KmsMasterKeyId SignatureVersion TracingConfig MaximumMessageSize"


def change_topic(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a topic's attributes."""
    for name, value in as_attributes(properties, TOPIC_ATTRIBUTES).items():
        deployment.client("sns").set_topic_attributes(
            TopicArn=old.physical_id, AttributeName=name, AttributeValue=value
        )


@resource(
    "AWS::SNS::Topic",
    f"{TOPIC_ATTRIBUTES} TopicName Tags",
    lambda deployment, topic: deployment.client("sns").delete_topic(TopicArn=topic.physical_id),
    changeable=TOPIC_ATTRIBUTES,
    change=change_topic,
)
def topic(deployment: Deployment, properties: Properties) -> Created:
    """Create a topic."""
    name = properties.get("TopicName") or deployment.name(256)
    arn = deployment.client("sns").create_topic(
        Name=name,
        Attributes=as_attributes(properties, TOPIC_ATTRIBUTES),
        Tags=tag_list(properties),
    )["TopicArn"]
    return Created(arn, {"TopicArn": arn, "TopicName": name})


SUBSCRIPTION_ATTRIBUTES = "FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy"


@resource(
    "AWS::SNS::Subscription",
    f"{SUBSCRIPTION_ATTRIBUTES} Endpoint Protocol Region TopicArn",
    lambda deployment, subscription: deployment.client("sns").unsubscribe(
        SubscriptionArn=subscription.physical_id
    ),
)
def subscription(deployment: Deployment, properties: Properties) -> Created:
    """Subscribe an endpoint to a topic."""
    arn = deployment.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=as_attributes(properties, SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"Arn": arn})


@resource(
    "AWS::SNS::TopicPolicy", "PolicyDocument Topics", nothing, changeable="PolicyDocument Topics"
)
def topic_policy(deployment: Deployment, properties: Properties) -> Created:
    """Set the policy of topics."""
    for topic_arn in properties["Topics"]:
        deployment.client("sns").set_topic_attributes(
            TopicArn=topic_arn,
            AttributeName="Policy",
            AttributeValue=policy_document(properties["PolicyDocument"]),
        )
    return Created(deployment.name())


QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication DelaySeconds FifoQueue KmsDataKeyReusePeriodSeconds KmsMasterKeyId "
    "MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy "
    "RedrivePolicy SqsManagedSseEnabled VisibilityTimeout"
)


def delete_queue(deployment: Deployment, queue_resource: StackResource) -> None:
    """Delete a queue."""
    deployment.client("sqs").delete_queue(QueueUrl=queue_resource.physical_id)


def change_queue(deployment: Deployment, old: StackResource, properties: Properties) -> None:
    """Change a queue's attributes."""
    deployment.client("sqs").set_queue_attributes(
        QueueUrl=old.physical_id, Attributes=as_attributes(properties, QUEUE_ATTRIBUTES)
    )


@resource(
    "AWS::SQS::Queue",
    f"{QUEUE_ATTRIBUTES} QueueName Tags",
    delete_queue,
    changeable=QUEUE_ATTRIBUTES,
    change=change_queue,
)
def queue(deployment: Deployment, properties: Properties) -> Created:
    """Create a queue."""
    name = properties.get("QueueName") or deployment.name(80)
    url = deployment.client("sqs").create_queue(
        QueueName=name,
        Attributes=as_attributes(properties, QUEUE_ATTRIBUTES),
        tags=tag_map(properties),
    )["QueueUrl"]
    stack = deployment.stack
    arn = f"arn:aws:sqs:{stack.region}:{stack.account}:{name}"
    return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


@resource(
    "AWS::SQS::QueuePolicy", "PolicyDocument Queues", nothing, changeable="PolicyDocument Queues"
)
def queue_policy(deployment: Deployment, properties: Properties) -> Created:
    """Set the policy of queues."""
    policy = policy_document(properties["PolicyDocument"])
    for url in properties["Queues"]:
        deployment.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Created(deployment.name())
