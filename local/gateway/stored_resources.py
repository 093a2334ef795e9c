"""Stores resources of types that moto lacks but simulated accounts have.

A resource consists of its creation parameters, its ARN, and the members that AWS adds. Listings and
descriptions return only what was planted.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from moto.backends import get_backend
from moto.securityhub.models import securityhub_backends

from local.gateway.call import Answer, Call
from local.gateway.missing_operations import Correction, empty_list, stored

Entry = dict[str, Any]


def create(
    kind: str, member: str, arn_member: str, arn: str, more: Mapping[str, Any]
) -> Correction:
    """Return a correction that stores a new resource of type `kind` and returns it as `member`.

    `arn` is a template of the resource's members, `service`, and an `id`, which `more` may use too.
    """

    def keep(call: Call) -> Answer:
        entry: Entry = {**call.parameters}
        place = {"service": call.signed_for, "id": uuid4().hex[:17], **entry}
        entry |= {key: value.format(**place) for key, value in more.items()}
        head = f"arn:aws:{call.signed_for}:{call.region}:{call.account}:"
        entry[arn_member] = head + arn.format(**place)
        stored(call, kind)[entry[arn_member]] = entry
        return call.result({member: entry} if member else {"arn": entry[arn_member]})

    return keep


def describe(kind: str, member: str, *keys: str) -> Correction:
    """Return a correction that returns the resource whose `keys` equal the call's."""

    def find(call: Call) -> Answer:
        wanted = {key: call.parameters[key] for key in keys}
        for entry in stored(call, kind).values():
            if wanted.items() <= entry.items():
                return call.result({member: entry})
        return call.error("ResourceNotFoundException", f"no {kind} like {wanted}", 404)

    return find


def listed(kind: str, member: str, name: str = "", parent: str = "") -> Correction:
    """Return a correction that lists resources (or their `name`) of the call's `parent`, if any."""

    def find(call: Call) -> Answer:
        of = call.parameters.get(parent)
        found = [entry for entry in stored(call, kind).values() if entry.get(parent) == of]
        return call.result({member: [entry[name] if name else entry for entry in found]})

    return find


def configuration_recorders(call: Call) -> Answer:
    """Return configuration recorders with their ARNs.

    https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorder.html
    """
    recorders = get_backend("config")[call.account][call.region].recorders
    head = f"arn:aws:config:{call.region}:{call.account}:configuration-recorder"
    found = [{**each.to_dict(), "arn": f"{head}/{each.name}/0a1b"} for each in recorders.values()]
    return call.result({"ConfigurationRecorders": found})


def trails(call: Call) -> Answer:
    """Return trails, including whether they have insight selectors.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
    """
    shadows = call.parameters.get("includeShadowTrails", True)
    found = get_backend("cloudtrail")[call.account][call.region].describe_trails(shadows)
    described = [
        {
            **each.description(include_region=True),
            "HasInsightSelectors": bool(each.insight_selectors),
        }
        for each in found
    ]
    return call.result({"trailList": described})


def cluster_policy(call: Call) -> Answer | None:
    """Return an error for a cluster without a policy (moto: an empty policy).

    https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html
    """
    if call.parameters["ClusterArn"] in get_backend("kafka")[call.account][call.region].policies:
        return None
    return call.error("NotFoundException", "the cluster has no policy", 404)


def tags_of_the_hub(call: Call) -> Answer:
    """Return the tags passed to EnableSecurityHub.

    https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_ListTagsForResource.html
    """
    hub = securityhub_backends[call.account][call.region]
    return call.result({"Tags": hub.tags or {}})


def no_access_policy(call: Call) -> Answer:
    """Return an error: no planted vault has a policy.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultAccessPolicy.html
    """
    return call.error("ResourceNotFoundException", "the vault has no policy", 404)


_ADDON = ("clusterName", "addonName")
_ENTRY = ("clusterName", "principalArn")
_ASSOCIATION = ("clusterName", "associationId")
_ACTIVE = {"status": "ACTIVE"}
_CREATED = {"Lifecycle": "CREATED"}

ANSWERS: dict[tuple[str, str], Correction] = {
    ("accessanalyzer", "CreateAnalyzer"): create(
        "analyzer", "", "arn", "analyzer/{analyzerName}", {"name": "{analyzerName}", **_ACTIVE}
    ),
    ("accessanalyzer", "ListAnalyzers"): listed("analyzer", "analyzers"),
    ("backup", "GetBackupVaultAccessPolicy"): no_access_policy,
    ("backup", "ListBackupSelections"): empty_list("BackupSelectionsList"),
    ("cloudtrail", "DescribeTrails"): trails,
    ("config", "DescribeConfigurationRecorders"): configuration_recorders,
    ("eks", "CreateAddon"): create(
        "addon", "addon", "addonArn", "addon/{clusterName}/{addonName}/{id}", _ACTIVE
    ),
    ("eks", "DescribeAddon"): describe("addon", "addon", *_ADDON),
    ("eks", "ListAddons"): listed("addon", "addons", "addonName", "clusterName"),
    ("eks", "CreateAccessEntry"): create(
        "entry", "accessEntry", "accessEntryArn", "access-entry/{clusterName}/role/{id}", {}
    ),
    ("eks", "DescribeAccessEntry"): describe("entry", "accessEntry", *_ENTRY),
    ("eks", "ListAccessEntries"): listed("entry", "accessEntries", "principalArn", "clusterName"),
    ("eks", "ListAssociatedAccessPolicies"): empty_list("associatedAccessPolicies"),
    ("eks", "CreatePodIdentityAssociation"): create(
        "association",
        "association",
        "associationArn",
        "podidentityassociation/{clusterName}/a-{id}",
        {"associationId": "a-{id}"},
    ),
    ("eks", "DescribePodIdentityAssociation"): describe(
        "association", "association", *_ASSOCIATION
    ),
    ("eks", "ListPodIdentityAssociations"): listed(
        "association", "associations", parent="clusterName"
    ),
    ("fsx", "CreateStorageVirtualMachine"): create(
        "machine",
        "StorageVirtualMachine",
        "ResourceARN",
        "storage-virtual-machine/{FileSystemId}/svm-{id}",
        {"StorageVirtualMachineId": "svm-{id}", **_CREATED},
    ),
    ("fsx", "DescribeStorageVirtualMachines"): listed("machine", "StorageVirtualMachines"),
    ("fsx", "CreateVolume"): create(
        "volume",
        "Volume",
        "ResourceARN",
        "volume/fs-0123456789abcdef0/fsvol-{id}",
        {"VolumeId": "fsvol-{id}", **_CREATED},
    ),
    ("fsx", "DescribeVolumes"): listed("volume", "Volumes"),
    ("kafka", "GetClusterPolicy"): cluster_policy,
    ("securityhub", "GetEnabledStandards"): empty_list("StandardsSubscriptions"),
    ("securityhub", "ListTagsForResource"): tags_of_the_hub,
}
"""Corrections by client and operation."""
