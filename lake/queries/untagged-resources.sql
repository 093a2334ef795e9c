-- Which resources have no tags?
-- Without IAM groups, which cannot be tagged, and AWS managed keys. Resources whose tags could not
-- be read are left out.
SELECT resourcetype, accountid, awsregion, resourcename, arn
FROM resources
WHERE tags = '{}'
    AND resourcetype <> 'AWS::IAM::Group'
    AND coalesce(json_extract_scalar(configuration, '$.KeyManager'), '') <> 'AWS'
ORDER BY accountid, resourcetype, arn
