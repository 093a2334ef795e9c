-- Which trails do not log, or write no digests?
-- Digest files show whether log files were changed or deleted.
SELECT
    accountid, awsregion, resourcename,
    json_extract_scalar(supplementaryconfiguration, '$.Status.IsLogging') AS is_logging,
    json_extract_scalar(configuration, '$.LogFileValidationEnabled') AS has_digests, arn
FROM resources
WHERE resourcetype = 'AWS::CloudTrail::Trail'
    AND (
        (
            json_extract_scalar(supplementaryconfiguration, '$.Status.IsLogging') = 'false'
            AND NOT regexp_like(unreadable, '\.Status"')
        )
        OR json_extract_scalar(configuration, '$.LogFileValidationEnabled') = 'false'
    )
ORDER BY accountid, arn
