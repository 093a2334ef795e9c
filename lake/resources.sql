WITH complete AS (
    SELECT scope, runid, run_date, startedat
    FROM scopes
    WHERE outcome = 'COMPLETE' AND NOT isnarrowed
        AND run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
),
listings AS (
    SELECT
        scope, max_by(runid, startedat) AS runid, max_by(run_date, startedat) AS run_date,
        max(startedat) AS startedat
    FROM complete
    GROUP BY scope
),
partly_listed AS (
    SELECT scopes.scope, scopes.startedat, scopes.listings, scopes.renewedlistings
    FROM scopes
    LEFT JOIN listings ON scopes.scope = listings.scope
    WHERE (
            scopes.renewedlistings IS NOT NULL
            OR (scopes.outcome = 'PARTIAL' AND NOT scopes.isnarrowed AND scopes.listings IS NOT NULL)
        )
        AND (listings.scope IS NULL OR scopes.startedat > listings.startedat)
        AND scopes.run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
),
resources AS (
    SELECT
        items.accountid, items.addedprincipals, items.arn, items.awsregion, items.change,
        CASE WHEN TRY(json_parse(items.configuration)) IS NOT NULL
            THEN items.configuration END AS configuration,
        items.configurationitemcapturetime, items.configurationitemstatus, items.contenthash,
        items.effects,
        CASE WHEN TRY(json_parse(items.findings)) IS NOT NULL
            THEN items.findings END AS findings,
        items.identifiers, items.listing,
        CASE WHEN TRY(json_parse(items.relationships)) IS NOT NULL
            THEN items.relationships END AS relationships,
        items.resourceid, items.resourcename, items.resourcetype, items.runid, items.schemaversion,
        items.scope,
        CASE WHEN TRY(json_parse(items.supplementaryconfiguration)) IS NOT NULL
            THEN items.supplementaryconfiguration END AS supplementaryconfiguration,
        items.tags, items.unreadable, items.unreadablerelations, items.run_date, items.service
    FROM items
    INNER JOIN scopes AS listed
        ON items.scope = listed.scope
        AND items.runid = listed.runid
        AND items.run_date = listed.run_date
    LEFT JOIN listings ON items.scope = listings.scope
    WHERE items.run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
        AND (listings.scope IS NULL OR listed.startedat >= listings.startedat)
        AND NOT EXISTS (
            SELECT 1
            FROM partly_listed
            WHERE partly_listed.scope = items.scope
                AND partly_listed.startedat > listed.startedat
                AND CASE
                    WHEN partly_listed.renewedlistings IS NULL
                        THEN strpos(partly_listed.listings, concat('"', items.listing, '":')) = 0
                    ELSE strpos(partly_listed.renewedlistings, concat('"', items.listing, '"')) > 0
                END
        )
)
