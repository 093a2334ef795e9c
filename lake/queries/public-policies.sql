-- Which resources let everybody in by their policy?
-- Queues, topics, event buses, repositories, secrets, keys, tables, streams, backup vaults, MSK
-- clusters and file systems with a statement that excludes nobody, and search domains outside of a VPC.
-- docs/reasons.md says which conditions exclude nobody. Resources whose policy could not be read are
-- left out.
WITH policies AS (
    SELECT accountid, awsregion, resourcetype, resourcename, arn,
        coalesce(
            json_extract(supplementaryconfiguration, '$.Policy.Statement'),
            json_extract(supplementaryconfiguration, '$.ResourcePolicy.Statement'),
            json_extract(supplementaryconfiguration, '$.AccessPolicy.Statement'),
            json_extract(supplementaryconfiguration, '$.ClusterPolicy.Statement'),
            json_extract(configuration, '$.Policy.Statement'),
            json_extract(configuration, '$.AccessPolicies.Statement')
        ) AS document
    FROM resources
    WHERE resourcetype IN (
        'AWS::Backup::BackupVault', 'AWS::DynamoDB::Table', 'AWS::ECR::Repository',
        'AWS::EFS::FileSystem', 'AWS::Events::EventBus', 'AWS::KMS::Key', 'AWS::Kinesis::Stream',
        'AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster', 'AWS::OpenSearchService::Domain',
        'AWS::SecretsManager::Secret', 'AWS::SNS::Topic', 'AWS::SQS::Queue'
    )
        AND NOT regexp_like(unreadable, '"(configuration|supplementaryConfiguration\.\w*Policy)"')
        AND (
            resourcetype <> 'AWS::OpenSearchService::Domain'
            OR coalesce(
                json_extract_scalar(configuration, '$.VPCOptions.VPCId'),
                json_extract_scalar(configuration, '$.VPCOptions.SubnetIds[0]')
            ) IS NULL
        )
),
statements AS (
    SELECT accountid, awsregion, resourcetype, resourcename, arn, statement,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    coalesce(json_format(json_extract(statement, '$.Condition')), ''),
                    '(?i)"(ForAllValues:[^"]*|[^"]*Not[^"]*|[^"]*IfExists|Null)":\s*\{[^}]*\}', ''
                ),
                '(?i)"aws:SecureTransport":', ''
            ),
            '"[^"]*":\s*(\[[^\]]*)?"(\*|0\.0\.0\.0/0|::/0)"', ''
        ) AS tests
    FROM policies
    CROSS JOIN UNNEST(coalesce(
        TRY_CAST(document AS array(json)), ARRAY[document]
    )) AS entries (statement)
)
SELECT DISTINCT accountid, awsregion, resourcetype, resourcename, arn
FROM statements
WHERE json_extract_scalar(statement, '$.Effect') = 'Allow'
    AND (
        json_extract_scalar(statement, '$.Principal') = '*'
        OR regexp_like(json_format(json_extract(statement, '$.Principal.AWS')), '"\*"')
        OR json_extract(statement, '$.NotPrincipal') IS NOT NULL
    )
    AND NOT regexp_like(tests, '":\s*[^{\s]|^\s*[^{\s]')
ORDER BY accountid, awsregion, resourcetype, arn
