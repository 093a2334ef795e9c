-- The index but for its table `listed`, from the tables `resources`, `scopes`, `blind` and `accounts` of the lake. Rows are
-- stored in the order in which they are shown, so DuckDB skips what is not asked for: no ART index
-- has to fit into memory.
CREATE TABLE made.details AS
SELECT ranks.n, resources.* FROM resources INNER JOIN ranks ON ranks.r = resources.rowid;

CREATE TABLE made.handles AS
SELECT DISTINCT lower(handle) AS handle, n
FROM (
    SELECT n, unnest(list_concat(
        regexp_extract_all(text, '"(\d{1,3}(?:\.\d{1,3}){3})"', 1),
        regexp_extract_all(text, '"([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"', 1),
        regexp_extract_all(text, '"(A[KS]IA[A-Z0-9]{12,124})"', 1),
        regexp_extract_all(
            text, '(?i)"[a-z]*(?:dns|domain|host|endpoint|address)[a-z]*": ?'
            || '"(?:https?://)?((?:[a-z0-9_-]+\.)+[a-z]{2,24})\.?[/:"]', 1
        )
    )) AS handle
    FROM (
        SELECT n, concat_ws(' ', configuration, supplementaryconfiguration) AS text
        FROM made.details
    )
)
ORDER BY handle, n;

CREATE TABLE made.tag_keys AS
SELECT key, count(*) AS resources
FROM (SELECT unnest(map_keys(tagged)) AS key FROM made.listed)
GROUP BY key ORDER BY resources DESC, key LIMIT 500;

CREATE TABLE made.blind AS SELECT * FROM blind ORDER BY accountid, service, awsregion;

CREATE TABLE made.accounts AS SELECT * FROM accounts ORDER BY accountunit, accountname, accountid;

CREATE TABLE made.coverage AS
WITH attempts AS (
    SELECT
        *, row_number() OVER (PARTITION BY scope ORDER BY startedat DESC) AS attempt,
        max(startedat) OVER (PARTITION BY accountid, service) AS service_attempted_at
    FROM scopes
    WHERE NOT isnarrowed
)
SELECT
    attempts.accountid, attempts.service, count(*) AS scopes,
    count(*) FILTER (attempts.outcome = 'COMPLETE') AS complete,
    count(*) FILTER (attempts.outcome = 'PARTIAL') AS partial,
    count(*) FILTER (attempts.reason = 'ACCOUNT_SUSPENDED') AS suspended,
    min(listings.startedat) AS oldest
FROM attempts LEFT JOIN listings ON attempts.scope = listings.scope
WHERE attempts.attempt = 1
    AND (attempts.awsregion <> '*' OR attempts.startedat = attempts.service_attempted_at)
GROUP BY attempts.accountid, attempts.service
ORDER BY attempts.accountid, attempts.service;

CREATE TABLE made.runs AS
SELECT
    runid, min(startedat) AS startedat, max(finishedat) AS finishedat, service,
    count(DISTINCT accountid) AS accounts, count(*) AS scopes,
    count(*) FILTER (outcome = 'COMPLETE') AS complete,
    count(*) FILTER (outcome = 'PARTIAL') AS partial,
    count(*) FILTER (reason = 'ACCOUNT_SUSPENDED') AS suspended,
    sum(items)::BIGINT AS items, sum(created)::BIGINT AS created, sum(changed)::BIGINT AS changed,
    sum(deleted)::BIGINT AS deleted, sum(unreadable)::BIGINT AS unreadable
FROM scopes
GROUP BY GROUPING SETS ((runid, service), (runid))
ORDER BY runid DESC, service NULLS FIRST;

CREATE TABLE made.gaps AS
SELECT
    runid, accountid, service, awsregion, outcome, reason, errorcode, errormessage, listings
FROM scopes
WHERE outcome <> 'COMPLETE'
ORDER BY runid, reason, accountid, service, awsregion;

CREATE TABLE made.relations AS
SELECT * FROM relations ORDER BY arn, relationshipname, targettype, target;

CREATE TABLE made.turned AS
SELECT * FROM turned ORDER BY arn, relationshipname, targettype, target;

CREATE TABLE made.names AS SELECT * FROM names ORDER BY name;
CREATE TABLE made.collected AS SELECT * FROM collected;
CREATE TABLE made.relation_states AS
SELECT * FROM relation_states ORDER BY service, listing, accountid, awsregion;

CREATE TABLE made.unknown_listings AS SELECT * FROM unknown_listings;

CREATE TABLE made.scopes_of_late AS SELECT * FROM scopes_of_late LIMIT 0;

CREATE VIEW made.resources AS SELECT * EXCLUDE (n) FROM made.details;
