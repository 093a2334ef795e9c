-- Which repositories do not scan images when they are pushed?
-- By the repository's own setting; scanning may be set up for the whole registry.
SELECT accountid, awsregion, resourcename, arn
FROM resources
WHERE resourcetype = 'AWS::ECR::Repository'
    AND json_extract_scalar(configuration, '$.imageScanningConfiguration.scanOnPush') = 'false'
ORDER BY accountid, awsregion, resourcename
