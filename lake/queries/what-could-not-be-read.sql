-- Which fields could not be read, and why?
-- Each resource with fields that AWS refused, with the error code of each; their values are the
-- last known ones. NotJson: the lake's own text of the field is broken, and there is no value.
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
