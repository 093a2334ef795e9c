-- Which certificates end within 30 days?
-- Certificates of ACM and IAM that have ended, or end within 30 days from today, with the first resource
-- that uses each. Without certificates that were never issued or are revoked.
WITH certificates AS (
    SELECT
        accountid, awsregion, resourcetype, resourcename, arn,
        coalesce(
            json_extract_scalar(configuration, '$.NotAfter'),
            json_extract_scalar(configuration, '$.Expiration')
        ) AS ends,
        json_extract_scalar(configuration, '$.InUseBy[0]') AS used_by
    FROM resources
    WHERE resourcetype IN ('AWS::CertificateManager::Certificate', 'AWS::IAM::ServerCertificate')
        AND coalesce(json_extract_scalar(configuration, '$.Status'), '') NOT IN (
            'PENDING_VALIDATION', 'VALIDATION_TIMED_OUT', 'FAILED', 'REVOKED'
        )
        AND NOT regexp_like(unreadable, '"configuration')
)
SELECT accountid, awsregion, resourcetype, resourcename, ends, used_by, arn
FROM certificates
WHERE regexp_like(ends, '^\d{4}-')
    AND ends < CAST(CAST(date_add('day', 30, current_date) AS date) AS varchar)
ORDER BY ends, arn
