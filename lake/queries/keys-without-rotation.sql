-- Which keys are not rotated?
-- Customer keys that can be rotated, are enabled, and are not. Replicas of multi-Region keys take
-- their rotation from the primary key, which is listed instead of them.
SELECT accountid, awsregion, resourcename, arn
FROM resources
WHERE resourcetype = 'AWS::KMS::Key'
    AND json_extract_scalar(configuration, '$.KeyManager') = 'CUSTOMER'
    AND json_extract_scalar(configuration, '$.KeyState') = 'Enabled'
    AND json_extract_scalar(supplementaryconfiguration, '$.RotationStatus.KeyRotationEnabled')
        = 'false'
    AND coalesce(json_extract_scalar(
        configuration, '$.MultiRegionConfiguration.MultiRegionKeyType'
    ), '') <> 'REPLICA'
ORDER BY accountid, awsregion, arn
