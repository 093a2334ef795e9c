-- Which databases and tables can be deleted by one call?
-- DB instances that are in no cluster, DB clusters of RDS, Neptune and DocumentDB, and DynamoDB tables,
-- without deletion protection.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE resourcetype IN (
    'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::Neptune::DBCluster',
    'AWS::DocDB::DBCluster', 'AWS::DynamoDB::Table'
)
    AND coalesce(
        json_extract_scalar(configuration, '$.DeletionProtection'),
        json_extract_scalar(configuration, '$.DeletionProtectionEnabled')
    ) = 'false'
    AND (
        resourcetype <> 'AWS::RDS::DBInstance'
        OR json_extract_scalar(configuration, '$.DBClusterIdentifier') IS NULL
    )
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourcetype, arn
