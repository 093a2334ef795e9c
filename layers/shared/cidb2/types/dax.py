"""DAX: clusters that cache DynamoDB."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

DAX = ServiceTypes(
    client="dax",
    service="dax",
    page=100,
    types=(
        ResourceType(
            "AWS::DAX::Cluster",
            # DAX makes its role with the first cluster, so an account without it has none.
            listing=ListingCall("DescribeClusters", absent=("ServiceLinkedRoleNotFoundFault",)),
            id="ClusterName",
            arn="cache/{ClusterName}",
            encrypted=("SSEDescription.Status!=DISABLED,DISABLING",),
            arn_member="ClusterArn",
            name="ClusterName",
            tags=Call("ListTags", by={"ResourceName": "$arn"}, take="Tags"),
            volatile=("ActiveNodes", "Nodes.NodeStatus", "Nodes.ParameterGroupStatus"),
            relations=(
                "SecurityGroups.SecurityGroupIdentifier AWS::EC2::SecurityGroup",
                "SubnetGroup AWS::DAX::SubnetGroup",
                "ParameterGroup.ParameterGroupName AWS::DAX::ParameterGroup",
                "IamRoleArn AWS::IAM::Role",
                "NotificationConfiguration.TopicArn AWS::SNS::Topic",
            ),
        ),
    ),
)
