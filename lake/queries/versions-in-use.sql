-- Which runtimes and engine versions are in use?
-- How many functions, databases, caches and Kubernetes clusters have each version. The finding
-- OUT_OF_SUPPORT names those past the end of standard support.
SELECT
    resourcetype,
    coalesce(json_extract_scalar(configuration, '$.Engine'), '') AS engine,
    coalesce(
        json_extract_scalar(configuration, '$.Runtime'),
        json_extract_scalar(configuration, '$.EngineVersion'),
        json_extract_scalar(configuration, '$.version')
    ) AS version,
    count(*) AS resources
FROM resources
WHERE resourcetype IN (
    'AWS::Lambda::Function', 'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster',
    'AWS::ElastiCache::CacheCluster', 'AWS::EKS::Cluster'
)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
