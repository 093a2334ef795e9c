-- Each version of a resource that the listings of a lake tell of, and when it was missing from one.
-- A resource is deleted if its listing, once complete with it, was complete without it the next time.
WITH complete AS (
    SELECT
        attempts.scope, kinds.listing, attempts.runid,
        lead(attempts.runid) OVER following AS next_run,
        lead(attempts.startedat) OVER following AS next_started
    FROM scopes AS attempts
    INNER JOIN (SELECT DISTINCT scope, listing FROM items) AS kinds
        ON attempts.scope = kinds.scope
    WHERE CASE
        WHEN attempts.isnarrowed
            THEN strpos(
                coalesce(attempts.renewedlistings, ''), concat('"', kinds.listing, '"')
            ) > 0
        WHEN attempts.outcome = 'PARTIAL' AND attempts.listings IS NOT NULL
            THEN strpos(attempts.listings, concat('"', kinds.listing, '":')) = 0
        ELSE attempts.outcome = 'COMPLETE'
    END
    WINDOW following AS (
        PARTITION BY attempts.scope, kinds.listing ORDER BY attempts.startedat
    )
),
events AS (
    SELECT
        arn, accountid, awsregion, resourcetype, resourcename, tags, configuration,
        supplementaryconfiguration, unreadable, configurationitemcapturetime, runid, contenthash,
        change, effects, addedprincipals
    FROM items
    WHERE arn IS NOT NULL
    UNION ALL
    SELECT
        items.arn, items.accountid, items.awsregion, items.resourcetype, items.resourcename,
        items.tags, items.configuration, items.supplementaryconfiguration, items.unreadable,
        complete.next_started AS configurationitemcapturetime, complete.next_run AS runid,
        '' AS contenthash, 'DELETED' AS change, NULL AS effects, NULL AS addedprincipals
    FROM items
    INNER JOIN complete
        ON items.scope = complete.scope
        AND items.listing = complete.listing
        AND items.runid = complete.runid
    WHERE items.arn IS NOT NULL
        AND complete.next_run IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM items AS later
            WHERE later.scope = items.scope
                AND later.arn = items.arn
                AND later.runid = complete.next_run
        )
),
following_events AS (
    SELECT
        events.*,
        lag(contenthash) OVER (
            PARTITION BY arn ORDER BY configurationitemcapturetime, runid
        ) AS before
    FROM events
),
versions AS (
    SELECT
        arn, accountid, awsregion, resourcetype, resourcename, tags, configuration,
        supplementaryconfiguration, unreadable, configurationitemcapturetime, runid, effects,
        addedprincipals,
        CASE
            WHEN before IS NULL OR contenthash = '' THEN change
            WHEN before = '' THEN 'CREATED'
            ELSE 'CHANGED'
        END AS change
    FROM following_events
    WHERE before IS NULL OR before <> contenthash
),
changes AS (
    SELECT * FROM versions WHERE change IN ('CREATED', 'CHANGED', 'DELETED')
)
