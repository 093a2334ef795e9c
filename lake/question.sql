WITH rests_on (resourcetype) AS (
    VALUES ${rests_on}
),
users (targettype, resourcetype) AS (
    VALUES ${users}
),
judges (finding, resourcetype) AS (
    VALUES ${judges}
),
rested_on AS (
    SELECT DISTINCT service, listing
    FROM collected
    WHERE resourcetype IN (SELECT resourcetype FROM rests_on)
),
rests AS (
    SELECT
        relation_states.accountid, relation_states.service, relation_states.awsregion,
        relation_states.listing, relation_states.reason
    FROM relation_states
    INNER JOIN rested_on
        ON relation_states.service = rested_on.service
        AND relation_states.listing = rested_on.listing
),
gaps AS (
    SELECT accountid, service, awsregion, listing, reason FROM rests WHERE reason IS NOT NULL
),
found AS (
${found}
)
SELECT answer, resourcetype, accountid, awsregion, resourcename, arn, ${columns}because
FROM (
    SELECT
        1 AS part, answer, resourcetype, accountid, awsregion, resourcename, arn, ${columns}because
    FROM found
    UNION ALL
    SELECT
        2 + grouping(accountid) AS part,
        CASE grouping(accountid) WHEN 0 THEN 'NOT LISTED' ELSE 'RESTS ON' END AS answer,
        NULL AS resourcetype, accountid, awsregion, service AS resourcename, NULL AS arn, ${nulls}
        CASE grouping(accountid)
            WHEN 0 THEN concat(
                reason, ': ', array_join(array_agg(listing ORDER BY listing), ', ')
            )
            ELSE concat(
                CAST(count(*) - count(reason) AS varchar), ' of ', CAST(count(*) AS varchar),
                ' listings in ', CAST(count(DISTINCT accountid) AS varchar), ' accounts'
            )
        END AS because
    FROM rests
    GROUP BY GROUPING SETS ((accountid, awsregion, service, reason), ())
    HAVING grouping(accountid) = 1 OR reason IS NOT NULL
) AS parts
ORDER BY part, answer, resourcetype, accountid, awsregion, resourcename, arn, because
