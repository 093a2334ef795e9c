-- Which snapshots outlived their volume and have no image?
-- ORPHANED: the volume is nowhere, and no image of the account is made of the snapshot.
-- Rests on: AWS::EC2::Snapshot, AWS::EC2::Volume, AWS::EC2::Image
    WITH imaged AS (
        SELECT DISTINCT targetarn
        FROM relations
        WHERE resourcetype = 'AWS::EC2::Image' AND targettype = 'AWS::EC2::Snapshot'
            AND targetarn IS NOT NULL
    ),
    images_unknown AS (
        SELECT accountid, awsregion, reason FROM gaps WHERE listing = 'DescribeImages'
    )
    SELECT
        CASE
            WHEN relations.answer = 'NOWHERE' AND images_unknown.reason IS NULL THEN 'ORPHANED'
            ELSE 'NOT KNOWN'
        END AS answer,
        relations.resourcetype, relations.accountid, relations.awsregion, relations.resourcename,
        relations.arn,
        CASE
            WHEN relations.answer <> 'NOWHERE' THEN concat(relations.reason, ': ', relations.target)
            WHEN images_unknown.reason IS NOT NULL THEN concat(images_unknown.reason, ': images')
            ELSE concat(relations.target, ' is gone')
        END AS because
    FROM relations
    LEFT JOIN imaged ON relations.arn = imaged.targetarn
    LEFT JOIN images_unknown
        ON relations.accountid = images_unknown.accountid
        AND images_unknown.awsregion IN (relations.awsregion, '*')
    WHERE relations.resourcetype = 'AWS::EC2::Snapshot'
        AND relations.targettype = 'AWS::EC2::Volume'
        AND relations.answer <> 'FOUND'
        AND imaged.targetarn IS NULL
