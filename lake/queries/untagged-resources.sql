-- What has no tags?
-- Without groups, which IAM cannot tag, and the keys that AWS manages. Tags that could not be read
-- are not taken for none.
SELECT resourcetype, accountid, awsregion, resourcename, arn
FROM resources
WHERE tags = '{}'
    AND resourcetype <> 'AWS::IAM::Group'
    AND coalesce(json_extract_scalar(configuration, '$.KeyManager'), '') <> 'AWS'
ORDER BY accountid, resourcetype, arn
