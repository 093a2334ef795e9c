"""What to do about each reason and each finding, in a sentence or two of the runbook's own.

`docs/reasons.md` says the same words and more.
"""

from collections.abc import Mapping

from cidb2.findings import Finding
from cidb2.reasons import Reason

ADVICE: Mapping[Reason, str] = {
    Reason.ROLE_DENIED: (
        "Deploy member-account/template.yaml in the account, or update what its role trusts: "
        "name, external id and organisation."
    ),
    Reason.SCP_DENIED: (
        "Exempt the collector role in that service control policy (for instance by "
        "aws:PrincipalArn), or accept that CIDB2 cannot see what the policy closes; name a region "
        "that is closed for good in ExcludedRegions."
    ),
    Reason.RCP_DENIED: (
        "Exempt the collector role in the organisation's resource control policy (for instance by "
        "aws:PrincipalArn)."
    ),
    Reason.BOUNDARY_DENIED: (
        "Allow the action that the message names in the permissions boundary of the role, or give "
        "the role another boundary."
    ),
    Reason.RESOURCE_POLICY_DENIED: (
        "Let the collector role read the resource in the resource's own policy: that of the key, "
        "the bucket or the function."
    ),
    Reason.ENDPOINT_POLICY_DENIED: (
        "Allow the action that the message names in the policy of the VPC endpoint through which "
        "the collectors reach AWS."
    ),
    Reason.SESSION_POLICY: (
        "Nothing in the account helps: CIDB2 itself narrows its sessions, and this version does "
        "so wrongly. Report the message, and take the last upgrade back."
    ),
    Reason.ACCESS_DENIED: (
        "Update the stack of the member role. If that does not help, look for a permissions "
        "boundary, a service control policy or a resource policy."
    ),
    Reason.REGION_DISABLED: "Enable the region in the account, or take it out of the input.",
    Reason.NOT_OFFERED: (
        "Nothing: the region does not offer it. Resources of it were known before, so look at AWS "
        "Health if the next run says the same."
    ),
    Reason.ACCOUNT_RESTRICTED: (
        "Sign in to the account as root: finish its registration, settle its bill, or answer AWS "
        "Support. Exclude the account until then."
    ),
    Reason.CREDENTIALS_REJECTED: (
        "Once passes with the next run. When it stays, look for a policy that revokes sessions of "
        "the role, a region that is not enabled, or a clock that is wrong."
    ),
    Reason.THROTTLED: (
        "The next run may do. When it comes back: lower AccountConcurrency; look for who else "
        "uses up the account's rate; ask AWS for a higher one."
    ),
    Reason.CONFLICT: "Something else was changing the same thing. The next run may do.",
    Reason.TIMEOUT: (
        "The next run may do. When it stays: with RunDeadlineError raise CollectTimeoutSeconds or "
        "AccountConcurrency, with any other code look at the collector's log."
    ),
    Reason.UNREACHABLE: (
        "Passes with the next run unless the service does not exist in that region or AWS has an "
        "event there."
    ),
    Reason.SERVICE_ERROR: "The next run may do; look at AWS Health when it does not.",
    Reason.INCOMPLETE_ANSWER: (
        "The next run may do. When it does not, report the member that AWS's answer lacks."
    ),
    Reason.REQUEST_REJECTED: ("AWS refused for another reason; code and message say which."),
    Reason.PUBLISH_FAILED: (
        "The next run finds the items missing and publishes them. When it stays, the error code "
        "names what SNS or the journal refuses."
    ),
    Reason.STORAGE_UNAVAILABLE: (
        "A code of throttling passes. AccessDenied or a KMS code does not: mend the stack's key, "
        "policies or tables first, for it concerns every account."
    ),
    Reason.UNUSABLE_ROW: (
        "A row of the inventory table is not an item that the reporter wrote. See who wrote it, "
        "and delete it; the log has its ARN."
    ),
    Reason.LAKE_NOT_WRITTEN: (
        "Nothing, unless it stays: the inventory is right, and SQL shows the listing before. Then "
        "mend the results bucket, its key or the role."
    ),
    Reason.ACCOUNT_SUSPENDED: (
        "Nothing; what was known of the account is kept. Put it into exclude_accounts if its rows "
        "disturb."
    ),
    Reason.SUSPECT_MASS_DELETION: (
        "Look into the account: when they are really gone, run once for that account and service "
        "with config.allow_mass_deletion, and nothing else."
    ),
    Reason.INTERNAL: (
        "Once is bad luck; the next run repairs it. When it stays, the log of the function has the "
        "stack trace under the run id."
    ),
}

MEANING: Mapping[Finding, str] = {
    Finding.PUBLIC_BUCKET: "Buckets that everybody may reach, by policy or ACL",
    Finding.KEY_WITHOUT_ROTATION: "Customer keys that could rotate and do not",
    Finding.POLICY_ALLOWS_ALL: "Policies that allow every action on every resource",
    Finding.INSTANCE_WITH_IMDSV1: "Instances whose metadata needs no token (IMDSv1)",
    Finding.PUBLIC_FUNCTION: "Functions that everybody may use",
}

REMEDY: Mapping[Finding, str] = {
    Finding.PUBLIC_BUCKET: ("Turn on the bucket's public access block, or that of the account."),
    Finding.KEY_WITHOUT_ROTATION: "aws kms enable-key-rotation --key-id <key>",
    Finding.POLICY_ALLOWS_ALL: (
        "Narrow it to what is used, or attach a narrower policy; IAM's last accessed information "
        "tells what that is."
    ),
    Finding.INSTANCE_WITH_IMDSV1: (
        "aws ec2 modify-instance-metadata-options --instance-id <instance> --http-tokens required"
    ),
    Finding.PUBLIC_FUNCTION: (
        "aws lambda remove-permission --function-name <function> --statement-id <Sid>"
    ),
}
