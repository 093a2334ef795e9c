"""Plants users with credentials: one insecure and one secure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from moto.backends import get_backend
from moto.core.utils import utcnow
from moto.iam.models import AccessKeyLastUsed

from local.simulation.population.place import PASSWORD, TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

OLD = timedelta(days=400)
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}


def plant_credentials(site: Site, client: Client) -> Iterator[Planted]:
    """Create the users in an account."""
    place = Place(site, client, "iam", "global")
    iam = client("iam", account=site.account_id)
    yield _plant_careless(place, iam)
    yield from _plant_careful(place, iam)


def _plant_careless(place: Place, iam: Any) -> Planted:
    """Create a user with a password, no MFA, and a key in use for 400 days."""
    user = _user(iam, "careless")
    key = iam.create_access_key(UserName="careless")["AccessKey"]["AccessKeyId"]
    of_user = get_backend("iam")[place.account]["aws"].users["careless"]
    [kept] = of_user.access_keys
    now = utcnow()
    kept.create_date = now - OLD
    kept.last_used = AccessKeyLastUsed(now, "s3", "us-east-1")
    of_user.password_last_used = now  # type: ignore[assignment]  # None until somebody sets it
    shows = {
        "AccessKeys.0.AccessKeyId": key,
        "AccessKeys.0.Status": "Active",
        "AccessKeys.0.CreateDate": _text(kept.create_date),
        f"AccessKeysLastUsed.{key}.ServiceName": "s3",
        "LoginProfile.UserName": "careless",
        "MFADevices": [],
        "PasswordLastUsed": _text(now),
    }
    return _planted(place, user, shows, ("OLD_ACCESS_KEY", "USER_WITHOUT_MFA"))


def _plant_careful(place: Place, iam: Any) -> Iterator[Planted]:
    """Create a user with a password and MFA but no key, and the MFA device."""
    user = _user(iam, "careful")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="token")["VirtualMFADevice"]
    serial = device["SerialNumber"]
    iam.enable_mfa_device(UserName="careful", SerialNumber=serial, **CODES)
    shows = {
        "AccessKeys": [],
        "AccessKeysLastUsed": {},
        "LoginProfile.UserName": "careful",
        "MFADevices.0.SerialNumber": serial,
        "PasswordLastUsed": None,
    }
    yield _planted(place, user, shows)
    owner = {"User.Arn": user["Arn"]}
    kind = "IAM::VirtualMFADevice"
    yield place.planted(kind, serial, owner, own_id=serial, name="token", tags={})


def _user(iam: Any, name: str) -> Any:
    user = iam.create_user(UserName=name, Tags=TAG_LIST)["User"]
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    return user


def _planted(
    place: Place, user: Any, shows: dict[str, Any], findings: tuple[str, ...] = ()
) -> Planted:
    fields = {f"supplementaryConfiguration.{path}": value for path, value in shows.items()}
    own_id, name = user["UserId"], user["UserName"]
    return place.planted(
        "IAM::User", user["Arn"], fields, own_id=own_id, name=name, findings=findings
    )


def _text(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"
