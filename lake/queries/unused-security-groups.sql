-- Which security groups does no network interface use?
-- Without the default group of each VPC, which cannot be deleted. Other groups and launch templates may
-- still name them.
WITH used AS (
    SELECT DISTINCT json_extract_scalar(entry, '$.GroupId') AS groupid
    FROM resources
    CROSS JOIN UNNEST(
        TRY_CAST(json_extract(configuration, '$.Groups') AS array(json))
    ) AS entries (entry)
    WHERE resourcetype = 'AWS::EC2::NetworkInterface'
)
SELECT accountid, awsregion, resourceid, resourcename, arn
FROM resources
LEFT JOIN used ON resources.resourceid = used.groupid
WHERE resourcetype = 'AWS::EC2::SecurityGroup'
    AND used.groupid IS NULL
    AND resourcename <> 'default'
ORDER BY accountid, awsregion, resourceid
