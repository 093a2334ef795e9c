-- What did the changes of the last week mean?
-- A row for each effect of a change, gravest first, and for each principal whom a resource trusts only
-- since then. STRANGER: its account is not one of the organisation's accounts. NOT KNOWN: no account tells,
-- or the accounts of the organisation are not in the lake. Only complete listings are in the lake.
WITH changes AS (
    SELECT
        CAST(json_extract_scalar(effect, '$') AS varchar) AS effect, items.resourcetype,
        items.accountid, items.awsregion, items.resourcename, items.arn, items.addedprincipals,
        items.configurationitemcapturetime AS seen
    FROM items
    CROSS JOIN UNNEST(TRY_CAST(TRY(json_parse(items.effects)) AS array(json))) AS entries (effect)
    WHERE items.run_date >= CAST(CAST(date_add('day', -7, current_date) AS date) AS varchar)
        AND items.change = 'CHANGED'
),
trusting AS (
    SELECT
        changes.arn, changes.seen, json_extract_scalar(principal, '$') AS principal,
        regexp_extract(json_extract_scalar(principal, '$'), '^(arn:[^:]*:[^:]*:[^:]*:)?(\d{12})(:|$)', 2)
            AS principalaccount
    FROM changes
    CROSS JOIN UNNEST(
        TRY_CAST(TRY(json_parse(changes.addedprincipals)) AS array(json))
    ) AS entries (principal)
    WHERE changes.effect = 'TRUST_ADDED'
),
known AS (
    SELECT count(*) AS accounts
    FROM accounts
)
SELECT
    changes.effect,
    CASE
        WHEN trusting.principal IS NULL THEN NULL
        WHEN trusting.principal = '*' THEN 'EVERYBODY'
        WHEN trusting.principalaccount = changes.accountid OR accounts.accountid IS NOT NULL THEN 'OURS'
        WHEN coalesce(trusting.principalaccount, '') = '' OR known.accounts = 0 THEN 'NOT KNOWN'
        ELSE 'STRANGER'
    END AS standing,
    trusting.principal, changes.resourcetype, changes.accountid, changes.awsregion,
    changes.resourcename, changes.seen, changes.arn
FROM changes
CROSS JOIN known
LEFT JOIN trusting
    ON changes.effect = 'TRUST_ADDED'
    AND changes.arn = trusting.arn
    AND changes.seen = trusting.seen
LEFT JOIN accounts ON trusting.principalaccount = accounts.accountid
ORDER BY
    CASE changes.effect
        WHEN 'EXPOSURE_WIDENED' THEN 1
        WHEN 'TRUST_ADDED' THEN 2
        WHEN 'ENCRYPTION_REMOVED' THEN 3
        WHEN 'REPLACED' THEN 4
        ELSE 5
    END,
    changes.seen DESC, changes.arn, trusting.principal
