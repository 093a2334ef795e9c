-- What could we not see, and why?
-- Each scope whose last attempt is not COMPLETE, with the reason, and when it last was. What to do
-- about a reason is in docs/operations.md.
WITH attempts AS (
    SELECT
        scopes.*,
        row_number() OVER (PARTITION BY scope ORDER BY startedat DESC) AS attempt,
        max(startedat) OVER (PARTITION BY accountid, service) AS service_attempted_at,
        max(CASE WHEN outcome = 'COMPLETE' AND NOT isnarrowed THEN startedat END)
            OVER (PARTITION BY scope) AS last_complete
    FROM scopes
    WHERE run_date >= CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
)
SELECT
    accountid, service, awsregion, outcome, reason, errorcode, errormessage,
    startedat AS attempted_at, last_complete
FROM attempts
WHERE attempt = 1
    AND outcome <> 'COMPLETE'
    AND (awsregion <> '*' OR startedat = service_attempted_at)
ORDER BY accountid, service, awsregion
