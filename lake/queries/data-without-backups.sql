-- Which databases, tables and file systems have no automatic backups?
-- DB instances, Redshift clusters and replication groups without automatic snapshots, DynamoDB tables
-- without point-in-time recovery, and EFS file systems without automatic backups. Backup plans of AWS
-- Backup are not looked into. Left out if what decides this could not be read.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE (
    resourcetype IN (
        'AWS::RDS::DBInstance', 'AWS::Redshift::Cluster', 'AWS::ElastiCache::ReplicationGroup'
    )
    AND coalesce(
        json_extract_scalar(configuration, '$.BackupRetentionPeriod'),
        json_extract_scalar(configuration, '$.AutomatedSnapshotRetentionPeriod'),
        json_extract_scalar(configuration, '$.SnapshotRetentionLimit')
    ) = '0'
    AND NOT regexp_like(unreadable, '"configuration')
)
    OR (
        resourcetype = 'AWS::DynamoDB::Table'
        AND json_extract_scalar(
            supplementaryconfiguration,
            '$.ContinuousBackups.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus'
        ) = 'DISABLED'
        AND NOT regexp_like(unreadable, '\.ContinuousBackups"')
    )
    OR (
        resourcetype = 'AWS::EFS::FileSystem'
        AND coalesce(
            json_extract_scalar(supplementaryconfiguration, '$.BackupPolicy.Status'), 'DISABLED'
        ) IN ('DISABLED', 'DISABLING')
        AND NOT regexp_like(unreadable, '\.BackupPolicy"')
    )
ORDER BY accountid, awsregion, resourcetype, arn
