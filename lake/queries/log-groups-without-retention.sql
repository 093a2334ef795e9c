-- Which log groups keep their events forever?
-- With their size in bytes when they were listed.
SELECT
    accountid, awsregion, resourcename,
    TRY_CAST(json_extract_scalar(configuration, '$.storedBytes') AS bigint) AS bytes, arn
FROM resources
WHERE resourcetype = 'AWS::Logs::LogGroup'
    AND json_extract_scalar(configuration, '$.retentionInDays') IS NULL
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourcename
