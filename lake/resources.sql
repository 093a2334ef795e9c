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
current_lines AS (
    SELECT
        lines.accountid, lines.addedprincipals, lines.arn, lines.awsregion, lines.change,
        CASE WHEN TRY(json_parse(lines.configuration)) IS NOT NULL
            THEN lines.configuration END AS configuration,
        lines.configurationitemcapturetime, lines.configurationitemstatus, lines.contenthash,
        lines.effects,
        CASE WHEN TRY(json_parse(lines.findings)) IS NOT NULL
            THEN lines.findings END AS findings,
        lines.identifiers, lines.in_listing AS listing,
        CASE WHEN TRY(json_parse(lines.relationships)) IS NOT NULL
            THEN lines.relationships END AS relationships,
        lines.resourceid, lines.resourcename, lines.resourcetype, lines.of_run AS runid,
        lines.schemaversion, lines.in_scope AS scope,
        CASE WHEN TRY(json_parse(lines.supplementaryconfiguration)) IS NOT NULL
            THEN lines.supplementaryconfiguration END AS supplementaryconfiguration,
        lines.tags, lines.unreadable, lines.unreadablerelations, lines.run_date, lines.service
    FROM (
        SELECT
            items.*,
            coalesce(items.scope, concat(
                regexp_extract("$path", '/([0-9]{12})/[^/]+/[^/]+/[^/]+$', 1), '/', items.service,
                '/', regexp_extract("$path", '/([^/]+)/[^/]+/[^/]+$', 1)
            )) AS in_scope,
            coalesce(items.listing, regexp_extract("$path", '/([^/]+)/[^/]+$', 1)) AS in_listing,
            coalesce(items.runid, regexp_extract("$path", '/([^/.]+)[^/]*$', 1)) AS of_run
        FROM items
        WHERE items.run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
            AND CAST(current_date AS varchar)
    ) AS lines
    INNER JOIN scopes AS listed
        ON lines.in_scope = listed.scope
        AND lines.of_run = listed.runid
        AND lines.run_date = listed.run_date
    LEFT JOIN listings ON lines.in_scope = listings.scope
    WHERE (listings.scope IS NULL OR listed.startedat >= listings.startedat)
        AND NOT EXISTS (
            SELECT 1
            FROM partly_listed
            WHERE partly_listed.scope = lines.in_scope
                AND partly_listed.startedat > listed.startedat
                AND CASE
                    WHEN partly_listed.renewedlistings IS NULL
                        THEN strpos(
                            partly_listed.listings, concat('"', lines.in_listing, '":')
                        ) = 0
                    ELSE strpos(
                        partly_listed.renewedlistings, concat('"', lines.in_listing, '"')
                    ) > 0
                END
        )
),
resources AS (
    SELECT * FROM current_lines WHERE arn IS NOT NULL
),
unreadable_lines AS (
    SELECT scope, listing, count(*) AS lines
    FROM current_lines
    WHERE arn IS NULL
    GROUP BY scope, listing
)
