"""ECR: repositories of images, who may pull from them, and what expires."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

ECR = ServiceTypes(
    client="ecr",
    service="ecr",
    types=(
        ResourceType(
            "AWS::ECR::Repository",
            listing=ListingCall("DescribeRepositories"),
            id="repositoryName",
            arn="repository/{repositoryName}",
            arn_member="repositoryArn",
            name="repositoryName",
            tags=Call("ListTagsForResource", by={"resourceArn": "$arn"}, take="tags"),
            fields={
                "Policy": Call(
                    "GetRepositoryPolicy",
                    by={"repositoryName": "repositoryName"},
                    take="policyText",
                    absent=("RepositoryPolicyNotFoundException",),
                    documents=("@",),
                    relations=("@ * trusts",),
                ),
                "LifecyclePolicy": Call(
                    "GetLifecyclePolicy",
                    by={"repositoryName": "repositoryName"},
                    take="lifecyclePolicyText",
                    absent=("LifecyclePolicyNotFoundException",),
                    documents=("@",),
                ),
            },
            relations=("encryptionConfiguration.kmsKey AWS::KMS::Key",),
        ),
    ),
    gone=("RepositoryNotFoundException",),
)
