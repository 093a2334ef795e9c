-- Which functions are public?
-- Lambda functions and aliases whose policy lets everybody in, also if only through the function URL;
-- docs/reasons.md says which conditions exclude nobody. Policies of versions are not collected. The URL
-- shown is the function's first, which may be an alias's and may require authentication. Functions
-- and aliases whose policy could not be read are left out.
WITH statements AS (
    SELECT accountid, awsregion, resourcename, arn, statement,
        json_extract_scalar(
            supplementaryconfiguration, '$.FunctionUrlConfigs[0].FunctionUrl'
        ) AS url,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    coalesce(json_format(json_extract(statement, '$.Condition')), ''),
                    '(?i)"(ForAllValues:[^"]*|[^"]*Not[^"]*|[^"]*IfExists|Null)":\s*\{[^}]*\}', ''
                ),
                '(?i)"(aws:SecureTransport|lambda:(FunctionUrlAuthType|InvokedViaFunctionUrl))":', ''
            ),
            '"[^"]*":\s*(\[[^\]]*)?"(\*|0\.0\.0\.0/0|::/0)"', ''
        ) AS tests
    FROM resources
    CROSS JOIN UNNEST(coalesce(
        TRY_CAST(
            json_extract(supplementaryconfiguration, '$.Policy.Statement') AS array(json)
        ),
        ARRAY[json_extract(supplementaryconfiguration, '$.Policy.Statement')]
    )) AS entries (statement)
    WHERE resourcetype IN ('AWS::Lambda::Function', 'AWS::Lambda::Alias')
        AND NOT regexp_like(unreadable, '"supplementaryConfiguration\.Policy"')
)
SELECT DISTINCT accountid, awsregion, resourcename, arn, url
FROM statements
WHERE json_extract_scalar(statement, '$.Effect') = 'Allow'
    AND (
        json_extract_scalar(statement, '$.Principal') = '*'
        OR regexp_like(json_format(json_extract(statement, '$.Principal.AWS')), '"\*"')
        OR json_extract(statement, '$.NotPrincipal') IS NOT NULL
    )
    AND NOT regexp_like(tests, '":\s*[^{\s]|^\s*[^{\s]')
ORDER BY accountid, arn
