"""SNS topics, subscriptions and policies; SQS queues and policies."""

import json
from typing import Any

from local.deployment.resources.identity import policy_document
from local.deployment.resources.registry import resource, tag_list, tag_map
from local.deployment.stack import Created, Deployment, Properties


def as_attributes(properties: Properties, names: str) -> dict[str, str]:
    """Convert properties to SNS and SQS attributes: strings, with structures as JSON."""
    return {name: _text(properties[name]) for name in names.split() if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


TOPIC_ATTRIBUTES = "DisplayName KmsMasterKeyId SignatureVersion TracingConfig MaximumMessageSize"


@resource("AWS::SNS::Topic", f"{TOPIC_ATTRIBUTES} TopicName Tags")
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


@resource("AWS::SNS::Subscription", f"{SUBSCRIPTION_ATTRIBUTES} Endpoint Protocol Region TopicArn")
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


@resource("AWS::SNS::TopicPolicy", "PolicyDocument Topics")
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


@resource("AWS::SQS::Queue", f"{QUEUE_ATTRIBUTES} QueueName Tags")
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


@resource("AWS::SQS::QueuePolicy", "PolicyDocument Queues")
def queue_policy(deployment: Deployment, properties: Properties) -> Created:
    """Set the policy of queues."""
    policy = policy_document(properties["PolicyDocument"])
    for url in properties["Queues"]:
        deployment.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Created(deployment.name())
