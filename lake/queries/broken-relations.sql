-- Which resources name something that is nowhere?
-- A target is nowhere if its account, region and listing are known, the listing is complete, and it has
-- no such resource.
-- Rests on: everything
    SELECT DISTINCT 'BROKEN' AS answer, resourcetype, accountid, awsregion, resourcename, arn,
        concat(relationshipname, ' ', target) AS because
    FROM relations
    WHERE answer = 'NOWHERE'
