WITH complete AS (
    SELECT
        scope, runid, startedat,
        lead(runid) OVER (PARTITION BY scope ORDER BY startedat) AS next_run,
        lead(startedat) OVER (PARTITION BY scope ORDER BY startedat) AS next_started
    FROM scopes
    WHERE outcome = 'COMPLETE' AND NOT isnarrowed
),
listed AS (
    SELECT
        items.*, items.configurationitemcapturetime AS seen,
        lag(contenthash) OVER (
            PARTITION BY arn ORDER BY configurationitemcapturetime, runid
        ) AS before
    FROM items
    WHERE arn IS NOT NULL
),
gone AS (
    SELECT listed.*, complete.next_run, complete.next_started
    FROM listed
    INNER JOIN complete ON listed.scope = complete.scope AND listed.runid = complete.runid
    WHERE complete.next_run IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM items AS later
            WHERE later.scope = listed.scope
                AND later.arn = listed.arn
                AND later.runid = complete.next_run
        )
),
versions AS (
    SELECT
        arn, accountid, awsregion, resourcetype, resourcename, tags, configuration,
        supplementaryconfiguration, unreadable, configurationitemcapturetime, seen, runid,
        CASE WHEN before IS NULL THEN change WHEN before <> contenthash THEN 'CHANGED' END AS change
    FROM listed
    WHERE before IS NULL OR before <> contenthash
    UNION ALL
    SELECT
        arn, accountid, awsregion, resourcetype, resourcename, tags, configuration,
        supplementaryconfiguration, unreadable, next_started AS configurationitemcapturetime,
        next_started AS seen, next_run AS runid, 'DELETED' AS change
    FROM gone
),
changes AS (
    SELECT * FROM versions WHERE change IN ('CREATED', 'CHANGED', 'DELETED')
)
