-- Which load balancers serve without TLS, or with an old version of it?
-- Internet-facing load balancers that forward HTTP requests, and listeners whose security policy accepts
-- TLS 1.0 or 1.1.
SELECT
    accountid, awsregion, resourcetype, resourcename,
    json_extract_scalar(configuration, '$.SslPolicy') AS policy, arn
FROM resources
WHERE NOT regexp_like(unreadable, '"configuration')
    AND (
        (
            resourcetype = 'AWS::ElasticLoadBalancingV2::Listener'
            AND json_extract_scalar(supplementaryconfiguration, '$.Scheme') = 'internet-facing'
            AND json_extract_scalar(configuration, '$.Protocol') = 'HTTP'
            AND (
                regexp_like(
                    json_format(json_extract(configuration, '$.DefaultActions')),
                    '"Type":\s*"forward"'
                )
                OR (
                    regexp_like(
                        json_format(json_extract(supplementaryconfiguration, '$.Rules')),
                        '"Type":\s*"forward"'
                    )
                    AND NOT regexp_like(unreadable, '\.Rules"')
                )
            )
        )
        OR (
            resourcetype = 'AWS::ElasticLoadBalancing::LoadBalancer'
            AND json_extract_scalar(configuration, '$.Scheme') = 'internet-facing'
            AND regexp_like(
                json_format(json_extract(configuration, '$.ListenerDescriptions')),
                '(?i)"Protocol":\s*"http"'
            )
        )
        OR (
            resourcetype = 'AWS::ElasticLoadBalancingV2::Listener'
            AND json_extract_scalar(configuration, '$.Protocol') IN ('HTTPS', 'TLS')
            AND regexp_like(
                json_extract_scalar(configuration, '$.SslPolicy'),
                '^ELBSecurityPolicy-((TLS13|TLS|FS)-1-[01]-.+|2015-05|2016-08|FS-2018-06)$'
            )
        )
    )
ORDER BY accountid, awsregion, arn
