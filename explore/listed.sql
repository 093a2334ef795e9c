-- What is shown of each resource in a list, with its place in the usual order, `n`, and by name.
-- Rows with configurations are too wide to be sorted, so the order is that of their numbers, `r`.
CREATE TABLE ranks AS
SELECT r, n, row_number() OVER (ORDER BY name NULLS LAST, n) AS by_name
FROM (
    SELECT
        rowid AS r, lower(resourcename) AS name,
        row_number() OVER (ORDER BY resourcetype, accountid, awsregion, resourcename, arn, r) AS n
    FROM resources
);

CREATE VIEW ranked AS
SELECT
    n, by_name, resourcetype, accountid, awsregion, service, resourcename, resourceid, arn, change,
    configurationitemcapturetime AS seen, run_date,
    TRY(CAST(CAST(tags AS JSON) AS MAP(VARCHAR, VARCHAR))) AS tagged,
    lower(concat_ws(
        ' ', resourcetype, accountid, awsregion, resourcename, resourceid, arn,
        array_to_string(map_keys(tagged), ' '), array_to_string(map_values(tagged), ' ')
    )) AS words
FROM resources INNER JOIN ranks ON ranks.r = resources.rowid;

CREATE TABLE made.listed AS FROM ranked LIMIT 0;
