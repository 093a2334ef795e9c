-- Which security groups open SSH or RDP to every address?
-- Each inbound rule that alone lets all IPv4 or all public IPv6 addresses reach port 22 or 3389. The
-- finding OPEN_ADMINISTRATION_PORT also counts several rules that do so together.
SELECT
    accountid, awsregion, resourceid, resourcename,
    json_extract_scalar(permission, '$.IpProtocol') AS protocol,
    json_extract_scalar(permission, '$.FromPort') AS first_port,
    json_extract_scalar(permission, '$.ToPort') AS last_port, arn
FROM resources
CROSS JOIN UNNEST(
    TRY_CAST(json_extract(configuration, '$.IpPermissions') AS array(json))
) AS entries (permission)
WHERE resourcetype = 'AWS::EC2::SecurityGroup'
    AND regexp_like(json_format(permission), '"(0\.0\.0\.0/0|::/0|2000::/3)"')
    AND (
        json_extract_scalar(permission, '$.IpProtocol') = '-1'
        OR (
            json_extract_scalar(permission, '$.IpProtocol') IN ('tcp', '6')
            AND (
                22 BETWEEN TRY_CAST(json_extract_scalar(permission, '$.FromPort') AS integer)
                AND TRY_CAST(json_extract_scalar(permission, '$.ToPort') AS integer)
                OR 3389 BETWEEN TRY_CAST(json_extract_scalar(permission, '$.FromPort') AS integer)
                AND TRY_CAST(json_extract_scalar(permission, '$.ToPort') AS integer)
            )
        )
    )
ORDER BY accountid, awsregion, resourceid, protocol, first_port, last_port
