-- Which DNS records lead to what is not there?
-- DANGLING: the record answers with a name that AWS gives to a resource, which nobody in the organisation
-- has; whoever creates it anew receives the traffic. NOT KNOWN: a listing is missing, its type is not
-- collected, or it answers with an address of nobody in the organisation. Names outside AWS are left out.
-- Rests on: addresses, AWS::S3::Bucket, AWS::Route53::RecordSet
    WITH answered AS (
        SELECT resourcetype, accountid, awsregion, resourcename, arn, target, targettype,
            targettype = 'AWS::S3::Bucket'
            OR (
                regexp_like(
                    target,
                    '\.(elb|rds|vpce|compute|compute-1)(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$'
                )
                AND NOT regexp_like(target, '^(ipv6|[a-z]{2}(-[a-z]+)+-[0-9][a-z])\.')
            )
            OR regexp_like(target, '\.(cloudfront\.net|lambda-url\.[a-z0-9-]+\.on\.aws)$')
            AS iscollected,
            regexp_like(target, '\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws|cloudfront\.net)$')
            OR regexp_like(target, '\.(elasticbeanstalk|awsglobalaccelerator|awsapprunner)\.com$')
            AS isofaws,
            regexp_like(target, '^[0-9.]+$|^[0-9a-f]*:[0-9a-f:.]+$') AS isaddress,
            regexp_extract(target, '\.([a-z]{2}(-[a-z]+)+-[0-9])\.', 1) AS region
        FROM relations
        WHERE resourcetype = 'AWS::Route53::RecordSet'
            AND answer <> 'FOUND'
            AND targettype IN ('*', 'AWS::S3::Bucket')
    ),
    judged AS (
        SELECT answered.resourcetype, answered.accountid, answered.awsregion,
            answered.resourcename, answered.arn, answered.target, answered.iscollected,
            coalesce(
                min(concat(
                    gaps.reason, ': ', gaps.service, ' ', gaps.listing, ' in ', gaps.accountid
                )),
                CASE
                    WHEN answered.region <> ''
                        AND answered.region NOT IN (SELECT awsregion FROM relation_states)
                        THEN concat('NOT_COLLECTED: ', answered.region)
                END
            ) AS missing
        FROM answered
        LEFT JOIN gaps
            ON gaps.awsregion IN ('global', '*')
            OR strpos(answered.target, gaps.awsregion) > 0
            OR (gaps.awsregion = 'us-east-1' AND strpos(answered.target, '.compute-1.') > 0)
            OR answered.isaddress
        WHERE answered.iscollected OR answered.isofaws OR answered.isaddress
        GROUP BY answered.resourcetype, answered.accountid, answered.awsregion,
            answered.resourcename, answered.arn, answered.target, answered.iscollected,
            answered.region
    )
    SELECT
        CASE WHEN iscollected AND missing IS NULL THEN 'DANGLING' ELSE 'NOT KNOWN' END AS answer,
        resourcetype, accountid, awsregion, resourcename, arn,
        concat(
            target, ' ',
            CASE
                WHEN missing IS NOT NULL THEN concat('may be in what is missing: ', missing)
                WHEN iscollected THEN 'is nobody''s in the organisation'
                ELSE 'is nothing that is collected'
            END
        ) AS because
    FROM judged
