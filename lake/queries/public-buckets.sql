-- Which buckets are public?
-- Public by policy or ACL, and not blocked by the settings of the bucket or of its account. Buckets
-- are left out if a field that decides this could not be read.
WITH buckets AS (
    SELECT
        accountid, awsregion, resourcename, arn, unreadable,
        supplementaryconfiguration AS fields,
        coalesce(json_format(json_extract(
            supplementaryconfiguration, '$.PublicAccessBlock'
        )), 'null') = 'null' AS has_no_block,
        coalesce(json_format(json_extract(
            supplementaryconfiguration, '$.AccountPublicAccessBlock'
        )), 'null') = 'null' AS account_has_no_block
    FROM resources
    WHERE resourcetype = 'AWS::S3::Bucket'
),
exposures AS (
    SELECT
        accountid, awsregion, resourcename, arn,
        coalesce(
            json_extract_scalar(fields, '$.PolicyStatus.IsPublic') = 'true'
            AND (has_no_block OR json_extract_scalar(
                fields, '$.PublicAccessBlock.RestrictPublicBuckets'
            ) = 'false')
            AND (account_has_no_block OR json_extract_scalar(
                fields, '$.AccountPublicAccessBlock.RestrictPublicBuckets'
            ) = 'false')
            AND NOT regexp_like(unreadable, '\.(PolicyStatus|(Account)?PublicAccessBlock)"'),
            false
        ) AS by_policy,
        coalesce(
            regexp_like(
                json_format(json_extract(fields, '$.Acl.Grants')),
                '/groups/global/(AllUsers|AuthenticatedUsers)"'
            )
            AND (has_no_block OR json_extract_scalar(
                fields, '$.PublicAccessBlock.IgnorePublicAcls'
            ) = 'false')
            AND (account_has_no_block OR json_extract_scalar(
                fields, '$.AccountPublicAccessBlock.IgnorePublicAcls'
            ) = 'false')
            AND coalesce(json_extract_scalar(
                fields, '$.OwnershipControls.Rules[0].ObjectOwnership'
            ), '') <> 'BucketOwnerEnforced'
            AND NOT regexp_like(
                unreadable, '\.(Acl|OwnershipControls|(Account)?PublicAccessBlock)"'
            ),
            false
        ) AS by_acl
    FROM buckets
)
SELECT accountid, awsregion, resourcename, arn, by_policy, by_acl
FROM exposures
WHERE by_policy OR by_acl
ORDER BY accountid, resourcename
