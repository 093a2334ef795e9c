-- Which snapshots are older than a year?
-- Snapshots of volumes, and manual snapshots of databases and clusters.
WITH snapshots AS (
    SELECT
        accountid, awsregion, resourcetype, resourceid, resourcename, arn,
        coalesce(
            json_extract_scalar(configuration, '$.StartTime'),
            json_extract_scalar(configuration, '$.SnapshotCreateTime')
        ) AS taken
    FROM resources
    WHERE resourcetype IN (
        'AWS::EC2::Snapshot', 'AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot',
        'AWS::Neptune::DBClusterSnapshot', 'AWS::DocDB::DBClusterSnapshot',
        'AWS::Redshift::Snapshot'
    )
        AND coalesce(json_extract_scalar(configuration, '$.SnapshotType'), 'manual') = 'manual'
)
SELECT accountid, awsregion, resourcetype, resourceid, resourcename, taken, arn
FROM snapshots
WHERE regexp_like(taken, '^\d{4}-')
    AND taken < CAST(CAST(date_add('day', -365, current_date) AS date) AS varchar)
ORDER BY taken, arn
