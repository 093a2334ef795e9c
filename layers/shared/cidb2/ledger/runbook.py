"""The operator's action for each reason, in a sentence or two.

`docs/reasons.md` quotes the same sentences and explains more.
"""

from collections.abc import Mapping

from cidb2.reasons import Reason

ADVICE: Mapping[Reason, str] = {
    Reason.ROLE_DENIED: (
        "Deploy member-account/template.yaml in the account, or update the role's trust policy: "
        "collector role ARNs, external id and organisation."
    ),
    Reason.SCP_DENIED: (
        "Exempt the collector role in that service control policy (for instance by "
        "aws:PrincipalArn), or accept the gap. List a region that is permanently denied in "
        "ExcludedRegions."
    ),
    Reason.RCP_DENIED: (
        "Exempt the collector role in the organisation's resource control policy (for instance by "
        "aws:PrincipalArn)."
    ),
    Reason.BOUNDARY_DENIED: (
        "Allow the action that the message names in the role's permissions boundary, or give the "
        "role another boundary."
    ),
    Reason.RESOURCE_POLICY_DENIED: (
        "Allow the collector role to read the resource in the resource's own policy: that of the "
        "key, the bucket or the function."
    ),
    Reason.ENDPOINT_POLICY_DENIED: (
        "Allow the action that the message names in the policy of the VPC endpoint that the "
        "collectors use."
    ),
    Reason.SESSION_POLICY: (
        "Nothing in the account helps: this version of CIDB2 restricts its own session wrongly. "
        "Report the message, and roll back the last upgrade."
    ),
    Reason.ACCESS_DENIED: (
        "Update the stack of the member role. If that does not help, look for a permissions "
        "boundary, a service control policy or a resource policy."
    ),
    Reason.REGION_DISABLED: "Enable the region in the account, or remove it from the input.",
    Reason.NOT_OFFERED: (
        "Nothing: the service is not available in the region. Resources of it were known before, "
        "so check AWS Health if the next run reports the same."
    ),
    Reason.ACCOUNT_RESTRICTED: (
        "Sign in to the account as root: finish its registration, pay its bill, or answer AWS "
        "Support. Exclude the account until then."
    ),
    Reason.CREDENTIALS_REJECTED: (
        "A single occurrence passes with the next run. If it persists, look for a policy that "
        "revokes the role's sessions, a region that is not enabled, or a wrong clock."
    ),
    Reason.THROTTLED: (
        "This may be transient. If it recurs, lower AccountConcurrency, find out who else uses the "
        "account's API quota, or request a higher quota."
    ),
    Reason.CONFLICT: "This may be transient: another change was in progress.",
    Reason.TIMEOUT: (
        "This may be transient. If it persists with RunDeadlineError, raise CollectTimeoutSeconds "
        "or AccountConcurrency; with any other code, look at the collector's log."
    ),
    Reason.UNREACHABLE: (
        "This may be transient. If it persists, check AWS Health, and whether the service exists "
        "in the region."
    ),
    Reason.SERVICE_ERROR: "This may be transient; if it persists, check AWS Health.",
    Reason.INCOMPLETE_ANSWER: (
        "This may be transient; if it persists, report the member that AWS's response lacks."
    ),
    Reason.REQUEST_REJECTED: (
        "AWS rejected the request for another reason; see the error code and message."
    ),
    Reason.PUBLISH_FAILED: (
        "The next run publishes the missing items. If it persists, the error code says what SNS or "
        "the journal refuses."
    ),
    Reason.STORAGE_UNAVAILABLE: (
        "Throttling is transient. For AccessDenied or a KMS code, fix the stack's key, policies or "
        "tables first: every account is affected."
    ),
    Reason.UNUSABLE_ROW: (
        "A row of the inventory table is not an item that the reporter wrote. Find out who wrote "
        "it, and delete it; the log has its ARN."
    ),
    Reason.LAKE_NOT_WRITTEN: (
        "Nothing, unless it persists: the inventory is correct, and SQL shows the previous "
        "listing. Then fix the results bucket, its key or the role."
    ),
    Reason.ACCOUNT_SUSPENDED: (
        "Nothing; its known resources are kept. Add it to exclude_accounts to omit it."
    ),
    Reason.SUSPECT_MASS_DELETION: (
        "Look into the account. If the resources are really gone, run that account and service "
        "once with config.allow_mass_deletion, and nothing else."
    ),
    Reason.INTERNAL: (
        "This may be transient. If it persists, the function's log has the stack trace under the "
        "run id."
    ),
}
