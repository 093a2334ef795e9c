"""Elastic Load Balancing: load balancers of both generations, each with a botocore client."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

_TAGS = Call(
    "DescribeTags", by={"ResourceArns": "$arn"}, take="Tags", batch=20, match="ResourceArn"
)
_TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"

ELASTIC_LOAD_BALANCING = ServiceTypes(
    client="elbv2",
    service="elasticloadbalancing",
    page=100,
    types=(
        ResourceType(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            listing=ListingCall("DescribeLoadBalancers"),
            id="LoadBalancerArn",
            arn="loadbalancer/*/{LoadBalancerName}/*",
            arn_member="LoadBalancerArn",
            name="LoadBalancerName",
            tags=_TAGS,
            fields={
                "Attributes": Call(
                    "DescribeLoadBalancerAttributes",
                    by={"LoadBalancerArn": "$arn"},
                    take="Attributes",
                )
            },
            relations=(
                "VpcId AWS::EC2::VPC",
                "AvailabilityZones.SubnetId AWS::EC2::Subnet",
                "AvailabilityZones.LoadBalancerAddresses.AllocationId AWS::EC2::EIP",
                "SecurityGroups AWS::EC2::SecurityGroup",
            ),
            identifiers=("DNSName", "AvailabilityZones.LoadBalancerAddresses.IpAddress"),
        ),
        ResourceType(
            "AWS::ElasticLoadBalancingV2::Listener",
            listing=ListingCall(
                "DescribeListeners",
                parent="AWS::ElasticLoadBalancingV2::LoadBalancer",
                by={"LoadBalancerArn": "LoadBalancerArn"},
            ),
            id="ListenerArn",
            arn="listener/*/**",
            arn_member="ListenerArn",
            around=("$parent.Scheme",),  # whether the internet reaches it
            tags=_TAGS,
            fields={
                # Only the listeners of application load balancers have rules.
                "Rules": Call(
                    "DescribeRules",
                    by={"ListenerArn": "$arn"},
                    take="Rules",
                    when="Protocol=HTTP,HTTPS",
                    secret=(
                        "Actions.AuthenticateOidcConfig.ClientSecret",
                        # What a request must contain may be a shared secret.
                        "Conditions.HttpHeaderConfig.RegexValues",
                        "Conditions.HttpHeaderConfig.Values",
                        "Conditions.QueryStringConfig.Values.Value",
                    ),
                    relations=(
                        f"Actions.TargetGroupArn {_TARGET_GROUP}",
                        f"Actions.ForwardConfig.TargetGroups.TargetGroupArn {_TARGET_GROUP}",
                    ),
                )
            },
            secret=("DefaultActions.AuthenticateOidcConfig.ClientSecret",),
            relations=(
                "LoadBalancerArn AWS::ElasticLoadBalancingV2::LoadBalancer contained",
                "Certificates.CertificateArn *",
                f"DefaultActions.TargetGroupArn {_TARGET_GROUP}",
                f"DefaultActions.ForwardConfig.TargetGroups.TargetGroupArn {_TARGET_GROUP}",
            ),
        ),
        ResourceType(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            listing=ListingCall("DescribeTargetGroups"),
            id="TargetGroupArn",
            arn="targetgroup/{TargetGroupName}/*",
            arn_member="TargetGroupArn",
            name="TargetGroupName",
            tags=_TAGS,
            fields={
                "Attributes": Call(
                    "DescribeTargetGroupAttributes",
                    by={"TargetGroupArn": "$arn"},
                    take="Attributes",
                ),
                "Targets": Call(
                    "DescribeTargetHealth",
                    by={"TargetGroupArn": "$arn"},
                    take="TargetHealthDescriptions",
                    volatile=("TargetHealth", "AnomalyDetection", "AdministrativeOverride"),
                    relations=("Target.Id * contains",),
                ),
            },
            relations=(
                "VpcId AWS::EC2::VPC",
                "LoadBalancerArns AWS::ElasticLoadBalancingV2::LoadBalancer",
            ),
        ),
        ResourceType(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            listing=ListingCall(
                "DescribeLoadBalancers", client="elb", name="DescribeClassicLoadBalancers"
            ),
            id="LoadBalancerName",
            arn="loadbalancer/{LoadBalancerName}",
            name="LoadBalancerName",
            tags=Call(
                "DescribeTags",
                by={"LoadBalancerNames": "LoadBalancerName"},
                take="Tags",
                batch=20,
                match="LoadBalancerName",
            ),
            fields={
                "Attributes": Call(
                    "DescribeLoadBalancerAttributes",
                    by={"LoadBalancerName": "LoadBalancerName"},
                    take="LoadBalancerAttributes",
                )
            },
            relations=(
                "VPCId AWS::EC2::VPC",
                "Subnets AWS::EC2::Subnet",
                "SecurityGroups AWS::EC2::SecurityGroup",
                "Instances.InstanceId AWS::EC2::Instance attached",
                "ListenerDescriptions.Listener.SSLCertificateId *",
            ),
            identifiers=("DNSName",),
        ),
    ),
    gone=("ListenerNotFound", "LoadBalancerNotFound", "TargetGroupNotFound"),
)
