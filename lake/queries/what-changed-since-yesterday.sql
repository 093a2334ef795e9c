-- What changed since yesterday?
-- Each resource that differs from the last listing before today. FIRST LISTED: its scope has no
-- earlier listing to compare with.
WITH earlier_listings AS (
    SELECT scope, max_by(runid, startedat) AS runid, max_by(run_date, startedat) AS run_date
    FROM complete
    WHERE run_date < CAST(current_date AS varchar)
    GROUP BY scope
),
earlier AS (
    SELECT items.*
    FROM items
    INNER JOIN earlier_listings
        ON items.run_date = earlier_listings.run_date
        AND items.scope = earlier_listings.scope
        AND items.runid = earlier_listings.runid
    WHERE items.run_date >= CAST(CAST(date_add('day', -30, current_date) AS date) AS varchar)
)
SELECT
    CASE
        WHEN earlier_listings.scope IS NULL THEN 'FIRST LISTED'
        WHEN earlier.arn IS NULL THEN 'CREATED'
        WHEN resources.arn IS NULL THEN 'DELETED'
        ELSE 'CHANGED'
    END AS change,
    coalesce(resources.resourcetype, earlier.resourcetype) AS resourcetype,
    coalesce(resources.accountid, earlier.accountid) AS accountid,
    coalesce(resources.awsregion, earlier.awsregion) AS awsregion,
    coalesce(resources.resourcename, earlier.resourcename) AS resourcename,
    coalesce(resources.arn, earlier.arn) AS arn
FROM resources
FULL JOIN earlier
    ON resources.scope = earlier.scope AND resources.arn = earlier.arn
LEFT JOIN earlier_listings
    ON coalesce(resources.scope, earlier.scope) = earlier_listings.scope
WHERE resources.contenthash IS DISTINCT FROM earlier.contenthash
ORDER BY change, resourcetype, arn
