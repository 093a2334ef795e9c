-- Which load balancers and Redshift clusters write no access logs?
-- Left out if their attributes could not be read.
SELECT DISTINCT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
CROSS JOIN UNNEST(coalesce(
    TRY_CAST(json_extract(supplementaryconfiguration, '$.Attributes') AS array(json)),
    ARRAY[json_extract(supplementaryconfiguration, '$.Attributes')]
)) AS entries (attribute)
WHERE NOT regexp_like(unreadable, '\.(Attributes|LoggingStatus)"')
    AND (
        (
            resourcetype = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
            AND json_extract_scalar(attribute, '$.Key') = 'access_logs.s3.enabled'
            AND json_extract_scalar(attribute, '$.Value') = 'false'
        )
        OR (
            resourcetype = 'AWS::ElasticLoadBalancing::LoadBalancer'
            AND json_extract_scalar(attribute, '$.AccessLog.Enabled') = 'false'
        )
        OR (
            resourcetype = 'AWS::Redshift::Cluster'
            AND json_extract_scalar(
                supplementaryconfiguration, '$.LoggingStatus.LoggingEnabled'
            ) = 'false'
        )
    )
ORDER BY accountid, awsregion, resourcetype, arn
