-- Which instances accept IMDSv1?
-- Instances whose metadata service is enabled and does not require a token.
SELECT
    accountid, awsregion, resourceid, resourcename,
    json_extract_scalar(configuration, '$.State.Name') AS state, arn
FROM resources
WHERE resourcetype = 'AWS::EC2::Instance'
    AND json_extract_scalar(configuration, '$.State.Name') <> 'terminated'
    AND coalesce(json_extract_scalar(configuration, '$.MetadataOptions.HttpEndpoint'), 'enabled')
        <> 'disabled'
    AND json_extract_scalar(configuration, '$.MetadataOptions.HttpTokens') = 'optional'
ORDER BY accountid, awsregion, resourceid
