"""EC2: instances, as DescribeInstances gives them; never their user data."""

from collections.abc import Iterator

from cidb2.aws.clients import Clients
from cidb2.aws.members import PageOf
from cidb2.collecting.fields import tag_map
from cidb2.collecting.readers import InParallel, in_turn
from cidb2.collecting.service import Listed, Page, Service, paging, stamped
from cidb2.items.resource import CONFIGURATION, Resource
from cidb2.run import Run
from cidb2.scope import Scope

PAGE_SIZE = 40
"""Instances in a page, of the 1,000 that AWS allows. One with 15 interfaces of 50 addresses each is
124 KB of XML and twice that in memory, and 16 regions are listed at once. Without a size AWS
throttles earlier."""


OF_RESERVATION = ("ReservationId", "OwnerId", "RequesterId")

_TRANSIENT = (
    "State.Code",
    "MetadataOptions.State",
    "BlockDeviceMappings.Ebs.Status",
    "NetworkInterfaces.Status",
    "NetworkInterfaces.Attachment.Status",
    "SecondaryInterfaces.Status",
    "SecondaryInterfaces.Attachment.Status",
    "ElasticGpuAssociations.ElasticGpuAssociationState",
    "ElasticInferenceAcceleratorAssociations.ElasticInferenceAcceleratorAssociationState",
)
VOLATILE = frozenset(f"{CONFIGURATION}.{path}" for path in _TRANSIENT)
"""How far an attachment or a setting is on its way; and the state's code, whose high byte is AWS's
own and to be ignored, while its name says the same (EC2 API Reference, InstanceState)."""


class Ec2Reader:
    """Reads the instances of one region of one account."""

    def __init__(self, account: Clients, scope: Scope, _run: Run) -> None:
        self._ec2 = account.client("ec2", scope.region)
        self._scope = scope

    def pages(self, token: str | None) -> Iterator[Page]:
        paginator = self._ec2.get_paginator("describe_instances")
        partition = self._ec2.meta.partition
        pages = paginator.paginate(**paging(PAGE_SIZE, token, "NextToken"))
        for captured_at, answer in stamped(pages):
            prefix = f"arn:{partition}:ec2:{self._scope.region}:{self._scope.account_id}:instance"
            page = PageOf()
            listed = [
                Listed(
                    f"{prefix}/{instance['InstanceId']}",
                    (instance, reservation, captured_at),
                )
                for reservation in page.entries(answer, "Reservations")
                for instance in page.entries(reservation, "Instances", "InstanceId")
            ]
            following = page.next_token(answer, "NextToken")
            yield Page(listed, following, page.lacks)

    def read(self, listed: Listed, _in_parallel: InParallel = in_turn) -> Resource:
        instance, reservation, captured_at = listed.detail
        # One without a key has no place in a map; `configuration` shows it as AWS does.
        tags = tag_map(tag for tag in instance.get("Tags", []) if tag.get("Key"))
        return Resource(
            resource_type="AWS::EC2::Instance",
            resource_id=instance["InstanceId"],
            resource_name=tags.get("Name"),
            arn=listed.arn,
            region=self._scope.region,
            captured_at=captured_at,
            configuration=instance,
            supplementary={name: reservation.get(name) for name in OF_RESERVATION},
            tags=tags,
            volatile=VOLATILE,
        )


EC2 = Service(
    name="ec2",
    actions=("ec2:DescribeInstances", "ec2:DescribeRegions"),
    reader=Ec2Reader,
)
