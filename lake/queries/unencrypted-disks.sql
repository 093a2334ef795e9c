-- Which volumes and snapshots are not encrypted?
-- With their size in GiB.
SELECT
    accountid, awsregion, resourcetype, resourceid, resourcename,
    coalesce(
        json_extract_scalar(configuration, '$.Size'),
        json_extract_scalar(configuration, '$.VolumeSize')
    ) AS size, arn
FROM resources
WHERE resourcetype IN ('AWS::EC2::Volume', 'AWS::EC2::Snapshot')
    AND json_extract_scalar(configuration, '$.Encrypted') = 'false'
ORDER BY accountid, awsregion, resourceid
