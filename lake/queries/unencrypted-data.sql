-- Which databases, file systems, search domains and caches are not encrypted?
-- And their snapshots. unencrypted-disks has the volumes and snapshots of EC2.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE resourcetype IN (
    'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::RDS::DBSnapshot',
    'AWS::RDS::DBClusterSnapshot', 'AWS::Neptune::DBInstance', 'AWS::Neptune::DBCluster',
    'AWS::Neptune::DBClusterSnapshot', 'AWS::DocDB::DBInstance', 'AWS::DocDB::DBCluster',
    'AWS::DocDB::DBClusterSnapshot', 'AWS::Redshift::Cluster', 'AWS::Redshift::Snapshot',
    'AWS::EFS::FileSystem', 'AWS::OpenSearchService::Domain', 'AWS::ElastiCache::ReplicationGroup'
)
    AND coalesce(
        json_extract_scalar(configuration, '$.StorageEncrypted'),
        json_extract_scalar(configuration, '$.Encrypted'),
        json_extract_scalar(configuration, '$.EncryptionAtRestOptions.Enabled'),
        json_extract_scalar(configuration, '$.AtRestEncryptionEnabled')
    ) = 'false'
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourcetype, arn
