"""MQ: brokers, with their networks, without their users' passwords."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

MQ = ServiceTypes(
    client="mq",
    service="mq",
    types=(
        ResourceType(
            "AWS::AmazonMQ::Broker",
            listing=ListingCall("ListBrokers"),
            id="BrokerId",
            arn="broker:{BrokerName}:{BrokerId}",
            arn_member="BrokerArn",
            name="BrokerName",
            describe=Call("DescribeBroker", by={"BrokerId": "BrokerId"}),
            volatile=("ActionsRequired",),
            relations=(
                "EncryptionOptions.KmsKeyId AWS::KMS::Key",
                "SecurityGroups AWS::EC2::SecurityGroup",
                "SubnetIds AWS::EC2::Subnet",
                "Configurations.Current.Id AWS::AmazonMQ::Configuration",
            ),
        ),
    ),
    gone=("NotFoundException",),
)
