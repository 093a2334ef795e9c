-- What do we have?
-- How many resources of each type, by account and region, and how old the listing is.
SELECT
    resourcetype, accountid, awsregion, count(*) AS resources, min(run_date) AS listed_on
FROM resources
GROUP BY resourcetype, accountid, awsregion
ORDER BY resourcetype, accountid, awsregion
