"""Plants IAM's instance profiles, identity providers, certificates and MFA devices.

Also sets the password policy.
"""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from local.simulation.population.place import PASSWORD, TAG_LIST, TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

GITHUB = "token.actions.githubusercontent.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
SHORT = 6
"""Minimum password length that the account accepts."""


def plant_trust(site: Site, client: Client) -> Iterator[Planted]:
    """Create one of each in an account."""
    place = Place(site, client, "iam", "global")
    iam = client("iam", account=site.account_id)
    yield _plant_profile(place, iam)
    yield _plant_oidc_provider(place, iam)
    yield _plant_saml_provider(place, iam)
    yield _plant_certificate(place, iam)
    yield _plant_device(place, iam)
    yield _plant_settings(place, iam)


def _plant_profile(place: Place, iam: Any) -> Planted:
    """Create an instance profile; its response contains the role's trust policy."""
    name = {"InstanceProfileName": "fleet"}
    role = {"RoleName": "fleet", "AssumeRolePolicyDocument": json.dumps(TRUST)}
    iam.create_role(**role, Path="/fleets/")
    own = iam.create_instance_profile(**name, Path="/fleets/", Tags=TAG_LIST)["InstanceProfile"]
    iam.add_role_to_instance_profile(**name, RoleName="fleet")
    shows = {"Roles.0.RoleName": "fleet", "Roles.0.AssumeRolePolicyDocument": TRUST}
    kind = "IAM::InstanceProfile"
    return place.planted(kind, own["Arn"], shows, own_id=own["InstanceProfileId"], name="fleet")


def _plant_oidc_provider(place: Place, iam: Any) -> Planted:
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], Tags=TAG_LIST
    )["OpenIDConnectProviderArn"]
    shows = {"Url": GITHUB, "ClientIDList": ["sts.amazonaws.com"]}
    return place.planted("IAM::OIDCProvider", arn, shows, own_id=arn, name=TAGS["Name"])


def _plant_saml_provider(place: Place, iam: Any) -> Planted:
    """Create a provider; its metadata must not be stored."""
    metadata = f"<EntityDescriptor>{PASSWORD * 50}</EntityDescriptor>"
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    return place.planted("IAM::SAMLProvider", arn, {}, own_id=arn, name="idp", tags={})


def _plant_certificate(place: Place, iam: Any) -> Planted:
    """Create a certificate that expired years ago."""
    own = iam.upload_server_certificate(
        ServerCertificateName="old", CertificateBody="body", PrivateKey=PASSWORD, Tags=TAG_LIST
    )["ServerCertificateMetadata"]
    shows = {"Expiration": "2012-05-08T01:02:03.004000Z"}
    return place.planted(
        "IAM::ServerCertificate",
        own["Arn"],
        shows,
        own_id=own["ServerCertificateId"],
        name="old",
        findings=("CERTIFICATE_ENDS_SOON",),
    )


def _plant_device(place: Place, iam: Any) -> Planted:
    """Create an unassigned virtual MFA device."""
    arn = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=TAG_LIST)[
        "VirtualMFADevice"
    ]["SerialNumber"]
    return place.planted("IAM::VirtualMFADevice", arn, {}, own_id=arn, name="phone")


def _plant_settings(place: Place, iam: Any) -> Planted:
    """Allow short passwords, and give the root user access keys but no MFA."""
    iam.update_account_password_policy(MinimumPasswordLength=SHORT)
    summary = get_backend("iam")[place.account]["aws"].account_summary
    summary._account_mfa_enabled, summary._account_access_keys_present = 0, 1
    arn = f"arn:aws:iam::{place.account}:account-settings/{place.account}"
    shows = {
        "SummaryMap.AccountMFAEnabled": 0,
        "SummaryMap.AccountAccessKeysPresent": 1,
        "supplementaryConfiguration.PasswordPolicy.MinimumPasswordLength": SHORT,
    }
    found = ("ROOT_ACCESS_KEY", "ROOT_WITHOUT_MFA", "WEAK_PASSWORD_POLICY")
    kind = "IAM::AccountSettings"
    return place.planted(kind, arn, shows, name=None, tags={}, findings=found)
