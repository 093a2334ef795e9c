-- Which customer managed keys are not rotated?
-- Enabled keys that can be rotated automatically and are not. Replicas of multi-Region keys are
-- left out: KMS rotates them with their primary key.
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
