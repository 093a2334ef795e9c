-- What uses this resource, and would break without it?
-- Each resource that refers to it, in any account; IS names the resource itself. Those that only trust
-- it are told by their relation.
-- Argument: its ARN, id, name, alias or address
-- Rests on: everything
    WITH meant AS (
        SELECT DISTINCT names.name AS asked, names.arn, names.resourcetype, names.accountid,
            names.awsregion, names.resourcename
        FROM names
        INNER JOIN (SELECT CAST(? AS varchar) AS name) AS asked ON names.name = asked.name
    )
    SELECT 'IS' AS answer, resourcetype, accountid, awsregion, resourcename, arn,
        CAST(NULL AS varchar) AS because
    FROM meant
    UNION ALL
    SELECT DISTINCT 'USES' AS answer, relations.resourcetype, relations.accountid,
        relations.awsregion, relations.resourcename, relations.arn,
        concat(relations.relationshipname, ' ', relations.target) AS because
    FROM relations
    INNER JOIN meant ON relations.targetarn = meant.arn AND relations.arn <> meant.arn
