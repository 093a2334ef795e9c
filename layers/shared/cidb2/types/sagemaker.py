"""SageMaker: notebook instances, without their URLs, and endpoints."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SAGEMAKER = ServiceTypes(
    client="sagemaker",
    service="sagemaker",
    types=(
        ResourceType(
            "AWS::SageMaker::NotebookInstance",
            listing=ListingCall("ListNotebookInstances"),
            id="NotebookInstanceArn",
            arn="notebook-instance/*",  # the name, or the name in lower case
            arn_member="NotebookInstanceArn",
            name="NotebookInstanceName",
            describe=Call(
                "DescribeNotebookInstance",
                by={"NotebookInstanceName": "NotebookInstanceName"},
                secret=("Url",),
            ),
            tags=Call("ListTags", by={"ResourceArn": "NotebookInstanceArn"}, take="Tags"),
            relations=(
                "RoleArn AWS::IAM::Role",
                "KmsKeyId AWS::KMS::Key",
                "SubnetId AWS::EC2::Subnet",
                "SecurityGroups AWS::EC2::SecurityGroup",
                "NetworkInterfaceId AWS::EC2::NetworkInterface contains",
            ),
        ),
        ResourceType(
            "AWS::SageMaker::Endpoint",
            listing=ListingCall("ListEndpoints"),
            id="EndpointArn",
            arn="endpoint/*",  # the name, or the name in lower case
            arn_member="EndpointArn",
            name="EndpointName",
            describe=Call(
                "DescribeEndpoint",
                by={"EndpointName": "EndpointName"},
                # Scaling.
                volatile=(
                    "LastModifiedTime",
                    "ProductionVariants.CurrentInstanceCount",
                    "ProductionVariants.DesiredInstanceCount",
                    "ProductionVariants.InstancePools.CurrentInstanceCount",
                    "ProductionVariants.VariantStatus",
                ),
            ),
            tags=Call("ListTags", by={"ResourceArn": "EndpointArn"}, take="Tags"),
            relations=(
                "EndpointConfigName AWS::SageMaker::EndpointConfig",
                "DataCaptureConfig.KmsKeyId AWS::KMS::Key",
            ),
        ),
    ),
)
