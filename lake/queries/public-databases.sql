-- Which databases have a public address?
-- DB instances and clusters of RDS, instances of Neptune and DocumentDB, and Redshift clusters that are
-- publicly accessible. Their security groups decide who reaches them.
SELECT
    accountid, awsregion, resourcetype, resourcename,
    json_extract_scalar(configuration, '$.Engine') AS engine, arn
FROM resources
WHERE resourcetype IN (
    'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::Neptune::DBInstance',
    'AWS::DocDB::DBInstance', 'AWS::Redshift::Cluster'
)
    AND json_extract_scalar(configuration, '$.PubliclyAccessible') = 'true'
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, arn
