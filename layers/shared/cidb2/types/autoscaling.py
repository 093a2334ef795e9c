"""EC2 Auto Scaling: groups, and launch configurations without their user data."""

from cidb2.types.declaration import ListingCall, ResourceType, ServiceTypes

AUTOSCALING = ServiceTypes(
    client="autoscaling",
    service="autoscaling",
    page=100,
    types=(
        ResourceType(
            "AWS::AutoScaling::AutoScalingGroup",
            listing=ListingCall("DescribeAutoScalingGroups", page=25),  # of hundreds of instances
            id="AutoScalingGroupName",
            arn="autoScalingGroup:*:autoScalingGroupName/{AutoScalingGroupName}",
            arn_member="AutoScalingGroupARN",
            name="AutoScalingGroupName",
            volatile=(
                "Instances.HealthStatus",
                "Instances.LifecycleState",
                "PredictedCapacity",
                "WarmPoolSize",
            ),
            relations=(
                "Instances.InstanceId AWS::EC2::Instance contains",
                "LaunchConfigurationName AWS::AutoScaling::LaunchConfiguration",
                "LaunchTemplate.LaunchTemplateId AWS::EC2::LaunchTemplate",
                (
                    "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"
                    ".LaunchTemplateId AWS::EC2::LaunchTemplate"
                ),
                "TargetGroupARNs AWS::ElasticLoadBalancingV2::TargetGroup",
                "LoadBalancerNames AWS::ElasticLoadBalancing::LoadBalancer",
                "PlacementGroup AWS::EC2::PlacementGroup",
                "ServiceLinkedRoleARN AWS::IAM::Role",
            ),
        ),
        ResourceType(
            "AWS::AutoScaling::LaunchConfiguration",
            listing=ListingCall("DescribeLaunchConfigurations"),
            id="LaunchConfigurationName",
            arn="launchConfiguration:*:launchConfigurationName/{LaunchConfigurationName}",
            arn_member="LaunchConfigurationARN",
            name="LaunchConfigurationName",
            secret=("UserData",),
            relations=(
                "ImageId AWS::EC2::Image",
                "KeyName AWS::EC2::KeyPair",
                "SecurityGroups AWS::EC2::SecurityGroup",
                "IamInstanceProfile AWS::IAM::InstanceProfile",
                "BlockDeviceMappings.Ebs.SnapshotId AWS::EC2::Snapshot",
            ),
        ),
    ),
)
