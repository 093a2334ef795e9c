-- Which Kubernetes API servers are open to every address?
-- EKS clusters with a public endpoint that is not restricted to some addresses.
SELECT
    accountid, awsregion, resourcename,
    json_extract_scalar(configuration, '$.version') AS version, arn
FROM resources
WHERE resourcetype = 'AWS::EKS::Cluster'
    AND json_extract_scalar(configuration, '$.resourcesVpcConfig.endpointPublicAccess') = 'true'
    AND regexp_like(
        json_format(json_extract(configuration, '$.resourcesVpcConfig.publicAccessCidrs')),
        '"(0\.0\.0\.0/0|::/0)"'
    )
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourcename
