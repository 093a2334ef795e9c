"""The generic reader does what declarations say, as readers by hand do it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from cidb2.aws.members import IncompleteAnswerError
from cidb2.collecting.declared import listings_of
from cidb2.errors import ResourceGoneError
from cidb2.items.resource import Resource
from cidb2.scope import GLOBAL
from cidb2.types.catalog import DECLARED, TYPES
from cidb2.types.declaration import Call, ListingCall, ResourceType
from tests.support.builders import ACCOUNT, REGION, client_error
from tests.support.clock import Clock
from tests.support.declaration_faults import told
from tests.support.declarations import faults_of
from tests.support.declared import BALANCER, Reading, pages_of, service_of

EC2 = DECLARED["ec2"]
OTHER = "345678901234"
ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"


def volumes(*pages: Any) -> Reading:
    return Reading(EC2, "AWS::EC2::Volume", {"describe_volumes": pages_of("Volumes", *pages)})


def only(reading: Reading) -> Resource:
    [resource] = reading.read()
    return resource


def test_every_page_is_listed_with_the_declared_size_and_at_awss_tokens() -> None:
    reading = volumes([{"VolumeId": "vol-1"}], [], [{"VolumeId": "vol-2"}])
    first, empty, last = reading.pages()
    assert [one.arn for one in (*first.listed, *last.listed)] == [
        f"{ARN}volume/vol-1",
        f"{ARN}volume/vol-2",
    ]
    assert (empty.listed, first.next_token, last.next_token) == ([], "1", None)
    assert reading.aws.arguments["describe_volumes"] == [
        {"MaxResults": 100},
        {"MaxResults": 100, "NextToken": "1"},
        {"MaxResults": 100, "NextToken": "2"},
    ]
    assert {*reading.account.asked} == {("ec2", REGION)}


def test_a_listing_goes_on_at_a_token() -> None:
    [page] = volumes([], [{"VolumeId": "vol-2"}]).pages("1")
    assert [one.arn for one in page.listed] == [f"{ARN}volume/vol-2"]


def test_a_resource_has_what_was_listed_its_tags_and_its_name(clock: Clock) -> None:
    volume = {
        "VolumeId": "vol-1",
        "CreateTime": datetime(2026, 1, 2, tzinfo=UTC),
        "Tags": [{"Key": "Name", "Value": "data"}, {"Key": "größe"}, {"Value": "keyless"}],
    }
    one = only(volumes([volume]))
    assert one.configuration == volume | {"CreateTime": "2026-01-02T00:00:00Z"}
    assert (one.tags, one.resource_name) == ({"Name": "data", "größe": ""}, "data")
    assert (one.resource_type, one.resource_id) == ("AWS::EC2::Volume", "vol-1")
    assert (one.region, one.captured_at) == (REGION, clock.moment)
    assert (one.supplementary, one.unreadable, one.omitted) == ({}, {}, ())


def test_what_a_declaration_calls_volatile_is_no_change() -> None:
    def attached(state: str, instance: str = "i-1") -> str:
        attachment = {"InstanceId": instance, "State": state}
        volume = {"VolumeId": "vol-1", "Attachments": [attachment]}
        return only(volumes([volume])).content_hash

    assert attached("attaching") == attached("attached")
    assert attached("attached") != attached("attached", "i-2")


@pytest.mark.parametrize(
    ("answer", "lacks", "arns"),
    [
        ({}, "Volumes", []),
        ({"Volumes": None}, "Volumes", []),
        ({"Volumes": [{"VolumeId": "vol-1"}, {"Size": 1}]}, "VolumeId", ["vol-1"]),
        (
            {"Volumes": [{"VolumeId": ""}, None, "odd", {"VolumeId": "vol-1"}]},
            "VolumeId",
            ["vol-1"],
        ),
    ],
)
def test_a_page_says_what_it_lacks(answer: Any, lacks: str, arns: list[str]) -> None:
    [page] = Reading(EC2, "AWS::EC2::Volume", {"describe_volumes": answer}).pages()
    assert page.lacks == lacks
    assert [one.arn for one in page.listed] == [f"{ARN}volume/{each}" for each in arns]


def test_an_error_of_the_listing_passes_through() -> None:
    reading = volumes([{"VolumeId": "vol-1"}], client_error("UnauthorizedOperation"))
    pages = reading.reader.pages(None)
    assert next(pages).next_token == "1"
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        next(pages)


class TestOwners:
    def test_what_another_account_shares_is_its_own_to_list(self) -> None:
        subnets = [
            {"SubnetId": "subnet-1", "OwnerId": ACCOUNT, "SubnetArn": f"{ARN}subnet/subnet-1"},
            {"SubnetId": "subnet-2", "OwnerId": OTHER},
            {"SubnetId": "subnet-3"},
            {"OwnerId": OTHER},
        ]
        answers = {"describe_subnets": pages_of("Subnets", subnets)}
        [page] = Reading(EC2, "AWS::EC2::Subnet", answers).pages()
        assert [one.arn for one in page.listed] == [
            f"{ARN}subnet/subnet-1",
            f"{ARN}subnet/subnet-3",
        ]
        assert page.lacks is None

    def test_the_arn_of_another_account_says_whose_a_resource_is(self) -> None:
        groups = [
            {
                "GroupId": f"pg-{owner}",
                "GroupName": "hpc",
                "GroupArn": f"arn:aws:ec2:{REGION}:{owner}:placement-group/hpc",
            }
            for owner in (ACCOUNT, OTHER)
        ]
        answers = {"describe_placement_groups": {"PlacementGroups": groups}}
        [page] = Reading(EC2, "AWS::EC2::PlacementGroup", answers).pages()
        assert [one.arn for one in page.listed] == [f"{ARN}placement-group/hpc"]
        assert page.lacks is None

    def test_awss_own_prefix_lists_are_nobodys(self) -> None:
        lists = [
            {"PrefixListId": "pl-1", "OwnerId": "AWS"},
            {"PrefixListId": "pl-2", "OwnerId": ACCOUNT},
        ]
        answers = {
            "describe_managed_prefix_lists": pages_of("PrefixLists", lists),
            "get_managed_prefix_list_entries": pages_of("Entries", [{"Cidr": "10.0.0.0/8"}]),
        }
        one = only(Reading(EC2, "AWS::EC2::PrefixList", answers))
        assert one.resource_id == "pl-2"

    def test_a_peering_connection_is_its_requesters(self) -> None:
        mine, theirs = (
            {"VpcPeeringConnectionId": f"pcx-{owner}", "RequesterVpcInfo": {"OwnerId": owner}}
            for owner in (ACCOUNT, OTHER)
        )
        answers = {
            "describe_vpc_peering_connections": pages_of("VpcPeeringConnections", [mine, theirs])
        }
        [one] = Reading(EC2, "AWS::EC2::VPCPeeringConnection", answers).listed()
        assert one.arn == f"{ARN}vpc-peering-connection/pcx-{ACCOUNT}"

    def test_an_attachment_is_of_whose_network_is_attached_unless_nobody_else_has_that_end(
        self,
    ) -> None:
        kinds = ("vpc", "vpn", "connect", "peering", "direct-connect-gateway", None)
        attachments = [
            {
                "TransitGatewayAttachmentId": f"{kind}-of-{owner}",
                "TransitGatewayOwnerId": ACCOUNT,
                "ResourceOwnerId": owner,
                **({"ResourceType": kind} if kind else {}),
            }
            for kind in kinds
            for owner in (ACCOUNT, OTHER)
        ]
        answers = {
            "describe_transit_gateway_attachments": pages_of(
                "TransitGatewayAttachments", attachments
            )
        }
        found = Reading(EC2, "AWS::EC2::TransitGatewayAttachment", answers).read()
        assert {one.resource_id for one in found} == {
            *(f"{kind}-of-{ACCOUNT}" for kind in kinds),
            f"peering-of-{OTHER}",
            f"direct-connect-gateway-of-{OTHER}",
        }

    def test_an_image_and_a_snapshot_of_another_account_are_not_claimed(self) -> None:
        images = [{"ImageId": f"ami-{owner}", "OwnerId": owner} for owner in (ACCOUNT, OTHER)]
        snapshots = [
            {"SnapshotId": f"snap-{owner}", "OwnerId": owner} for owner in (ACCOUNT, OTHER)
        ]
        for kind, operation, result, entries in (
            ("Image", "describe_images", "Images", images),
            ("Snapshot", "describe_snapshots", "Snapshots", snapshots),
        ):
            reading = Reading(EC2, f"AWS::EC2::{kind}", {operation: pages_of(result, entries)})
            [one] = reading.listed()
            assert one.arn.endswith(ACCOUNT)


class TestNothingToList:
    HUB = ResourceType(
        "AWS::SecurityHub::Hub",
        listing=ListingCall("DescribeHub", absent=("InvalidAccessException",)),
        result="@",
        id="HubArn",
        arn="hub/default",
        arn_member="HubArn",
    )
    SERVICE = service_of(HUB, client="securityhub")

    def reading(self, hub: Any) -> Reading:
        return Reading(self.SERVICE, self.HUB.type, {"describe_hub": hub})

    def test_an_error_code_may_mean_that_there_is_nothing(self) -> None:
        assert self.reading(client_error("InvalidAccessException")).pages() == []
        arn = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:hub/default"
        assert only(self.reading({"HubArn": arn})).arn == arn

    def test_any_other_error_passes_through(self) -> None:
        with pytest.raises(ClientError, match="AccessDeniedException"):
            self.reading(client_error("AccessDeniedException")).pages()


class TestTokensThatAreTheLastEntry:
    STREAM = ResourceType(
        "AWS::KinesisFirehose::DeliveryStream",
        listing=ListingCall("ListDeliveryStreams", page=2),
        id="@",
        arn="deliverystream/{@}",
        name="@",
    )
    SERVICE = service_of(STREAM, client="firehose")

    def reading(self, **flags: Any) -> Reading:
        def listed(Limit: int, ExclusiveStartDeliveryStreamName: str = "") -> Any:
            rest = [name for name in "abcde" if name > ExclusiveStartDeliveryStreamName]
            answer = {"DeliveryStreamNames": rest[:Limit], "HasMoreDeliveryStreams": len(rest) > 2}
            return answer if not flags else {**answer, **flags}

        return Reading(self.SERVICE, self.STREAM.type, {"list_delivery_streams": listed})

    def test_the_next_page_begins_after_it(self) -> None:
        reading = self.reading()
        assert [one.detail.id for one in reading.listed()] == [*"abcde"]
        assert reading.pages()[-1].next_token is None

    def test_where_nothing_says_whether_more_follows_it_may(self) -> None:
        [page] = self.reading(HasMoreDeliveryStreams=None).pages()
        assert (page.lacks, page.next_token) == ("HasMoreDeliveryStreams", None)


class TestInstances:
    def test_each_has_its_reservation(self) -> None:
        reservations = [
            {"ReservationId": "r-1", "OwnerId": ACCOUNT, "Instances": [{"InstanceId": "i-1"}]},
            {"ReservationId": "r-2", "Instances": [{"InstanceId": "i-2"}, {"InstanceId": "i-3"}]},
            {"ReservationId": "r-3"},
        ]
        answers = {"describe_instances": pages_of("Reservations", reservations)}
        reading = Reading(EC2, "AWS::EC2::Instance", answers)
        assert [one.resource_id for one in reading.read()] == ["i-1", "i-2", "i-3"]
        assert [one.supplementary["ReservationId"] for one in reading.read()] == [
            "r-1",
            "r-2",
            "r-2",
        ]
        first, second, _ = reading.read()
        assert (first.supplementary["OwnerId"], second.supplementary["OwnerId"]) == (ACCOUNT, None)
        [page] = reading.pages()
        assert page.lacks == "Instances"


def snapshots(**answers: Any) -> Reading:
    def described(**arguments: Any) -> Any:
        if "RestorableByUserIds" in arguments:
            return answers.get("public", {"Snapshots": [{"SnapshotId": "snap-1"}]})
        return {"Snapshots": [{"SnapshotId": "snap-1"}, {"SnapshotId": "snap-2"}]}

    attribute = answers.get("attribute", {"CreateVolumePermissions": [{"UserId": OTHER}]})
    answered = {"describe_snapshots": described, "describe_snapshot_attribute": attribute}
    return Reading(EC2, "AWS::EC2::Snapshot", answered)


class TestFields:
    def test_each_has_a_call_or_one_listing_for_all(self) -> None:
        reading = snapshots()
        public, private = reading.read()
        assert (public.arn, public.region) == (f"arn:aws:ec2:{REGION}::snapshot/snap-1", REGION)
        assert public.supplementary == {
            "CreateVolumePermissions": [{"UserId": OTHER}],
            "IsPublic": True,
        }
        assert private.supplementary["IsPublic"] is False
        assert reading.aws.calls == {"describe_snapshots": 2, "describe_snapshot_attribute": 2}
        sizes = [each["MaxResults"] for each in reading.aws.arguments["describe_snapshots"]]
        assert sizes == [100, 100]
        assert reading.aws.arguments["describe_snapshot_attribute"] == [
            {"Attribute": "createVolumePermission", "SnapshotId": f"snap-{number}"}
            for number in (1, 2)
        ]

    def test_what_is_denied_costs_one_field(self) -> None:
        one, _ = snapshots(attribute=client_error("UnauthorizedOperation")).read()
        assert one.supplementary == {"IsPublic": True}
        assert one.unreadable_codes == {
            "supplementaryConfiguration.CreateVolumePermissions": "UnauthorizedOperation"
        }

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (client_error("UnauthorizedOperation"), "UnauthorizedOperation"),
            (ReadTimeoutError(endpoint_url="https://ec2"), "ReadTimeoutError"),
        ],
    )
    def test_a_listing_for_all_that_fails_costs_each_its_field_and_is_asked_once(
        self, error: Exception, code: str
    ) -> None:
        reading = snapshots(public=error)
        for one in reading.read():
            assert one.unreadable_codes == {"supplementaryConfiguration.IsPublic": code}
        assert reading.aws.calls["describe_snapshots"] == 2

    def test_an_answer_without_the_field_is_unreadable(self) -> None:
        one, _ = snapshots(attribute={"SnapshotId": "snap-1"}, public={}).read()
        assert {*one.unreadable_codes.values()} == {"IncompleteAnswerError"}
        assert len(one.unreadable) == 2

    def test_a_resource_that_vanishes_meanwhile_is_gone(self) -> None:
        reading = snapshots(attribute=client_error("InvalidSnapshot.NotFound"))
        with pytest.raises(ResourceGoneError):
            reading.read()

    def test_the_pages_of_a_field_are_one_list(self) -> None:
        entries = pages_of("Entries", [{"Cidr": "10.0.0.0/8"}], [], [{"Cidr": "11.0.0.0/8"}])
        answers = {
            "describe_managed_prefix_lists": {"PrefixLists": [{"PrefixListId": "pl-1"}]},
            "get_managed_prefix_list_entries": entries,
        }
        one = only(Reading(EC2, "AWS::EC2::PrefixList", answers))
        assert one.supplementary == {"Entries": [{"Cidr": "10.0.0.0/8"}, {"Cidr": "11.0.0.0/8"}]}

    def test_a_secret_is_left_out_and_told(self) -> None:
        data = {"ImageId": "ami-1", "UserData": "c2VjcmV0"}
        answers = {
            "describe_launch_templates": {"LaunchTemplates": [{"LaunchTemplateId": "lt-1"}]},
            "describe_launch_template_versions": {
                "LaunchTemplateVersions": [{"LaunchTemplateData": data}]
            },
        }
        one = only(Reading(EC2, "AWS::EC2::LaunchTemplate", answers))
        assert one.supplementary == {"Versions": [{"LaunchTemplateData": {"ImageId": "ami-1"}}]}
        path = "supplementaryConfiguration.Versions.LaunchTemplateData.UserData"
        assert one.omitted == (path,)
        assert one.content_hash == replace(one, omitted=()).content_hash

    @pytest.mark.parametrize("escaped", ['{"A": ["\\\\b"]}', '{\\"A\\": [\\"\\\\\\\\b\\"]}'])
    def test_a_policy_with_escaped_quotes_is_json_too(self, escaped: str) -> None:
        endpoint = {"VpcEndpointId": "vpce-1", "PolicyDocument": escaped}
        one = only(
            Reading(
                EC2,
                "AWS::EC2::VPCEndpoint",
                {"describe_vpc_endpoints": {"VpcEndpoints": [endpoint]}},
            )
        )
        assert (one.configuration or {})["PolicyDocument"] == {"A": ["\\b"]}

    def test_a_policy_is_json(self) -> None:
        endpoint = {"VpcEndpointId": "vpce-1", "PolicyDocument": '{"Statement": []}'}
        answers = {"describe_vpc_endpoints": {"VpcEndpoints": [endpoint]}}
        one = only(Reading(EC2, "AWS::EC2::VPCEndpoint", answers))
        assert one.configuration == endpoint | {"PolicyDocument": {"Statement": []}}


class TestSettings:
    """What an account has set in a region: one resource, the answer itself."""

    def reading(self, encryption: Any) -> Reading:
        answers = {
            "get_ebs_encryption_by_default": encryption,
            "get_ebs_default_kms_key_id": {"KmsKeyId": "alias/aws/ebs"},
            "get_instance_metadata_defaults": {"AccountLevel": {"HttpTokens": "required"}},
            "get_snapshot_block_public_access_state": client_error("UnauthorizedOperation"),
        }
        return Reading(EC2, "AWS::EC2::AccountSettings", answers)

    def test_they_are_one_resource(self) -> None:
        one = only(self.reading({"EbsEncryptionByDefault": False, "ResponseMetadata": {"a": 1}}))
        assert (one.arn, one.resource_id) == (f"{ARN}account-settings/{ACCOUNT}", ACCOUNT)
        assert one.configuration == {"EbsEncryptionByDefault": False}
        assert one.supplementary == {
            "EbsDefaultKmsKeyId": "alias/aws/ebs",
            "InstanceMetadataDefaults": {"HttpTokens": "required"},
        }
        assert [*one.unreadable] == ["supplementaryConfiguration.SnapshotBlockPublicAccess"]

    def test_an_empty_answer_tells_nothing(self) -> None:
        [page] = self.reading({"ResponseMetadata": {}}).pages()
        assert (page.listed, page.lacks) == ([], "every member")


LISTENER = ResourceType(
    "AWS::ElasticLoadBalancingV2::Listener",
    listing=ListingCall(
        "DescribeListeners",
        parent="AWS::ElasticLoadBalancingV2::LoadBalancer",
        by={"LoadBalancerArn": "LoadBalancerArn"},
    ),
    id="ListenerArn",
    arn="listener/*/*/*/*",
    arn_member="ListenerArn",
)
ELB = service_of(
    BALANCER,
    LISTENER,
    client="elbv2",
    service="elasticloadbalancing",
    gone=("LoadBalancerNotFound",),
)


def arn_of(number: int) -> str:
    place = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    return f"{place}:loadbalancer/app/web-{number}/50dc"


def balancers(*numbers: int) -> list[dict[str, str]]:
    return [
        {"LoadBalancerArn": arn_of(number), "LoadBalancerName": f"web-{number}"}
        for number in numbers
    ]


class TestBatches:
    """Tags of 20 load balancers a call."""

    def reading(self, tags: Any, count: int = 45) -> Reading:
        answers = {
            "describe_load_balancers": {"LoadBalancers": balancers(*range(count))},
            "describe_tags": tags,
        }
        return Reading(ELB, BALANCER.type, answers)

    @staticmethod
    def tagged(ResourceArns: list[str]) -> Any:
        tags = [
            {"ResourceArn": arn, "Tags": [{"Key": "arn", "Value": arn}]} for arn in ResourceArns
        ]
        return {"TagDescriptions": tags}

    def test_as_few_calls_are_made_as_there_are_batches(self) -> None:
        reading = self.reading(self.tagged)
        assert [one.tags for one in reading.read()] == [{"arn": arn_of(n)} for n in range(45)]
        sizes = [len(each["ResourceArns"]) for each in reading.aws.arguments["describe_tags"]]
        assert sizes == [20, 20, 5]

    def test_nothing_is_asked_where_there_is_nothing(self) -> None:
        reading = self.reading(self.tagged, 0)
        assert reading.read() == []
        assert reading.aws.calls == {"describe_load_balancers": 1}

    @pytest.mark.parametrize("code", ["LoadBalancerNotFound", "AccessDenied"])
    @pytest.mark.parametrize("count", [2, 3])
    def test_one_that_is_refused_costs_no_other_its_tags(self, count: int, code: str) -> None:
        def tagged(ResourceArns: list[str]) -> Any:
            if arn_of(1) in ResourceArns:
                raise client_error(code)
            return self.tagged(ResourceArns)

        reading = self.reading(tagged, count)
        first, second, *others = reading.listed()
        read = reading.reader.read
        for one, number in zip((first, *others), (0, 2), strict=False):
            resource = read(one)
            assert resource is not None
            assert resource.tags == {"arn": arn_of(number)}
        if code == "AccessDenied":
            denied = read(second)
            assert denied is not None
            assert denied.unreadable_codes == {"tags": "AccessDenied"}
        else:
            with pytest.raises(ResourceGoneError):
                read(second)

    def test_what_may_pass_is_not_asked_again_for_each(self) -> None:
        reading = self.reading(client_error("Throttling"), 20)
        assert {one.tags is None for one in reading.read()} == {True}
        assert reading.aws.calls["describe_tags"] == 1

    def test_one_of_which_the_answer_does_not_speak_is_unreadable(self) -> None:
        reading = self.reading({"TagDescriptions": [{"ResourceArn": arn_of(0), "Tags": []}]}, 2)
        first, second = reading.read()
        assert (first.tags, first.unreadable) == ({}, {})
        assert second.unreadable_codes == {"tags": "IncompleteAnswerError"}

    def test_an_entry_without_a_name_is_nobodys(self) -> None:
        """Not even that of a resource that is called None."""
        lacking = {"TagDescriptions": [{"Tags": [{"Key": "team", "Value": "fraud"}]}]}
        answers = {
            "describe_load_balancers": {"LoadBalancerDescriptions": [{"LoadBalancerName": "None"}]},
            "describe_tags": lacking,
        }
        classic = "AWS::ElasticLoadBalancing::LoadBalancer"
        [one] = Reading(DECLARED["elasticloadbalancing"], classic, answers).read()
        assert one.unreadable_codes["tags"] == "IncompleteAnswerError"

    def test_nobody_is_asked_for_without_a_name(self) -> None:
        asked: list[Any] = []

        def modifications(VolumeIds: Any) -> Any:
            asked.append(VolumeIds)
            told = [{"VolumeId": each, "ModificationState": "done"} for each in VolumeIds]
            return {"VolumesModifications": told}

        volume = ResourceType(
            "AWS::EC2::Volume",
            listing=ListingCall("DescribeVolumes"),
            id="VolumeId",
            arn="volume/{VolumeId}",
            fields={
                "Modification": Call(
                    "DescribeVolumesModifications",
                    by={"VolumeIds": "SourceVolumeId"},
                    take="ModificationState",
                    match="VolumeId",
                    batch=10,
                )
            },
        )
        volumes = [{"VolumeId": "vol-1", "SourceVolumeId": "vol-0"}, {"VolumeId": "vol-2"}]
        answers = {
            "describe_volumes": pages_of("Volumes", volumes),
            "describe_volumes_modifications": modifications,
        }
        first, second = Reading(service_of(volume), volume.type, answers).read()
        assert first.supplementary["Modification"] == "done"
        name = "supplementaryConfiguration.Modification"
        assert second.unreadable_codes == {name: "IncompleteAnswerError"}
        assert asked == [["vol-0"]]


class TestBatchesOfChildren:
    """Services of ECS, described with their cluster, 10 a call."""

    CLUSTER = ResourceType(
        "AWS::ECS::Cluster",
        listing=ListingCall("ListClusters"),
        id="@",
        arn="cluster/*",
        arn_member="@",
        describe=Call(
            "DescribeClusters",
            by={"clusters": "@"},
            batch=100,
            result="clusters",
            match="clusterArn",
        ),
    )
    SERVICE = ResourceType(
        "AWS::ECS::Service",
        listing=ListingCall("ListServices", parent="AWS::ECS::Cluster", by={"cluster": "@"}),
        id="@",
        arn="service/*/*",
        arn_member="@",
        describe=Call(
            "DescribeServices",
            by={"services": "@", "cluster": "$parent.@"},
            arguments={"include": ["TAGS"]},
            batch=10,
            result="services",
            match="serviceArn",
        ),
    )
    ECS = service_of(CLUSTER, SERVICE, client="ecs")

    def test_a_batch_names_what_its_resources_share(self) -> None:
        place = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
        clusters = [f"{place}:cluster/{name}" for name in ("a", "b")]

        def listed(cluster: str, **_: Any) -> Any:
            name = cluster.rpartition("/")[2]
            return {"serviceArns": [f"{place}:service/{name}/{number}" for number in range(12)]}

        def described(services: list[str], **arguments: Any) -> Any:
            tags = [{"key": "a", "value": "b"}]
            return {"services": [{"serviceArn": arn, "tags": tags} for arn in services]}

        answers = {
            "list_clusters": {"clusterArns": clusters},
            "list_services": listed,
            "describe_services": described,
        }
        reading = Reading(self.ECS, self.SERVICE.type, answers)
        resources = reading.read()
        assert len(resources) == 24
        assert {each.resource_id == each.arn for each in resources} == {True}
        assert resources[0].tags == {"a": "b"}
        asked = reading.aws.arguments["describe_services"]
        shared = [(each["cluster"], len(each["services"]), each["include"]) for each in asked]
        assert shared == [(cluster, count, ["TAGS"]) for cluster in clusters for count in (10, 2)]


class TestParents:
    """Listeners, of each load balancer."""

    def reading(self, listeners: Any, *pages: Any) -> Reading:
        answers = {
            "describe_load_balancers": pages_of("LoadBalancers", *pages, token="Marker"),
            "describe_listeners": listeners,
        }
        # AWS gives the token of the next page as NextMarker.
        listed = answers["describe_load_balancers"]

        def balancers_listed(**arguments: Any) -> Any:
            answer = listed(**arguments)
            return {("NextMarker" if name == "Marker" else name): answer[name] for name in answer}

        answers["describe_load_balancers"] = balancers_listed
        return Reading(ELB, LISTENER.type, answers)

    @staticmethod
    def listeners(LoadBalancerArn: str, Marker: str = "", **_: Any) -> Any:
        prefix = LoadBalancerArn.replace(":loadbalancer/", ":listener/")
        if Marker:
            return {"Listeners": [{"ListenerArn": f"{prefix}/b"}]}
        return {"Listeners": [{"ListenerArn": f"{prefix}/a"}], "NextMarker": "more"}

    def all_of(self, *numbers: int) -> list[str]:
        prefixes = [arn_of(number).replace(":loadbalancer/", ":listener/") for number in numbers]
        return [f"{prefix}/{end}" for prefix in prefixes for end in "ab"]

    def test_the_children_of_each_parent_are_listed(self) -> None:
        reading = self.reading(self.listeners, balancers(1, 2), [], balancers(3))
        assert [one.arn for one in reading.listed()] == self.all_of(1, 2, 3)
        assert reading.pages()[-1].next_token is None

    def test_a_listing_goes_on_at_every_token(self) -> None:
        pages: tuple[Any, ...] = (balancers(1, 2), [], balancers(3))
        whole = self.reading(self.listeners, *pages).pages()
        for number, page in enumerate(whole[:-1], 1):
            rest = self.reading(self.listeners, *pages).pages(page.next_token)
            arns = [[one.arn for one in each.listed] for each in rest]
            assert arns == [[one.arn for one in each.listed] for each in whole[number:]]

    def test_no_parents_have_no_children(self) -> None:
        for count in (1, 2):
            reading = self.reading(self.listeners, *([] for _ in range(count)))
            assert reading.listed() == []
            assert reading.pages()[-1].next_token is None

    def test_a_parent_that_vanishes_meanwhile_has_none(self) -> None:
        def listeners(LoadBalancerArn: str, **arguments: Any) -> Any:
            if LoadBalancerArn == arn_of(2):
                raise client_error("LoadBalancerNotFound")
            return self.listeners(LoadBalancerArn, **arguments)

        reading = self.reading(listeners, balancers(1, 2))
        assert [one.arn for one in reading.listed()] == self.all_of(1)
        assert reading.pages()[-1].next_token is None

    @pytest.mark.parametrize("denied", [1, 2, 3])
    def test_a_parent_that_is_denied_costs_no_other_its_children(self, denied: int) -> None:
        error = client_error("AccessDenied")

        def listeners(LoadBalancerArn: str, **arguments: Any) -> Any:
            if LoadBalancerArn == arn_of(denied):
                raise error
            return self.listeners(LoadBalancerArn, **arguments)

        reading = self.reading(listeners, balancers(1, 2), balancers(3))
        assert [one.arn for one in reading.listed()] == self.all_of(*({1, 2, 3} - {denied}))
        assert [page.error for page in reading.pages() if page.error] == [error]
        assert reading.pages()[-1].next_token is None

    @pytest.mark.parametrize("code", ["Throttling", "InternalError"])
    def test_what_may_pass_ends_the_listing(self, code: str) -> None:
        reading = self.reading(client_error(code, status=500), balancers(1))
        with pytest.raises(ClientError):
            reading.pages()

    def test_a_token_that_is_refused_ends_the_listing(self) -> None:
        def listeners(LoadBalancerArn: str, **arguments: Any) -> Any:
            if arguments.get("Marker"):
                raise client_error("ValidationError")
            return self.listeners(LoadBalancerArn, **arguments)

        with pytest.raises(ClientError):
            self.reading(listeners, balancers(1)).pages()

    def test_where_a_parent_has_no_name_children_may_be_missing(self) -> None:
        reading = self.reading(self.listeners, [*balancers(1), {"LoadBalancerName": "odd"}])
        assert [one.arn for one in reading.listed()] == self.all_of(1)
        assert "LoadBalancerArn" in {page.lacks for page in reading.pages()}

    def test_a_place_whose_parent_is_gone_begins_with_its_page(self) -> None:
        place = self.reading(self.listeners, balancers(1, 2)).pages()[1].next_token
        rest = self.reading(self.listeners, balancers(1, 3)).pages(place)
        assert [one.arn for page in rest for one in page.listed] == self.all_of(1, 3)


TABLE = ResourceType(
    "AWS::DynamoDB::Table",
    listing=ListingCall("ListTables"),
    id="@",
    arn="table/{@}",
    name="@",
    describe=Call(
        "DescribeTable",
        by={"TableName": "@"},
        take="Table",
        volatile=("ItemCount",),
        absent=(),
    ),
    tags=Call("ListTagsOfResource", by={"ResourceArn": "$arn"}, take="Tags"),
    fields={
        "ResourcePolicy": Call(
            "GetResourcePolicy",
            by={"ResourceArn": "$arn"},
            take="Policy",
            absent=("PolicyNotFoundException",),
            documents=("@",),
        )
    },
)
DYNAMODB = service_of(TABLE, client="dynamodb", gone=("ResourceNotFoundException",))


class TestNames:
    """Tables: the listing returns only their names."""

    def reading(self, **answers: Any) -> Reading:
        usual = {
            "list_tables": {"TableNames": ["orders"]},
            "describe_table": {"Table": {"TableName": "orders", "ItemCount": 7}},
            "list_tags_of_resource": {"Tags": [{"Key": "a", "Value": "b"}]},
            "get_resource_policy": {"Policy": '{"Statement": []}'},
        }
        return Reading(DYNAMODB, TABLE.type, usual | answers)

    def test_a_name_is_described(self, clock: Clock) -> None:
        one = only(self.reading())
        assert one.configuration == {"TableName": "orders", "ItemCount": 7}
        assert (one.tags, one.resource_name) == ({"a": "b"}, "orders")
        assert one.supplementary == {"ResourcePolicy": {"Statement": []}}
        assert "configuration.ItemCount" in one.volatile
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
        assert self.reading().listed()[0].arn == arn

    def test_what_is_absent_is_not_configured(self) -> None:
        one = only(self.reading(get_resource_policy=client_error("PolicyNotFoundException")))
        assert (one.supplementary, one.unreadable) == ({"ResourcePolicy": None}, {})

    def test_a_table_that_is_not_described_is_unreadable(self) -> None:
        one = only(self.reading(describe_table=client_error("AccessDeniedException")))
        assert one.configuration is None
        assert one.unreadable_codes == {"configuration": "AccessDeniedException"}
        assert (one.tags, one.resource_name) == ({"a": "b"}, "orders")

    def test_a_name_may_be_anything(self) -> None:
        name = "x/*{@}:\ud800"
        [one] = self.reading(list_tables={"TableNames": [name]}).listed()
        assert one.arn.endswith(":table/x/*{@}:\\ud800")

    def test_a_table_that_is_gone_is_gone(self) -> None:
        with pytest.raises(ResourceGoneError):
            only(self.reading(describe_table=client_error("ResourceNotFoundException")))


class TestPlaces:
    def test_a_global_service_is_asked_where_it_lives(self) -> None:
        group = ResourceType(
            "AWS::IAM::Group",
            listing=ListingCall("ListGroups"),
            id="GroupId",
            arn="group{Path}{GroupName}",
            arn_member="Arn",
            name="GroupName",
        )
        service = service_of(group, client="iam", is_global=True, home="us-east-1")
        entry = {"GroupId": "AGPA1", "GroupName": "all", "Path": "/x/"}
        reading = Reading(service, group.type, {"list_groups": {"Groups": [entry]}})
        one = only(reading)
        assert (one.arn, one.region) == (f"arn:aws:iam::{ACCOUNT}:group/x/all", "global")
        assert reading.account.asked == [("iam", "us-east-1")]

    def test_a_resource_may_be_in_a_region_that_the_run_leaves_out(self) -> None:
        bucket = ResourceType(
            "AWS::S3::Bucket",
            listing=ListingCall("ListBuckets"),
            id="Name",
            arn="arn:{partition}:s3:::{Name}",
            name="Name",
            region="BucketRegion",
        )
        service = service_of(bucket, client="s3", is_global=True)
        buckets = [
            {"Name": "here", "BucketRegion": "eu-west-1"},
            {"Name": "there", "BucketRegion": "us-east-1"},
            {"Name": "nowhere"},
        ]
        answers = {"list_buckets": {"Buckets": buckets}}
        reading = Reading(service, bucket.type, answers, regions=["eu-west-1"])
        [one] = reading.read()
        assert (one.resource_id, one.region) == ("here", "eu-west-1")
        [page] = reading.pages()
        assert page.lacks == "BucketRegion"

    def test_a_listing_of_one_region_is_not_made_in_another(self) -> None:
        only_in = replace(
            TYPES["ec2"]["AWS::EC2::Volume"], listing=ListingCall("DescribeVolumes", only_in="x")
        )
        reading = Reading(service_of(only_in), only_in.type, {})
        assert (reading.pages(), reading.aws.calls) == ([], {})


class TestSeveralTypes:
    ALARMS = ListingCall("DescribeAlarms")

    def test_each_list_of_an_answer_has_its_type(self) -> None:
        kinds = {"MetricAlarms": "Alarm", "CompositeAlarms": "CompositeAlarm"}
        types = [
            ResourceType(
                f"AWS::CloudWatch::{kind}",
                listing=self.ALARMS,
                result=result,
                id="AlarmName",
                arn="alarm:{AlarmName}",
                arn_member="AlarmArn",
                name="AlarmName",
            )
            for result, kind in kinds.items()
        ]
        service = service_of(*types, client="cloudwatch")
        answer = {result: [{"AlarmName": result}] for result in kinds}
        reading = Reading(service, "AWS::CloudWatch::Alarm", {"describe_alarms": answer})
        assert [(one.resource_type, one.resource_id) for one in reading.read()] == [
            ("AWS::CloudWatch::Alarm", "MetricAlarms"),
            ("AWS::CloudWatch::CompositeAlarm", "CompositeAlarms"),
        ]
        [listing] = listings_of(service)
        assert (listing.name, len(listing.types)) == ("DescribeAlarms", 2)

    def test_a_member_may_tell_the_type(self) -> None:
        call = ListingCall("DescribeDBInstances")
        conditions = {"Neptune": "Engine=neptune", "RDS": "Engine!=neptune,docdb"}
        types = [
            ResourceType(
                f"AWS::{name}::DBInstance",
                listing=call,
                where=where,
                id="DBInstanceIdentifier",
                arn="arn:{partition}:rds:{region}:{account}:db:{DBInstanceIdentifier}",
                name="DBInstanceIdentifier",
            )
            for name, where in conditions.items()
        ]
        engines = ["neptune", "mysql", "docdb", None]
        answer = [{"DBInstanceIdentifier": f"{each}", "Engine": each} for each in engines]
        service = service_of(*types, client="rds")
        reading = Reading(
            service, types[0].type, {"describe_db_instances": {"DBInstances": answer}}
        )
        assert [(one.resource_type, one.resource_id) for one in reading.read()] == [
            ("AWS::Neptune::DBInstance", "neptune"),
            ("AWS::RDS::DBInstance", "mysql"),
            ("AWS::RDS::DBInstance", "None"),
        ]


def test_the_listings_of_a_service_are_those_without_a_reader_of_their_own() -> None:
    assert [*listings_of(DECLARED["kms"])] == []
    listings = {each.name: each.types for each in listings_of(EC2)}
    assert listings["DescribeVolumes"] == ("AWS::EC2::Volume",)
    assert len(listings) == len(EC2.types)


def test_tokens_of_several_parts_are_one() -> None:
    records = ResourceType(
        "AWS::Route53::RecordSet",
        listing=ListingCall("ListResourceRecordSets", arguments={"HostedZoneId": "Z1"}, page=300),
        id="Name",
        arn="arn:{partition}:route53:::recordset/{Name}",
    )

    def listed(**arguments: Any) -> Any:
        if "StartRecordName" in arguments:
            assert (arguments["StartRecordName"], arguments["StartRecordType"]) == ("b", "A")
            return {"ResourceRecordSets": [{"Name": "b"}], "IsTruncated": False}
        following = {"NextRecordName": "b", "NextRecordType": "A"}
        return {"ResourceRecordSets": [{"Name": "a"}], "IsTruncated": True, **following}

    service = service_of(records, client="route53", is_global=True)
    reading = Reading(service, records.type, {"list_resource_record_sets": listed})
    assert [one.resource_id for one in reading.read()] == ["a", "b"]


def test_a_page_that_more_should_follow_without_a_token_lacks_it() -> None:
    group = ResourceType(
        "AWS::IAM::Group",
        listing=ListingCall("ListGroups"),
        id="GroupId",
        arn="group{Path}{GroupName}",
        name="GroupName",
    )
    answer = {"Groups": [], "IsTruncated": True}
    service = service_of(group, client="iam", is_global=True)
    [page] = Reading(service, group.type, {"list_groups": answer}).pages()
    assert (page.lacks, page.next_token) == ("Marker", None)


def test_a_field_whose_pages_do_not_end_well_is_unreadable() -> None:
    odd: list[dict[str, Any]] = [{"Entries": []}, {"Entries": [], "NextToken": "again"}, {}]
    for answer in odd:
        answers = {
            "describe_managed_prefix_lists": {"PrefixLists": [{"PrefixListId": "pl-1"}]},
            "get_managed_prefix_list_entries": answer,
        }
        one = only(Reading(EC2, "AWS::EC2::PrefixList", answers))
        assert bool(one.unreadable) is (answer != {"Entries": []})


def test_what_the_call_of_a_field_needs_may_be_missing() -> None:
    table = replace(TABLE, tags=Call("ListTagsOfResource", by={"ResourceArn": "Arn"}, take="Tags"))
    answers = {
        "list_tables": {"TableNames": ["orders"]},
        "describe_table": {"Table": {"TableName": "orders"}},
        "get_resource_policy": client_error("PolicyNotFoundException"),
    }
    one = only(Reading(service_of(table, client="dynamodb"), TABLE.type, answers))
    assert one.unreadable_codes == {"tags": IncompleteAnswerError.__name__}


class TestRounds:
    """Web ACLs: those of the region, and in one region those of CloudFront."""

    WEB_ACL = ResourceType(
        "AWS::WAFv2::WebACL",
        listing=ListingCall(
            "ListWebACLs",
            arguments={"Scope": "REGIONAL"},
            also={"us-east-1": [{"Scope": "CLOUDFRONT"}]},
            page=100,
        ),
        id="Id",
        arn="*/webacl/{Name}/{Id}",
        arn_member="ARN",
        name="Name",
        describe=Call(
            "GetWebACL", by={"Name": "Name", "Id": "Id", "Scope": "$listing.Scope"}, take="WebACL"
        ),
        tags=Call(
            "ListTagsForResource", by={"ResourceARN": "$arn"}, take="TagInfoForResource.TagList"
        ),
    )
    WAF = service_of(WEB_ACL, client="wafv2")

    @staticmethod
    def listed(Scope: str, NextMarker: str = "", **_: Any) -> Any:
        kind = {"REGIONAL": "regional", "CLOUDFRONT": "global"}[Scope]
        name = f"{kind}{NextMarker}"
        arn = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:{kind}/webacl/{name}/{name}"
        more = {} if NextMarker else {"NextMarker": "2"}
        return {"WebACLs": [{"Id": name, "Name": name, "ARN": arn}], **more}

    def reading(self, region: str) -> Reading:
        answers = {
            "list_web_acls": self.listed,
            "get_web_acl": lambda **arguments: {"WebACL": arguments},
            "list_tags_for_resource": {"TagInfoForResource": {"TagList": []}},
        }
        return Reading(self.WAF, self.WEB_ACL.type, answers, region)

    def test_the_declaration_is_right(self) -> None:
        assert told(faults_of(self.WAF)) == ""

    def test_the_listing_is_repeated_in_its_region(self) -> None:
        names = ["regional", "regional2", "global", "global2"]
        assert [one.resource_id for one in self.reading("us-east-1").read()] == names
        assert [one.resource_id for one in self.reading("eu-west-1").read()] == names[:2]
        scopes = [(one.configuration or {})["Scope"] for one in self.reading("us-east-1").read()]
        assert scopes == ["REGIONAL", "REGIONAL", "CLOUDFRONT", "CLOUDFRONT"]

    def test_it_goes_on_at_every_token(self) -> None:
        whole = self.reading("us-east-1").pages()
        for number, page in enumerate(whole[:-1], 1):
            rest = self.reading("us-east-1").pages(page.next_token)
            arns = [[one.arn for one in each.listed] for each in rest]
            assert arns == [[one.arn for one in each.listed] for each in whole[number:]]
        assert whole[-1].next_token is None


class TestRoundsThatAreAbsent:
    """Policies: a listing for each of their types, some of which a region does not have."""

    POLICY = ResourceType(
        "AWS::Organizations::Policy",
        listing=ListingCall(
            "ListPolicies",
            arguments={"Filter": "TAG_POLICY"},
            also={GLOBAL: [{"Filter": "BACKUP_POLICY"}, {"Filter": "S3_POLICY"}]},
            absent=("UnsupportedAPIEndpointException", "InvalidInputException INVALID_ENUM"),
        ),
        id="Id",
        arn="arn:{partition}:organizations::*:policy/*/*/{Id}",
        arn_member="Arn",
        name="Name",
    )
    SERVICE = service_of(POLICY, client="organizations", is_global=True)

    def reading(self, *absent: str) -> Reading:
        def answer(Filter: str, **_: Any) -> Any:
            if Filter in absent:
                return client_error("UnsupportedAPIEndpointException")
            arn = f"arn:aws:organizations::999999999999:policy/o-1/{Filter.lower()}/{Filter}"
            return {"Policies": [{"Id": Filter, "Name": Filter, "Arn": arn}]}

        return Reading(self.SERVICE, self.POLICY.type, {"list_policies": answer})

    @pytest.mark.parametrize(
        "absent", [(), ("TAG_POLICY",), ("BACKUP_POLICY",), ("S3_POLICY",), ("TAG_POLICY",) * 3]
    )
    def test_the_others_are_listed_and_the_listing_ends(self, absent: tuple[str, ...]) -> None:
        wanted = [one for one in ("TAG_POLICY", "BACKUP_POLICY", "S3_POLICY") if one not in absent]
        pages = self.reading(*absent).pages()
        assert [one.detail.id for page in pages for one in page.listed] == wanted
        assert pages[-1].next_token is None
        for page in pages[:-1]:
            rest = self.reading(*absent).pages(page.next_token)
            assert rest[-1].next_token is None

    @pytest.mark.parametrize(("reason", "is_absent"), [("INVALID_ENUM", True), ("X", False)])
    def test_the_reason_of_an_error_may_decide(self, reason: str, *, is_absent: bool) -> None:
        refusal: Any = client_error("InvalidInputException")
        refusal.response["Reason"] = reason
        reading = Reading(self.SERVICE, self.POLICY.type, {"list_policies": refusal})
        if is_absent:
            assert reading.listed() == []
        else:
            with pytest.raises(ClientError):
                reading.pages()

    def test_one_of_another_account_than_the_scopes_is_its_own(self) -> None:
        [one, *_] = self.reading().read()
        assert one.arn.split(":")[4] == "999999999999" != ACCOUNT


class TestArnsOfDescriptions:
    """Node groups, whose ARNs contain what their description alone tells."""

    CLUSTER = ResourceType(
        "AWS::EKS::Cluster",
        listing=ListingCall("ListClusters"),
        id="@",
        arn="cluster/{@}",
        name="@",
        describe=Call("DescribeCluster", by={"name": "@"}, take="cluster"),
    )
    NODEGROUP = ResourceType(
        "AWS::EKS::Nodegroup",
        listing=ListingCall("ListNodegroups", parent="AWS::EKS::Cluster", by={"clusterName": "@"}),
        id="@",
        arn="nodegroup/*/{@}/*",
        arn_member="$described.nodegroupArn",
        name="@",
        describe=Call(
            "DescribeNodegroup",
            by={"clusterName": "$parent.@", "nodegroupName": "@"},
            take="nodegroup",
        ),
    )
    EKS = service_of(CLUSTER, NODEGROUP, client="eks", gone=("ResourceNotFoundException",))
    PLACE = f"arn:aws:eks:{REGION}:{ACCOUNT}:nodegroup"

    def reading(self, **described: Any) -> Reading:
        answers = {
            "list_clusters": {"clusters": ["prod"]},
            "list_nodegroups": {"nodegroups": [*described]},
            "describe_nodegroup": lambda nodegroupName, **_: described[nodegroupName],
        }
        return Reading(self.EKS, self.NODEGROUP.type, answers)

    def test_the_declaration_is_right(self) -> None:
        assert told(faults_of(self.EKS)) == ""

    def test_each_is_described_once(self) -> None:
        group = {"nodegroupArn": f"{self.PLACE}/prod/web/1a-2b", "tags": {"a": "b"}}
        reading = self.reading(web={"nodegroup": group})
        one = only(reading)
        assert (one.arn, one.configuration, one.tags) == (group["nodegroupArn"], group, {"a": "b"})
        assert reading.aws.calls["describe_nodegroup"] == 1

    def test_one_that_is_gone_is_not_listed(self) -> None:
        group = {"nodegroupArn": f"{self.PLACE}/prod/web/1a-2b"}
        gone = client_error("ResourceNotFoundException")
        reading = self.reading(gone=gone, web={"nodegroup": group})
        assert [one.arn for one in reading.listed()] == [group["nodegroupArn"]]

    def test_one_that_is_denied_costs_no_other_its_place(self) -> None:
        denied = client_error("AccessDeniedException")
        group = {"nodegroupArn": f"{self.PLACE}/prod/web/1a-2b"}
        [page] = self.reading(denied=denied, web={"nodegroup": group}).pages()
        assert [one.arn for one in page.listed] == [group["nodegroupArn"]]
        assert page.error is denied

    def test_what_may_pass_ends_the_listing(self) -> None:
        with pytest.raises(ClientError):
            self.reading(web=client_error("ThrottlingException")).listed()

    def test_an_answer_without_a_description_costs_no_other_its_place(self) -> None:
        group = {"nodegroupArn": f"{self.PLACE}/prod/web/1a-2b"}
        [page] = self.reading(odd={}, web={"nodegroup": group}).pages()
        assert [one.arn for one in page.listed] == [group["nodegroupArn"]]
        assert "lacks nodegroup" in str(page.error)

    def test_one_without_an_arn_is_missing(self) -> None:
        [page] = self.reading(web={"nodegroup": {"nodegroupName": "web"}}).pages()
        assert (page.listed, page.lacks) == ([], "$described.nodegroupArn")
