-- Who outside the organisation is trusted?
-- By the policies of roles, buckets, keys, queues, topics, functions, secrets, repositories and others,
-- and by what snapshots, images and documents are shared with. OUTSIDER: an account of nobody in the organisation.
-- PROVIDER: an identity provider. ORGANIZATION: all accounts of another one, or of your own if it is not
-- collected. Services of AWS are left out.
-- Rests on: trusting, AWS::Organizations::Account
    SELECT DISTINCT
        CASE
            WHEN reason = 'EVERYBODY' THEN 'EVERYBODY'
            WHEN targettype IN ('AWS::IAM::OIDCProvider', 'AWS::IAM::SAMLProvider') THEN 'PROVIDER'
            WHEN targettype = 'AWS::Organizations::Organization' THEN 'ORGANIZATION'
            WHEN reason = 'OUTSIDE_ORGANIZATION' THEN 'OUTSIDER'
            WHEN targettype = '*' AND strpos(target, '.') > 0 AND target NOT LIKE 'arn:%'
                THEN 'PROVIDER'
            ELSE 'NOT KNOWN'
        END AS answer,
        resourcetype, accountid, awsregion, resourcename, arn, target AS because
    FROM relations
    WHERE relationshipname LIKE 'Trusts %'
        AND (
            reason IN ('EVERYBODY', 'OUTSIDE_ORGANIZATION', 'ORGANIZATION_NOT_KNOWN')
            OR targettype IN (
                'AWS::IAM::OIDCProvider', 'AWS::IAM::SAMLProvider', '*'
            )
            OR (targetaccountid IS NULL AND answer <> 'FOUND')
        )
    UNION ALL
    SELECT 'NOT KNOWN' AS answer, resourcetype, accountid, awsregion, resourcename, arn,
        unreadable AS because
    FROM resources
    WHERE resourcetype IN (SELECT resourcetype FROM rests_on)
        AND regexp_like(
            unreadable,
            concat(
                '"(configuration(\.Policy)?|supplementaryConfiguration',
                '\.(\w*Policy|\w*Permissions|Attributes|SharedWith))"'
            )
        )
