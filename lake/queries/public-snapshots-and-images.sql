-- Which snapshots and images are public?
-- Everyone may create volumes from the snapshot, or launch instances from the image. Left out if the
-- fields that decide this could not be read.
SELECT accountid, awsregion, resourcetype, resourceid, resourcename, arn
FROM resources
WHERE resourcetype IN ('AWS::EC2::Snapshot', 'AWS::EC2::Image')
    AND (
        json_extract_scalar(configuration, '$.Public') = 'true'
        OR (
            json_extract_scalar(supplementaryconfiguration, '$.IsPublic') = 'true'
            AND NOT regexp_like(unreadable, '\.IsPublic"')
        )
        OR (
            regexp_like(
                json_format(json_extract(supplementaryconfiguration, '$.CreateVolumePermissions')),
                '"Group":\s*"all"'
            )
            AND NOT regexp_like(unreadable, '\.CreateVolumePermissions"')
        )
        OR (
            regexp_like(
                json_format(json_extract(supplementaryconfiguration, '$.LaunchPermissions')),
                '"Group":\s*"all"'
            )
            AND NOT regexp_like(unreadable, '\.LaunchPermissions"')
        )
    )
ORDER BY accountid, awsregion, resourceid
