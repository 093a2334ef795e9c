"""Backup: vaults with who may use them, and plans with what they select."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

BACKUP = ServiceTypes(
    client="backup",
    service="backup",
    types=(
        ResourceType(
            "AWS::Backup::BackupVault",
            listing=ListingCall("ListBackupVaults"),
            id="BackupVaultName",
            arn="backup-vault:{BackupVaultName}",
            arn_member="BackupVaultArn",
            name="BackupVaultName",
            tags=Call("ListTags", by={"ResourceArn": "BackupVaultArn"}, take="Tags", may_lack=True),
            fields={
                "AccessPolicy": Call(
                    "GetBackupVaultAccessPolicy",
                    by={"BackupVaultName": "BackupVaultName"},
                    take="Policy",
                    absent=("ResourceNotFoundException",),
                    documents=("@",),
                    relations=("@ * trusts",),
                )
            },
            volatile=("NumberOfRecoveryPoints",),
            relations=("EncryptionKeyArn AWS::KMS::Key",),
        ),
        ResourceType(
            "AWS::Backup::BackupPlan",
            listing=ListingCall("ListBackupPlans"),
            id="BackupPlanId",
            arn="backup-plan:{BackupPlanId}",
            identity="BackupPlanId",  # its creation date may be that of its version
            arn_member="BackupPlanArn",
            name="BackupPlanName",
            describe=Call(
                "GetBackupPlan",
                by={"BackupPlanId": "BackupPlanId"},
                keep=("BackupPlan.Rules.RecoveryPointTags",),
                volatile=("LastExecutionDate",),
            ),
            tags=Call("ListTags", by={"ResourceArn": "BackupPlanArn"}, take="Tags", may_lack=True),
            fields={
                "Selections": Call(
                    "ListBackupSelections",
                    by={"BackupPlanId": "BackupPlanId"},
                    take="BackupSelectionsList",
                    relations=("IamRoleArn AWS::IAM::Role",),
                )
            },
            relations=(
                "BackupPlan.Rules.TargetBackupVaultName AWS::Backup::BackupVault",
                "BackupPlan.Rules.CopyActions.DestinationBackupVaultArn AWS::Backup::BackupVault",
            ),
        ),
    ),
    gone=("ResourceNotFoundException",),
)
