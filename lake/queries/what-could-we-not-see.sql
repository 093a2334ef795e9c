-- Which scopes are incomplete, and why?
-- Each scope whose last attempt is not COMPLETE, with its reason and when it was last complete; and
-- each scope whose last complete listing has unreadable rows. A run that skipped a part of a scope
-- adds its own gap and hides no earlier one. docs/reasons.md says what to do about each reason.
WITH attempts AS (
    SELECT
        scopes.*,
        row_number() OVER (PARTITION BY scope, isnarrowed ORDER BY startedat DESC) AS attempt,
        max(CASE WHEN NOT isnarrowed THEN startedat END)
            OVER (PARTITION BY scope) AS last_attempted_in_full,
        max(startedat) OVER (PARTITION BY accountid, service) AS service_attempted_at,
        max(CASE WHEN outcome = 'COMPLETE' AND NOT isnarrowed THEN startedat END)
            OVER (PARTITION BY scope) AS last_complete
    FROM scopes
    WHERE run_date >= CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
),
readable AS (
    SELECT scope, count(*) AS items
    FROM resources
    GROUP BY scope
)
SELECT
    accountid, service, awsregion, outcome, reason, errorcode, errormessage,
    startedat AS attempted_at, last_complete
FROM attempts
WHERE attempt = 1
    AND outcome <> 'COMPLETE'
    AND (NOT isnarrowed OR startedat > coalesce(last_attempted_in_full, ''))
    AND (awsregion <> '*' OR startedat = service_attempted_at)
UNION ALL
SELECT
    listed.accountid, listed.service, listed.awsregion, listed.outcome,
    'LAKE_NOT_READABLE' AS reason, NULL AS errorcode,
    concat(
        CAST(listed.items - coalesce(readable.items, 0) AS varchar), ' of ',
        CAST(listed.items AS varchar), ' rows could not be read'
    ) AS errormessage,
    listed.startedat AS attempted_at, listed.startedat AS last_complete
FROM listings
INNER JOIN attempts AS listed ON listings.scope = listed.scope AND listings.runid = listed.runid
LEFT JOIN readable ON listings.scope = readable.scope
WHERE listed.items > coalesce(readable.items, 0)
    AND NOT EXISTS (SELECT 1 FROM partly_listed WHERE partly_listed.scope = listings.scope)
ORDER BY accountid, service, awsregion
