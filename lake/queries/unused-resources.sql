-- Which groups, addresses, volumes, interfaces, target groups, roles, keys and certificates are unused?
-- Volumes and network interfaces that are attached to nothing; others to which nothing refers, roles
-- only if nobody used them for 90 days. NOT KNOWN names a listing that may have a user. A key may be used by
-- calls that leave no relation. Default groups and roles of AWS's own services are left out.
-- Rests on: users of AWS::EC2::SecurityGroup, users of AWS::EC2::EIP, AWS::EC2::Volume
-- Rests on: AWS::EC2::NetworkInterface, users of AWS::ElasticLoadBalancingV2::TargetGroup
-- Rests on: users of AWS::IAM::Role, users of AWS::KMS::Key
-- Rests on: users of AWS::CertificateManager::Certificate
    WITH candidates AS (
        SELECT resourcetype, accountid, awsregion, resourcename, arn
        FROM resources
        WHERE (resourcetype = 'AWS::EC2::SecurityGroup' AND resourcename <> 'default')
            OR (
                resourcetype = 'AWS::EC2::EIP'
                AND json_extract_scalar(configuration, '$.AssociationId') IS NULL
            )
            OR (
                resourcetype = 'AWS::ElasticLoadBalancingV2::TargetGroup'
                AND json_extract_scalar(configuration, '$.LoadBalancerArns[0]') IS NULL
            )
            OR (
                resourcetype = 'AWS::IAM::Role'
                AND NOT regexp_like(arn, ':role/aws-(service-role|reserved)/')
                AND coalesce(
                    json_extract_scalar(configuration, '$.RoleLastUsed.LastUsedDate'),
                    json_extract_scalar(configuration, '$.CreateDate'), ''
                ) < CAST(CAST(date_add('day', -90, current_date) AS date) AS varchar)
            )
            OR (
                resourcetype = 'AWS::KMS::Key'
                AND json_extract_scalar(configuration, '$.KeyManager') = 'CUSTOMER'
                AND json_extract_scalar(configuration, '$.KeyState') IN ('Enabled', 'Disabled')
            )
            OR (
                resourcetype = 'AWS::CertificateManager::Certificate'
                AND json_extract_scalar(configuration, '$.InUseBy[0]') IS NULL
            )
    ),
    hidden AS (
        SELECT users.targettype, relation_states.accountid, relation_states.awsregion,
            min(concat(
                relation_states.reason, ': ', relation_states.service, ' ', relation_states.listing, ' in ',
                relation_states.accountid, ' ', relation_states.awsregion
            )) AS because
        FROM relation_states
        INNER JOIN collected
            ON relation_states.service = collected.service AND relation_states.listing = collected.listing
        INNER JOIN users ON collected.resourcetype = users.resourcetype
        WHERE relation_states.reason IS NOT NULL
        GROUP BY users.targettype, relation_states.accountid, relation_states.awsregion
    ),
    judged AS (
        SELECT candidates.resourcetype, candidates.accountid, candidates.awsregion,
            candidates.resourcename, candidates.arn, min(hidden.because) AS because
        FROM candidates
        LEFT JOIN hidden
            ON candidates.resourcetype = hidden.targettype
            AND (
                candidates.accountid = hidden.accountid
                OR candidates.resourcetype = 'AWS::KMS::Key'
            )
            AND (
                hidden.awsregion IN (candidates.awsregion, 'global', '*')
                OR candidates.awsregion = 'global'
            )
        WHERE NOT EXISTS (
            SELECT 1
            FROM relations
            WHERE relations.targetarn = candidates.arn AND relations.arn <> relations.targetarn
                AND relations.relationshipname NOT LIKE 'Trusts %'
        )
        GROUP BY candidates.resourcetype, candidates.accountid, candidates.awsregion,
            candidates.resourcename, candidates.arn
    )
    SELECT CASE WHEN because IS NULL THEN 'UNUSED' ELSE 'NOT KNOWN' END AS answer,
        resourcetype, accountid, awsregion, resourcename, arn, because
    FROM judged
    UNION ALL
    SELECT 'UNUSED' AS answer, resourcetype, accountid, awsregion, resourcename, arn,
        'attached to nothing' AS because
    FROM resources
    WHERE (
        resourcetype = 'AWS::EC2::Volume'
        AND json_extract_scalar(configuration, '$.State') = 'available'
    )
        OR (
            resourcetype = 'AWS::EC2::NetworkInterface'
            AND json_extract_scalar(configuration, '$.Status') = 'available'
        )
