-- Which fields could not be read, and why?
-- Each resource with unreadable fields, with their error codes; their values are the last known
-- ones. NotJson: the field is not valid JSON in the lake and has no value.
SELECT resourcetype, accountid, awsregion, resourcename, arn,
    CASE
        WHEN supplementaryconfiguration IS NULL THEN '{"supplementaryConfiguration":"NotJson"}'
        WHEN configuration IS NULL AND NOT unreadable LIKE '%"configuration":%'
            THEN '{"configuration":"NotJson"}'
        ELSE unreadable
    END AS unreadable
FROM resources
WHERE unreadable <> '{}' OR supplementaryconfiguration IS NULL OR configuration IS NULL
ORDER BY accountid, resourcetype, arn
