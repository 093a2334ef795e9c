-- Which IAM policies allow everything?
-- Customer managed policies (default version) and inline policies with a statement that allows all
-- actions on all resources, whatever its condition; and AWS managed policies that do, with each
-- identity they are attached to.
WITH documents AS (
    SELECT accountid, resourcetype, arn, resourcename AS policy,
        json_extract(entry, '$.Document') AS document
    FROM resources
    CROSS JOIN UNNEST(
        TRY_CAST(json_extract(configuration, '$.PolicyVersionList') AS array(json))
    ) AS entries (entry)
    WHERE resourcetype = 'AWS::IAM::ManagedPolicy'
        AND json_extract_scalar(entry, '$.IsDefaultVersion') = 'true'
    UNION ALL
    SELECT accountid, resourcetype, arn, json_extract_scalar(entry, '$.PolicyName') AS policy,
        json_extract(entry, '$.PolicyDocument') AS document
    FROM resources
    CROSS JOIN UNNEST(
        TRY_CAST(coalesce(
            json_extract(configuration, '$.RolePolicyList'),
            json_extract(configuration, '$.UserPolicyList'),
            json_extract(configuration, '$.GroupPolicyList')
        ) AS array(json))
    ) AS entries (entry)
    WHERE resourcetype IN ('AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group')
),
statements AS (
    SELECT accountid, resourcetype, arn, policy, statement
    FROM documents
    CROSS JOIN UNNEST(coalesce(
        TRY_CAST(json_extract(document, '$.Statement') AS array(json)),
        ARRAY[json_extract(document, '$.Statement')]
    )) AS entries (statement)
    WHERE json_extract_scalar(statement, '$.Effect') = 'Allow'
),
attached AS (
    SELECT accountid, resourcetype, arn, json_extract_scalar(entry, '$.PolicyName') AS policy
    FROM resources
    CROSS JOIN UNNEST(
        TRY_CAST(json_extract(configuration, '$.AttachedManagedPolicies') AS array(json))
    ) AS entries (entry)
    WHERE resourcetype IN ('AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group')
        AND regexp_like(
            json_extract_scalar(entry, '$.PolicyArn'),
            '^arn:[^:]+:iam::aws:policy/(AdministratorAccess|AWSMcpServiceActionsFullAccess)$'
        )
)
SELECT DISTINCT accountid, resourcetype, arn, policy
FROM statements
CROSS JOIN UNNEST(coalesce(
    TRY_CAST(json_extract(statement, '$.Action') AS array(varchar)),
    ARRAY[json_extract_scalar(statement, '$.Action')]
)) AS actions (action)
CROSS JOIN UNNEST(coalesce(
    TRY_CAST(json_extract(statement, '$.Resource') AS array(varchar)),
    ARRAY[json_extract_scalar(statement, '$.Resource')]
)) AS objects (object)
WHERE regexp_like(action, '^\*+(:\*+)?$') AND regexp_like(object, '^\*+$')
UNION
SELECT accountid, resourcetype, arn, policy
FROM attached
ORDER BY accountid, arn, policy
