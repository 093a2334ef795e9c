-- Which fields could not be read, and why?
-- Each resource with fields that AWS refused, with the error code of each; their values are the
-- last known ones.
SELECT resourcetype, accountid, awsregion, resourcename, arn, unreadable
FROM resources
WHERE unreadable <> '{}'
ORDER BY accountid, resourcetype, arn
