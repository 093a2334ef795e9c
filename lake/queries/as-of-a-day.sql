-- What did we have on a day?
-- Every resource as of the end of a day (UTC). Pass the day for each question mark: '2026-11-24'.
SELECT resourcetype, accountid, awsregion, resourcename, arn, run_date AS listed_on
FROM resources
ORDER BY resourcetype, accountid, awsregion, arn
