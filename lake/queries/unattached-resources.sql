-- Which volumes, addresses and network interfaces does nothing use?
-- Volumes and network interfaces that are attached to nothing, and Elastic IP addresses that are
-- associated with nothing. Volumes and addresses are charged for.
SELECT accountid, awsregion, resourcetype, resourceid, resourcename, arn
FROM resources
WHERE (
    resourcetype = 'AWS::EC2::Volume'
    AND json_extract_scalar(configuration, '$.State') = 'available'
)
    OR (
        resourcetype = 'AWS::EC2::NetworkInterface'
        AND json_extract_scalar(configuration, '$.Status') = 'available'
    )
    OR (
        resourcetype = 'AWS::EC2::EIP'
        AND json_extract_scalar(configuration, '$.AssociationId') IS NULL
    )
ORDER BY accountid, awsregion, resourcetype, resourceid
