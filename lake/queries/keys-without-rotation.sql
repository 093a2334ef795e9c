-- Which keys are not rotated?
-- Customer keys that can be rotated, are enabled, and are not.
SELECT accountid, awsregion, resourcename, arn
FROM resources
WHERE resourcetype = 'AWS::KMS::Key'
    AND json_extract_scalar(configuration, '$.KeyManager') = 'CUSTOMER'
    AND json_extract_scalar(configuration, '$.KeyState') = 'Enabled'
    AND json_extract_scalar(supplementaryconfiguration, '$.RotationStatus.KeyRotationEnabled')
        = 'false'
ORDER BY accountid, awsregion, arn
