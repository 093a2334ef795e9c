-- Which database snapshots are public?
-- Manual snapshots of databases and clusters that every account may restore. Left out if their
-- attributes could not be read.
SELECT DISTINCT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
CROSS JOIN UNNEST(
    TRY_CAST(json_extract(supplementaryconfiguration, '$.Attributes') AS array(json))
) AS entries (attribute)
WHERE resourcetype IN (
    'AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot', 'AWS::Neptune::DBClusterSnapshot',
    'AWS::DocDB::DBClusterSnapshot'
)
    AND json_extract_scalar(attribute, '$.AttributeName') = 'restore'
    AND regexp_like(json_format(json_extract(attribute, '$.AttributeValues')), '"all"')
    AND NOT regexp_like(unreadable, '\.Attributes"')
ORDER BY accountid, awsregion, arn
