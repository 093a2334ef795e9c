-- Which CloudFormation stacks failed?
-- Stacks whose last operation failed or was rolled back.
SELECT
    accountid, awsregion, resourcename,
    json_extract_scalar(configuration, '$.StackStatus') AS status, arn
FROM resources
WHERE resourcetype = 'AWS::CloudFormation::Stack'
    AND regexp_like(
        json_extract_scalar(configuration, '$.StackStatus'), '(FAILED|ROLLBACK_COMPLETE)$'
    )
ORDER BY accountid, awsregion, resourcename
