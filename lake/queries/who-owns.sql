-- Who owns this IP address or DNS name?
-- Each resource that has it, and each Route 53 record of that name, with what it answers.
-- Argument: an IP address or a DNS name
-- Rests on: addresses, AWS::Route53::RecordSet
    WITH asked AS (
        SELECT lower(regexp_replace(CAST(? AS varchar), '\.$', '')) AS name
    )
    SELECT DISTINCT 'OWNS' AS answer, names.resourcetype, names.accountid, names.awsregion,
        names.resourcename, names.arn, names.name AS because
    FROM names
    INNER JOIN asked ON names.name = asked.name
    WHERE names.kind = 'address'
    UNION ALL
    SELECT DISTINCT 'ANSWERS' AS answer, relations.resourcetype, relations.accountid,
        relations.awsregion, relations.resourcename, relations.arn,
        concat(relations.target, coalesce(concat(' of ', relations.targetarn), '')) AS because
    FROM relations
    INNER JOIN asked ON lower(regexp_replace(relations.resourcename, '\.$', '')) = asked.name
    WHERE relations.resourcetype = 'AWS::Route53::RecordSet'
