-- Which buckets are public?
-- Public by policy or ACL, and not blocked by the bucket's own settings. The account's block public
-- access settings are not collected, and may still block access.
WITH exposures AS (
    SELECT
        accountid, awsregion, resourcename, arn,
        coalesce(
            json_extract_scalar(supplementaryconfiguration, '$.PolicyStatus.IsPublic') = 'true'
            AND coalesce(json_extract_scalar(
                supplementaryconfiguration, '$.PublicAccessBlock.RestrictPublicBuckets'
            ), 'false') = 'false',
            false
        ) AS by_policy,
        coalesce(
            regexp_like(
                json_format(json_extract(supplementaryconfiguration, '$.Acl.Grants')),
                '/groups/global/(AllUsers|AuthenticatedUsers)"'
            )
            AND coalesce(json_extract_scalar(
                supplementaryconfiguration, '$.PublicAccessBlock.IgnorePublicAcls'
            ), 'false') = 'false'
            AND coalesce(json_extract_scalar(
                supplementaryconfiguration, '$.OwnershipControls.Rules[0].ObjectOwnership'
            ), '') <> 'BucketOwnerEnforced',
            false
        ) AS by_acl
    FROM resources
    WHERE resourcetype = 'AWS::S3::Bucket'
)
SELECT accountid, awsregion, resourcename, arn, by_policy, by_acl
FROM exposures
WHERE by_policy OR by_acl
ORDER BY accountid, resourcename
