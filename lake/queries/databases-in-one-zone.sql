-- Which databases run in a single Availability Zone?
-- DB instances of RDS that are in no cluster, and replication groups of ElastiCache, without a standby
-- in another zone.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE NOT regexp_like(unreadable, '"configuration')
    AND (
        (
            resourcetype = 'AWS::RDS::DBInstance'
            AND json_extract_scalar(configuration, '$.MultiAZ') = 'false'
            AND json_extract_scalar(configuration, '$.DBClusterIdentifier') IS NULL
        )
        OR (
            resourcetype = 'AWS::ElastiCache::ReplicationGroup'
            AND json_extract_scalar(configuration, '$.MultiAZ') = 'disabled'
        )
    )
ORDER BY accountid, awsregion, resourcetype, arn
