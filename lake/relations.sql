collected (resourcetype, service, listing, isregional, isnamed) AS (
    VALUES ${collected}
),
scopes_of_late AS (
    SELECT *
    FROM scopes
    WHERE run_date BETWEEN CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
        AND CAST(current_date AS varchar)
),
attempts_since AS (
    SELECT
        attempts.scope, attempts.accountid, attempts.service, attempts.awsregion,
        attempts.startedat, wanted.listing,
        CASE
            WHEN attempts.isnarrowed
                THEN strpos(
                    coalesce(attempts.renewedlistings, ''), concat('"', wanted.listing, '"')
                ) > 0
            WHEN attempts.outcome = 'PARTIAL' AND attempts.listings IS NOT NULL
                THEN strpos(attempts.listings, concat('"', wanted.listing, '":')) = 0
            ELSE attempts.outcome = 'COMPLETE'
        END AS iscomplete,
        coalesce(
            json_extract_scalar(attempts.listings, concat('$.', wanted.listing, '.reason')),
            attempts.reason, attempts.outcome
        ) AS reason,
        row_number() OVER (
            PARTITION BY attempts.scope, wanted.listing ORDER BY attempts.startedat DESC
        ) AS attempt
    FROM scopes_of_late AS attempts
    INNER JOIN (SELECT DISTINCT service, listing FROM collected) AS wanted
        ON attempts.service = wanted.service
    LEFT JOIN listings ON attempts.scope = listings.scope
    WHERE (listings.scope IS NULL OR attempts.startedat > listings.startedat)
        AND (
            NOT attempts.isnarrowed
            OR strpos(attempts.renewedlistings, concat('"', wanted.listing, '"')) > 0
            OR strpos(attempts.listings, concat('"', wanted.listing, '":')) > 0
        )
),
attempted AS (
    SELECT
        accountid, service,
        max(startedat) AS attemptedat,
        max(CASE WHEN awsregion = '*' THEN startedat END) AS closedat
    FROM scopes_of_late
    GROUP BY accountid, service
),
places AS (
    SELECT DISTINCT accountid, awsregion
    FROM (
        SELECT scopes_of_late.accountid, regions.awsregion
        FROM scopes_of_late
        CROSS JOIN UNNEST(ARRAY[scopes_of_late.awsregion, 'global', '*']) AS regions (awsregion)
        UNION ALL
        SELECT resources.resourceid AS accountid, regions.awsregion
        FROM resources
        CROSS JOIN UNNEST(ARRAY['global', '*']) AS regions (awsregion)
        WHERE resources.resourcetype = 'AWS::Organizations::Account'
            AND resources.service = 'organizations'
    ) AS every_place
),
expected AS (
    SELECT
        places.accountid, wanted.service, places.awsregion, wanted.listing,
        concat(places.accountid, '/', wanted.service, '/', places.awsregion) AS scope,
        count_if(places.awsregion NOT IN ('global', '*')) OVER (
            PARTITION BY places.accountid, wanted.service, wanted.listing
        ) AS regions
    FROM places
    INNER JOIN (SELECT DISTINCT service, listing, isregional FROM collected) AS wanted
        ON wanted.isregional = (places.awsregion <> 'global')
),
listing_states AS (
    SELECT accountid, service, awsregion, listing, coalesce(reason, closed) AS reason
    FROM (
        SELECT
            accountid, service, awsregion, listing, reason, regions, isclosed,
            max(CASE WHEN isclosed THEN reason END) OVER (
                PARTITION BY accountid, service, listing
            ) AS closed
        FROM (
            SELECT
                expected.accountid, expected.service, expected.awsregion, expected.listing,
                expected.regions,
                coalesce(
                    CASE
                        WHEN attempts_since.iscomplete THEN NULL
                        WHEN attempts_since.scope IS NOT NULL THEN attempts_since.reason
                        WHEN listings.scope IS NULL THEN 'NOT_COLLECTED'
                    END,
                    CASE WHEN unreadable_lines.scope IS NOT NULL THEN 'LAKE_NOT_READABLE' END
                ) AS reason,
                expected.awsregion = '*'
                AND (
                    coalesce(attempted.closedat, '') = attempted.attemptedat
                    OR expected.regions = 0
                ) AS isclosed
            FROM expected
            LEFT JOIN attempts_since
                ON expected.scope = attempts_since.scope
                AND expected.listing = attempts_since.listing
                AND attempts_since.attempt = 1
            LEFT JOIN listings ON expected.scope = listings.scope
            LEFT JOIN unreadable_lines
                ON expected.scope = unreadable_lines.scope
                AND expected.listing = unreadable_lines.listing
            LEFT JOIN attempted
                ON expected.accountid = attempted.accountid
                AND expected.service = attempted.service
            WHERE expected.service <> 'organizations' OR attempted.accountid IS NOT NULL
        ) AS attempts
    ) AS states
    WHERE awsregion <> '*' OR isclosed
),
unknown_listings AS (
    SELECT accountid, service, awsregion, listing, reason
    FROM listing_states
    WHERE reason IS NOT NULL
),
relation_states AS (
    SELECT accountid, service, awsregion, listing, min(reason) AS reason
    FROM (
        SELECT accountid, service, awsregion, listing, reason FROM listing_states
        UNION ALL
        SELECT accountid, service, split_part(scope, '/', 3) AS awsregion, listing,
            CASE WHEN relationships IS NULL THEN 'EARLIER_RELEASE' ELSE 'UNREADABLE' END AS reason
        FROM resources
        WHERE relationships IS NULL OR coalesce(unreadablerelations, '[]') <> '[]'
    ) AS reasons
    GROUP BY accountid, service, awsregion, listing
),
organisation AS (
    SELECT
        count_if(reason IS NULL) > 0 AS islisted,
        count_if(reason IS NOT NULL) > 0 AS isunseen
    FROM listing_states
    WHERE service = 'organizations' AND listing = 'ListAccounts'
),
members AS (
    SELECT scopes_of_late.accountid
    FROM scopes_of_late
    CROSS JOIN organisation
    WHERE NOT organisation.islisted
        OR scopes_of_late.runid = (SELECT max(runid) FROM scopes_of_late)
    UNION
    SELECT resourceid AS accountid
    FROM resources
    WHERE resourcetype = 'AWS::Organizations::Account' AND service = 'organizations'
),
names AS (
    SELECT
        CASE kinds.kind
            WHEN 'arn' THEN resources.arn
            WHEN 'id' THEN resources.resourceid
            ELSE resources.resourcename
        END AS name,
        kinds.kind, resources.arn, resources.resourcetype, resources.accountid, resources.awsregion,
        resources.resourcename
    FROM resources
    INNER JOIN collected ON resources.resourcetype = collected.resourcetype
    CROSS JOIN (VALUES ('arn'), ('id'), ('name')) AS kinds (kind)
    WHERE (
            kinds.kind <> 'name'
            OR (collected.isnamed AND resources.resourcename <> resources.resourceid)
        )
        AND (kinds.kind <> 'id' OR resources.resourceid <> resources.arn)
    UNION ALL
    SELECT
        json_extract_scalar(address, '$') AS name, 'address' AS kind,
        arn, resourcetype, accountid, awsregion, resourcename
    FROM resources
    CROSS JOIN UNNEST(TRY_CAST(TRY(json_parse(identifiers)) AS array(json))) AS entries (address)
),
edges AS (
    SELECT
        arn, resourcetype, accountid, awsregion, resourcename,
        json_extract_scalar(edge, '$.relationshipName') AS relationshipname,
        json_extract_scalar(edge, '$.resourceType') AS targettype,
        json_extract_scalar(edge, '$.target') AS target,
        json_extract_scalar(edge, '$.accountId') AS targetaccountid,
        json_extract_scalar(edge, '$.awsRegion') AS targetregion
    FROM resources
    CROSS JOIN UNNEST(TRY_CAST(TRY(json_parse(relationships)) AS array(json))) AS entries (edge)
),
relations AS (
    SELECT
        edges.arn, edges.resourcetype, edges.accountid, edges.awsregion, edges.resourcename,
        edges.relationshipname, coalesce(names.resourcetype, edges.targettype) AS targettype,
        edges.target, names.arn AS targetarn, names.resourcename AS targetname,
        coalesce(names.accountid, edges.targetaccountid) AS targetaccountid,
        coalesce(names.awsregion, edges.targetregion) AS targetregion,
        CASE
            WHEN names.arn IS NOT NULL OR members.accountid = edges.target THEN 'FOUND'
            WHEN edges.targettype <> 'AWS::Organizations::Account'
                AND target_listing.accountid IS NOT NULL AND target_listing.reason IS NULL
                THEN 'NOWHERE'
            ELSE 'UNKNOWN'
        END AS answer,
        CASE
            WHEN names.arn IS NOT NULL OR members.accountid = edges.target THEN NULL
            WHEN edges.target = '*' THEN 'EVERYBODY'
            WHEN edges.targetaccountid = 'aws' THEN 'OF_AWS'
            WHEN edges.targetaccountid IS NOT NULL AND members.accountid IS NULL
                AND organisation.isunseen
                THEN 'ORGANIZATION_NOT_KNOWN'
            WHEN edges.targetaccountid IS NOT NULL AND members.accountid IS NULL
                THEN 'OUTSIDE_ORGANIZATION'
            WHEN edges.targettype = '*' THEN 'TYPE_NOT_TOLD'
            WHEN collected.resourcetype IS NULL THEN 'TYPE_NOT_COLLECTED'
            WHEN edges.targetaccountid IS NULL THEN 'ACCOUNT_NOT_TOLD'
            WHEN target_listing.accountid IS NULL THEN 'NOT_COLLECTED'
            ELSE target_listing.reason
        END AS reason
    FROM edges
    CROSS JOIN organisation
    LEFT JOIN names
        ON edges.target = names.name
        AND (
            names.kind = 'arn'
            OR (
                edges.targettype = 'AWS::Organizations::Account'
                AND names.resourcetype = 'AWS::Organizations::Account'
            )
            OR (
                edges.targettype = names.resourcetype
                AND coalesce(edges.targetaccountid, names.accountid) = names.accountid
                AND coalesce(edges.targetregion, names.awsregion) = names.awsregion
            )
            OR (
                edges.targettype = '*' AND names.kind = 'address'
                AND (
                    edges.accountid = names.accountid
                    OR NOT regexp_like(
                        edges.target, '^(10|127|172\.(1[6-9]|2[0-9]|3[01])|192\.168)\.'
                    )
                )
            )
            OR (
                edges.targettype = '*' AND names.kind = 'id'
                AND names.resourcetype LIKE 'AWS::EC2::%'
                AND regexp_like(edges.target, '^[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})$')
            )
        )
    LEFT JOIN members ON edges.targetaccountid = members.accountid
    LEFT JOIN collected ON edges.targettype = collected.resourcetype
    LEFT JOIN listing_states AS target_listing
        ON edges.targetaccountid = target_listing.accountid
        AND collected.service = target_listing.service
        AND collected.listing = target_listing.listing
        AND CASE WHEN collected.isregional THEN edges.targetregion ELSE 'global' END
        = target_listing.awsregion
),
turned AS (
    SELECT
        targetarn AS arn, targettype AS resourcetype, targetaccountid AS accountid,
        targetregion AS awsregion, targetname AS resourcename,
        concat(
            CASE
                WHEN relationshipname LIKE 'Is contained in %' THEN 'Contains '
                WHEN relationshipname LIKE 'Contains %' THEN 'Is contained in '
                WHEN relationshipname LIKE 'Trusts %' THEN 'Is trusted by '
                ELSE regexp_extract(relationshipname, '^Is (attached to|associated with) ')
            END,
            CASE
                WHEN regexp_like(resourcetype, '::[A-Z]+$')
                    THEN concat(
                        substr(regexp_extract(resourcetype, '[^:]+$'), 1, 1),
                        lower(substr(regexp_extract(resourcetype, '[^:]+$'), 2))
                    )
                ELSE regexp_extract(resourcetype, '[^:]+$')
            END
        ) AS relationshipname,
        resourcetype AS targettype, arn AS target, arn AS targetarn, resourcename AS targetname,
        accountid AS targetaccountid, awsregion AS targetregion, answer, reason
    FROM relations
    WHERE targetarn IS NOT NULL
)
