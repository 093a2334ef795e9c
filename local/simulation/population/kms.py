"""Plants KMS keys: rotating, plain, disabled, pending deletion, multi-Region, AWS managed."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from unittest import mock

import moto.kms.models
from moto.backends import get_backend
from moto.kms.models import Key, KmsBackend

from local.simulation.population.site import Site

KINDS = ("rotating", "plain", "disabled", "rotating", "pending", "aws", "multi-region")
AWS_ALIASES = ("alias/aws/ebs", "alias/aws/s3", "alias/aws/sns", "alias/aws/lambda")
PLANTED = "Verschlüsselung"


def plant(site: Site, amount: int) -> None:
    """Create `amount` symmetric keys in the site's Regions."""
    for _ in range(amount):
        backend, kind = _backend(site, site.rng.choice(site.regions)), site.one_of(KINDS)
        if kind == "aws":
            _plant_aws_key(site, backend)
        else:
            _plant_customer_key(site, backend, kind)


def plant_sealed_key(site: Site) -> None:
    """Create a key that nobody may describe: its own policy denies even administrators."""
    backend = _backend(site, site.regions[0])
    key = _create(site, backend, "Sealed by its own policy")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}
    policy = json.loads(key.policy)
    key.policy = json.dumps(policy | {"Statement": [*policy["Statement"], deny]})
    backend.create_alias(key.id, "alias/sealed")


def change(site: Site) -> None:
    """Disable one enabled key and give it an alias."""
    for backend, key in _planted(site, "Enabled"):
        backend.disable_key(key.id)
        backend.create_alias(key.id, f"alias/{site.name('retired')}")
        return


def delete(site: Site) -> None:
    """Remove one key whose waiting period has ended."""
    for backend, key in _planted(site, "PendingDeletion"):
        backend.delete_key(key.id)
        return


def is_sealed(key: Key) -> bool:
    """Return whether the key's own policy denies DescribeKey to everyone."""
    return any(statement["Effect"] == "Deny" for statement in json.loads(key.policy)["Statement"])


def _backend(site: Site, region: str) -> KmsBackend:
    return get_backend("kms")[site.account_id][region]


def _planted(site: Site, state: str) -> Iterator[tuple[KmsBackend, Key]]:
    for backend in (_backend(site, region) for region in site.regions):
        for key in list(backend.keys.values()):
            if key.key_state == state and key.description == PLANTED:
                yield backend, key


def _create(site: Site, backend: KmsBackend, text: str, *, multi_region: bool = False) -> Key:
    tags = [{"TagKey": name, "TagValue": value} for name, value in site.tags().items()]
    # moto generates an RSA key pair for each key (50 ms); symmetric keys never use it.
    with mock.patch.object(moto.kms.models, "generate_private_key", return_value=b""):
        key = backend.create_key(None, "ENCRYPT_DECRYPT", "", text, tags, multi_region)
    key.creation_date = site.moment().replace(tzinfo=UTC).timestamp() + 0.125
    return key


def _plant_aws_key(site: Site, backend: KmsBackend) -> None:
    key = _create(site, backend, "Default key")
    key.key_manager = "AWS"
    backend.tagger.delete_all_tags_for_resource(key.id)
    for alias in [name for name in AWS_ALIASES if not backend.alias_exists(name)][:1]:
        backend.create_alias(key.id, alias)


def _plant_customer_key(site: Site, backend: KmsBackend, kind: str) -> None:
    key = _create(site, backend, PLANTED, multi_region=kind == "multi-region")
    for _ in range(site.rng.choice((0, 1, 1, 1, 2))):
        backend.create_alias(key.id, f"alias/{site.name('key')}")
    key.key_rotation_status = kind == "rotating"
    if kind == "disabled":
        backend.disable_key(key.id)
    elif kind == "pending":
        backend.schedule_key_deletion(key.id, 30)
        key.deletion_date = site.moment() + timedelta(days=3650)
