"""Plants a backup vault, and a plan without selections."""

from collections.abc import Iterator
from typing import Any

from local.simulation.population.place import TAGS, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create both."""
    place = Place(site, client, "backup")
    backup = place.client("backup")
    backup.create_backup_vault(BackupVaultName="daily", BackupVaultTags=TAGS)
    shows: dict[str, Any] = {"supplementaryConfiguration.AccessPolicy": None}
    yield place.planted("Backup::BackupVault", "backup-vault:daily", shows)
    rule = {"RuleName": "night", "TargetBackupVaultName": "daily"}
    plan = backup.create_backup_plan(
        BackupPlan={"BackupPlanName": "nightly", "Rules": [rule]}, BackupPlanTags=TAGS
    )["BackupPlanId"]
    shows = {
        "BackupPlan.Rules.0.TargetBackupVaultName": "daily",
        "supplementaryConfiguration.Selections": [],
    }
    yield place.planted("Backup::BackupPlan", f"backup-plan:{plan}", shows, name="nightly")
