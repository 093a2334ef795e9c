-- Which functions are public?
-- Lambda functions whose policy allows everyone, unconditionally or through the function URL. Policies
-- of versions and aliases are not collected. The URL shown is the function's first, which may be an
-- alias's and may require authentication. Functions whose policy could not be read are left out.
WITH statements AS (
    SELECT accountid, awsregion, resourcename, arn, statement,
        json_extract_scalar(
            supplementaryconfiguration, '$.FunctionUrlConfigs[0].FunctionUrl'
        ) AS url,
        regexp_replace(
            coalesce(json_format(json_extract(statement, '$.Condition')), ''),
            '"lambda:(FunctionUrlAuthType|InvokedViaFunctionUrl)":', ''
        ) AS other_conditions
    FROM resources
    CROSS JOIN UNNEST(coalesce(
        TRY_CAST(
            json_extract(supplementaryconfiguration, '$.Policy.Statement') AS array(json)
        ),
        ARRAY[json_extract(supplementaryconfiguration, '$.Policy.Statement')]
    )) AS entries (statement)
    WHERE resourcetype = 'AWS::Lambda::Function'
        AND NOT regexp_like(unreadable, '"supplementaryConfiguration\.Policy"')
)
SELECT DISTINCT accountid, awsregion, resourcename, arn, url
FROM statements
WHERE json_extract_scalar(statement, '$.Effect') = 'Allow'
    AND (
        json_extract_scalar(statement, '$.Principal') = '*'
        OR regexp_like(json_format(json_extract(statement, '$.Principal.AWS')), '"\*"')
    )
    AND NOT regexp_like(other_conditions, '":\s*[^{\s]|^\s*[^{\s]')
ORDER BY accountid, arn
