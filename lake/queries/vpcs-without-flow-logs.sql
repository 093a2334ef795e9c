-- Which VPCs have no flow log?
-- Flow logs of single subnets and network interfaces do not count.
WITH logged AS (
    SELECT DISTINCT json_extract_scalar(configuration, '$.ResourceId') AS vpc
    FROM resources
    WHERE resourcetype = 'AWS::EC2::FlowLog'
)
SELECT
    accountid, awsregion, resourceid, resourcename,
    json_extract_scalar(configuration, '$.IsDefault') AS is_default, arn
FROM resources
LEFT JOIN logged ON resources.resourceid = logged.vpc
WHERE resourcetype = 'AWS::EC2::VPC' AND logged.vpc IS NULL
ORDER BY accountid, awsregion, resourceid
