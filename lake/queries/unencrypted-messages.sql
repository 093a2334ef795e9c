-- Which queues, topics and streams are not encrypted?
-- SQS queues without SSE-SQS and SSE-KMS, SNS topics without a key, and Kinesis streams without
-- encryption at rest.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE NOT regexp_like(unreadable, '"configuration')
    AND (
        (
            resourcetype IN ('AWS::SQS::Queue', 'AWS::SNS::Topic')
            AND coalesce(json_extract_scalar(configuration, '$.KmsMasterKeyId'), '') = ''
            AND coalesce(json_extract_scalar(configuration, '$.SqsManagedSseEnabled'), 'false')
                = 'false'
        )
        OR (
            resourcetype = 'AWS::Kinesis::Stream'
            AND json_extract_scalar(configuration, '$.EncryptionType') = 'NONE'
        )
    )
ORDER BY accountid, awsregion, resourcetype, arn
