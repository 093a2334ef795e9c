-- Which containers run privileged?
-- Active ECS task definitions with a privileged container, and CodeBuild projects in privileged mode.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE (
    resourcetype = 'AWS::ECS::TaskDefinition'
    AND coalesce(json_extract_scalar(configuration, '$.taskDefinition.status'), 'ACTIVE') = 'ACTIVE'
    AND regexp_like(
        json_format(json_extract(configuration, '$.taskDefinition.containerDefinitions')),
        '"privileged":\s*true'
    )
)
    OR (
        resourcetype = 'AWS::CodeBuild::Project'
        AND json_extract_scalar(configuration, '$.environment.privilegedMode') = 'true'
    )
ORDER BY accountid, awsregion, resourcetype, arn
