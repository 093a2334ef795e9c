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
        items.resourceid, items.resourcename, items.resourcetype, items.runid, items.schemaversion,
        items.scope,
        CASE WHEN TRY(json_parse(items.supplementaryconfiguration)) IS NOT NULL
            THEN items.supplementaryconfiguration END AS supplementaryconfiguration,
        items.tags, items.unreadable, items.run_date, items.service
    FROM items
    INNER JOIN listings
        ON items.run_date = listings.run_date
        AND items.scope = listings.scope
        AND items.runid = listings.runid
    WHERE items.run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
)
