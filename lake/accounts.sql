known_accounts AS (
    SELECT
        resourceid AS accountid,
        max_by(resourcename, configurationitemcapturetime) AS accountname,
        max_by(
            COALESCE(
                json_extract_scalar(configuration, '$.State'),
                json_extract_scalar(configuration, '$.Status')
            ), configurationitemcapturetime
        ) AS accountstate,
        max_by(json_extract_scalar(configuration, '$.Paths[0]'), configurationitemcapturetime)
            AS accountpath,
        max_by(tags, configurationitemcapturetime) AS accounttags
    FROM resources
    WHERE service = 'organizations' AND resourcetype = 'AWS::Organizations::Account'
    GROUP BY resourceid
),
known_units AS (
    SELECT
        json_extract_scalar(configuration, '$.Path') AS unitpath,
        max_by(
            json_extract_scalar(supplementaryconfiguration, '$.NamePath'),
            configurationitemcapturetime
        ) AS accountunit
    FROM resources
    WHERE service = 'organizations' AND resourcetype = 'AWS::Organizations::OrganizationalUnit'
    GROUP BY json_extract_scalar(configuration, '$.Path')
),
accounts AS (
    SELECT
        known_accounts.accountid, known_accounts.accountname, known_accounts.accountstate,
        COALESCE(
            known_units.accountunit,
            CASE WHEN strpos(known_accounts.accountpath, '/ou-') = 0 THEN 'Root' END
        ) AS accountunit,
        known_accounts.accountpath, known_accounts.accounttags
    FROM known_accounts
    LEFT JOIN known_units
        ON substr(known_accounts.accountpath, 1, length(known_accounts.accountpath) - 13)
        = known_units.unitpath
)
