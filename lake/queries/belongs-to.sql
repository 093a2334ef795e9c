-- What belongs to this tag or this stack?
-- Each resource with the tag, or that CloudFormation created for the stack of that name or id.
-- Argument in JSON: a tag such as Owner=web, a tag's key, or a stack's name or ARN
-- Rests on: everything
    WITH asked AS (
        SELECT
            concat('"aws:cloudformation:stack-name":"', name, '"') AS stack_name,
            concat('"aws:cloudformation:stack-id":"', name, '"') AS stack_id,
            CASE
                WHEN strpos(name, '=') = 0 THEN concat('"', name, '":')
                ELSE concat(
                    '"', substr(name, 1, strpos(name, '=') - 1), '":"',
                    substr(name, strpos(name, '=') + 1), '"'
                )
            END AS tag
        FROM (SELECT CAST(? AS varchar) AS name) AS told
    )
    SELECT 'BELONGS' AS answer, resources.resourcetype, resources.accountid, resources.awsregion,
        resources.resourcename, resources.arn,
        CASE
            WHEN strpos(resources.tags, asked.stack_name) > 0 THEN 'by its stack'
            WHEN strpos(resources.tags, asked.stack_id) > 0 THEN 'by its stack'
            ELSE 'by its tag'
        END AS because
    FROM resources
    CROSS JOIN asked
    WHERE strpos(resources.tags, asked.stack_name) > 0
        OR strpos(resources.tags, asked.stack_id) > 0
        OR strpos(resources.tags, asked.tag) > 0
