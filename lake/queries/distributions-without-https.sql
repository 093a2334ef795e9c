-- Which distributions also serve over HTTP?
-- CloudFront distributions whose default or other cache behavior allows HTTP and HTTPS.
SELECT accountid, resourcename, json_extract_scalar(configuration, '$.Status') AS status, arn
FROM resources
WHERE resourcetype = 'AWS::CloudFront::Distribution'
    AND regexp_like(
        json_format(json_extract(configuration, '$.DistributionConfig')),
        '"ViewerProtocolPolicy":\s*"allow-all"'
    )
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, arn
