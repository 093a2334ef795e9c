"""ECS: clusters, their services, and task definitions, without the values of their environment."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_LOG_OPTIONS = "logConfiguration.options"
_LOG_PLACES = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
"""The options of a log driver that are no secret; a driver's token is one of them too."""

_CONTAINERS = "taskDefinition.containerDefinitions"
_CONNECT = "deployments.serviceConnectConfiguration"

ECS = ServiceTypes(
    client="ecs",
    service="ecs",
    page=100,
    types=(
        ResourceType(
            "AWS::ECS::Cluster",
            listing=ListingCall("ListClusters"),
            id="@",
            arn="cluster/{@/}",
            arn_member="@",
            name="@/",
            describe=Call(
                "DescribeClusters",
                by={"clusters": "@"},
                arguments={"include": ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]},
                batch=100,
                result="clusters",
                match="clusterArn",
                volatile=(
                    "activeServicesCount",
                    "pendingTasksCount",
                    "registeredContainerInstancesCount",
                    "runningTasksCount",
                    "statistics",
                ),
            ),
            relations=(
                "configuration.executeCommandConfiguration.kmsKeyId AWS::KMS::Key",
                "capacityProviders AWS::ECS::CapacityProvider",
            ),
        ),
        ResourceType(
            "AWS::ECS::Service",
            listing=ListingCall("ListServices", parent="AWS::ECS::Cluster", by={"cluster": "@"}),
            id="@",
            arn="service/**",
            arn_member="@",
            name="@/",
            describe=Call(
                "DescribeServices",
                by={"cluster": "$parent.@", "services": "@"},
                arguments={"include": ["TAGS"]},
                batch=10,
                result="services",
                match="serviceArn",
                volatile=(
                    "currentServiceDeployment",
                    "currentServiceRevisions",
                    "deployments",
                    "events",
                    "pendingCount",
                    "runningCount",
                    "taskSets.computedDesiredCount",
                    "taskSets.pendingCount",
                    "taskSets.runningCount",
                    "taskSets.stabilityStatus",
                    "taskSets.stabilityStatusAt",
                    "taskSets.updatedAt",
                ),
                secret=(f"{_CONNECT}.{_LOG_OPTIONS}.*",),
                keep=tuple(f"{_CONNECT}.{_LOG_OPTIONS}.{name}" for name in _LOG_PLACES),
            ),
            relations=(
                "clusterArn AWS::ECS::Cluster contained",
                "taskDefinition AWS::ECS::TaskDefinition",
                "loadBalancers.targetGroupArn AWS::ElasticLoadBalancingV2::TargetGroup",
                "networkConfiguration.awsvpcConfiguration.subnets AWS::EC2::Subnet",
                "networkConfiguration.awsvpcConfiguration.securityGroups AWS::EC2::SecurityGroup",
                "roleArn AWS::IAM::Role",
            ),
        ),
        ResourceType(
            "AWS::ECS::TaskDefinition",
            listing=ListingCall("ListTaskDefinitions"),
            id="@",
            arn="task-definition/{@/}",
            arn_member="@",
            name="@/",
            # An account may have hundreds of thousands. A changed definition is another revision.
            is_immutable=True,
            # The tags are beside the definition in its answer.
            describe=Call(
                "DescribeTaskDefinition",
                by={"taskDefinition": "@"},
                arguments={"include": ["TAGS"]},
                # Names of variables are kept, and where the credentials of a registry are.
                secret=(
                    f"{_CONTAINERS}.environment.value",
                    f"{_CONTAINERS}.{_LOG_OPTIONS}.*",
                    f"{_CONTAINERS}.firelensConfiguration.options.*",
                    "taskDefinition.volumes.dockerVolumeConfiguration.driverOpts.*",
                ),
                keep=(
                    f"{_CONTAINERS}.environment",
                    f"{_CONTAINERS}.repositoryCredentials",
                    *(f"{_CONTAINERS}.{_LOG_OPTIONS}.{name}" for name in _LOG_PLACES),
                ),
            ),
            relations=(
                "taskDefinition.taskRoleArn AWS::IAM::Role",
                "taskDefinition.executionRoleArn AWS::IAM::Role",
                f"{_CONTAINERS}.repositoryCredentials.credentialsParameter *",
                f"{_CONTAINERS}.secrets.valueFrom *",
                "taskDefinition.volumes.efsVolumeConfiguration.fileSystemId AWS::EFS::FileSystem",
            ),
        ),
    ),
    gone=("ClusterNotFoundException",),
)
