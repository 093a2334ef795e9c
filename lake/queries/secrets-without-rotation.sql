-- Which secrets are not rotated?
-- With the day of their last change. Without replicas, which are rotated with their primary secret, and
-- secrets that are to be deleted.
SELECT
    accountid, awsregion, resourcename,
    substr(json_extract_scalar(configuration, '$.LastChangedDate'), 1, 10) AS changed_on, arn
FROM resources
WHERE resourcetype = 'AWS::SecretsManager::Secret'
    AND coalesce(json_extract_scalar(configuration, '$.RotationEnabled'), 'false') = 'false'
    AND json_extract_scalar(configuration, '$.DeletedDate') IS NULL
    AND coalesce(json_extract_scalar(configuration, '$.PrimaryRegion'), awsregion) = awsregion
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, arn
