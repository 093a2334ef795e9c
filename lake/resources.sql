WITH complete AS (
    SELECT scope, runid, run_date, startedat
    FROM scopes
    WHERE outcome = 'COMPLETE' AND NOT isnarrowed
        AND run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
),
listings AS (
    SELECT scope, max_by(runid, startedat) AS runid, max_by(run_date, startedat) AS run_date
    FROM complete
    GROUP BY scope
),
resources AS (
    SELECT
        items.accountid, items.arn, items.awsregion, items.change,
        CASE WHEN TRY(json_parse(items.configuration)) IS NOT NULL
            THEN items.configuration END AS configuration,
        items.configurationitemcapturetime, items.configurationitemstatus, items.contenthash,
        items.listing, items.resourceid, items.resourcename, items.resourcetype, items.runid,
        items.schemaversion,
        items.scope,
        CASE WHEN TRY(json_parse(items.supplementaryconfiguration)) IS NOT NULL
            THEN items.supplementaryconfiguration END AS supplementaryconfiguration,
        items.tags, items.unreadable, items.run_date, items.service
    FROM items
    INNER JOIN scopes AS listed
        ON items.scope = listed.scope
        AND items.runid = listed.runid
        AND items.run_date = listed.run_date
    WHERE items.run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
        AND NOT EXISTS (
            SELECT 1
            FROM scopes AS later
            WHERE later.scope = items.scope
                AND later.startedat > listed.startedat
                AND NOT later.isnarrowed
                AND (
                    later.outcome = 'COMPLETE'
                    OR strpos(later.listings, concat('"', items.listing, '":')) = 0
                )
                AND later.run_date
                BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
                AND CAST(current_date AS varchar)
        )
)
