-- Which accounts are there?
-- The organisation's accounts with name, state, unit and tags, and how many resources are known of
-- each. An account without resources was never collected completely. To filter any query by account,
-- join `accounts`: JOIN accounts ON resources.accountid = accounts.accountid.
SELECT
    accounts.accountid, accounts.accountname, accounts.accountstate, accounts.accountunit,
    accounts.accounttags, count(resources.arn) AS resources
FROM accounts
LEFT JOIN resources ON accounts.accountid = resources.accountid
GROUP BY
    accounts.accountid, accounts.accountname, accounts.accountstate, accounts.accountunit,
    accounts.accounttags
ORDER BY accounts.accountunit, accounts.accountname, accounts.accountid
