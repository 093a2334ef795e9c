-- Which EMR clusters have no security configuration?
-- Running clusters that encrypt and authenticate nothing but by their own settings.
SELECT
    accountid, awsregion, resourceid, resourcename,
    json_extract_scalar(configuration, '$.ReleaseLabel') AS release, arn
FROM resources
WHERE resourcetype = 'AWS::EMR::Cluster'
    AND json_extract_scalar(configuration, '$.SecurityConfiguration') IS NULL
    AND json_extract_scalar(configuration, '$.Status.State') NOT LIKE 'TERMINAT%'
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourceid
