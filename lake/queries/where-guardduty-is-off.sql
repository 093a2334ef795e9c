-- In which regions does GuardDuty not watch?
-- Regions of accounts without an enabled detector, by the last complete listing. detector: the status of
-- one that is there, which is disabled.
WITH detectors AS (
    SELECT
        accountid, awsregion, max(json_extract_scalar(configuration, '$.Status')) AS status
    FROM resources
    WHERE resourcetype = 'AWS::GuardDuty::Detector'
    GROUP BY accountid, awsregion
)
SELECT listed.accountid, listed.awsregion, detectors.status AS detector
FROM listings
INNER JOIN scopes AS listed
    ON listings.scope = listed.scope
    AND listings.runid = listed.runid
    AND listings.run_date = listed.run_date
LEFT JOIN detectors
    ON listed.accountid = detectors.accountid AND listed.awsregion = detectors.awsregion
WHERE listed.service = 'guardduty' AND coalesce(detectors.status, '') <> 'ENABLED'
ORDER BY listed.accountid, listed.awsregion
