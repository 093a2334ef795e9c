"""EMR: clusters that have not ended, without passwords and application settings."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

EMR = ServiceTypes(
    client="emr",
    service="elasticmapreduce",
    types=(
        ResourceType(
            "AWS::EMR::Cluster",
            # AWS lists clusters for two months after their end.
            listing=ListingCall(
                "ListClusters",
                arguments={
                    "ClusterStates": [
                        "STARTING",
                        "BOOTSTRAPPING",
                        "RUNNING",
                        "WAITING",
                        "TERMINATING",
                    ]
                },
            ),
            id="Id",
            arn="cluster/{Id}",
            arn_member="ClusterArn",
            name="Name",
            describe=Call(
                "DescribeCluster",
                by={"ClusterId": "Id"},
                take="Cluster",
                secret=(
                    "Applications.AdditionalInfo",
                    "Applications.Args",
                    "**.Properties",
                    "KerberosAttributes.ADDomainJoinPassword",
                    "KerberosAttributes.CrossRealmTrustPrincipalPassword",
                    "KerberosAttributes.KdcAdminPassword",
                ),
                # A cluster runs a step, then waits for the next.
                volatile=("NormalizedInstanceHours", "Status"),
            ),
            relations=(
                "ServiceRole AWS::IAM::Role",
                "LogEncryptionKmsKeyId AWS::KMS::Key",
                "Ec2InstanceAttributes.Ec2SubnetId AWS::EC2::Subnet",
                "Ec2InstanceAttributes.Ec2KeyName AWS::EC2::KeyPair",
                "Ec2InstanceAttributes.IamInstanceProfile AWS::IAM::InstanceProfile",
                "Ec2InstanceAttributes.EmrManagedMasterSecurityGroup AWS::EC2::SecurityGroup",
                "Ec2InstanceAttributes.EmrManagedSlaveSecurityGroup AWS::EC2::SecurityGroup",
                "SecurityConfiguration AWS::EMR::SecurityConfiguration",
            ),
        ),
    ),
)
