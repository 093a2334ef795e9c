"""IAM reads that moto lacks: tags of some resources, and whether the root user has a password."""

from moto.backends import get_backend

from local.gateway.call import Answer, Call
from local.gateway.missing_operations import Correction, stored


def keep_tags(name: str) -> Correction:
    """Return a correction that stores a new resource's tags by name; moto creates the resource."""

    def keep(call: Call) -> None:
        stored(call, "tags")[call.parameters[name]] = call.parameters.get("Tags", [])

    return keep


def tags_of(name: str) -> Correction:
    """Return a correction that returns a resource's tags, by its name or ARN.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADeviceTags.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificateTags.html
    """

    def tell(call: Call) -> Answer:
        own = call.parameters[name].rpartition("/")[2]
        return call.result({"Tags": stored(call, "tags").get(own, []), "IsTruncated": False})

    return tell


def instance_profile_tags(call: Call) -> Answer:
    """Return the tags of an instance profile.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html
    """
    profiles = get_backend("iam")[call.account]["aws"]
    profile = profiles.get_instance_profile(call.parameters["InstanceProfileName"])
    return call.result({"Tags": profile.tags, "IsTruncated": False})


def account_summary(call: Call) -> Answer:
    """Return the account summary, with a root user password as in most accounts.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    summary = get_backend("iam")[call.account]["aws"].get_account_summary().summary_map
    return call.result({"SummaryMap": {**summary, "AccountPasswordPresent": 1}})


ANSWERS: dict[tuple[str, str], Correction] = {
    ("iam", "CreateVirtualMFADevice"): keep_tags("VirtualMFADeviceName"),
    ("iam", "GetAccountSummary"): account_summary,
    ("iam", "UploadServerCertificate"): keep_tags("ServerCertificateName"),
    ("iam", "ListInstanceProfileTags"): instance_profile_tags,
    ("iam", "ListMFADeviceTags"): tags_of("SerialNumber"),
    ("iam", "ListServerCertificateTags"): tags_of("ServerCertificateName"),
}
"""Corrections by client and operation."""
