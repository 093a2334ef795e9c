-- Which customer managed keys are not rotated?
-- Enabled keys that can be rotated automatically and are not. Replicas of multi-Region keys are
-- left out: KMS rotates them with their primary key. So are keys whose state or rotation could not be
-- read.
SELECT accountid, awsregion, resourcename, arn
FROM resources
WHERE resourcetype = 'AWS::KMS::Key'
    AND json_extract_scalar(configuration, '$.KeyManager') = 'CUSTOMER'
    AND json_extract_scalar(configuration, '$.KeyState') = 'Enabled'
    AND json_extract_scalar(supplementaryconfiguration, '$.RotationStatus.KeyRotationEnabled')
        = 'false'
    AND NOT regexp_like(unreadable, '"(configuration|supplementaryConfiguration\.RotationStatus)"')
    AND coalesce(json_extract_scalar(
        configuration, '$.MultiRegionConfiguration.MultiRegionKeyType'
    ), '') <> 'REPLICA'
ORDER BY accountid, awsregion, arn
