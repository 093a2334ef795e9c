-- Which alarms tell nobody?
-- CloudWatch alarms whose actions are disabled, or that have none when they go off.
SELECT accountid, awsregion, resourcetype, resourcename, arn
FROM resources
WHERE resourcetype IN ('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm')
    AND (
        json_extract_scalar(configuration, '$.ActionsEnabled') = 'false'
        OR json_extract_scalar(configuration, '$.AlarmActions[0]') IS NULL
    )
    AND NOT regexp_like(unreadable, '"configuration')
ORDER BY accountid, awsregion, resourcename
