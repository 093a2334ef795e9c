-- Which notebook instances reach the internet directly?
-- SageMaker notebook instances that do not go through a VPC of the account.
SELECT accountid, awsregion, resourcename, arn
FROM resources
WHERE resourcetype = 'AWS::SageMaker::NotebookInstance'
    AND json_extract_scalar(configuration, '$.DirectInternetAccess') = 'Enabled'
ORDER BY accountid, awsregion, resourcename
