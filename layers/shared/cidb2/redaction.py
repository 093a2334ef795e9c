"""Removes credentials and collected data from error messages.

Error messages appear in logs, traces, the causes of executions, the ledger and the summary, which
more people may read than an account's configuration.
"""

import re
import traceback

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from cidb2.errors import Cidb2Error

REDACTED = "(redacted)"

_CREDENTIALS = re.compile(
    r"""
    # what stands for a token by its name, as in the request that SignatureDoesNotMatch repeats
    (?i: (?<= security-token: ) | (?<= security-token= ) ) [^\s'"&<]+
    # ids of access keys; those of principals (AROA, AIDA) open nothing
    | \b (?: AKIA | ASIA ) [A-Z0-9]{16} \b
    # secret access keys: 40 characters of base64 that are no part of anything longer
    | (?<! [\w/+-] )
      (?= [A-Za-z0-9/+]*[a-z] ) (?= [A-Za-z0-9/+]*[A-Z] ) (?= [A-Za-z0-9/+]*[0-9] )
      [A-Za-z0-9/+]{40} (?! [\w/+=-] )
    # session tokens: base64 longer than any digest. What EC2 encodes in its refusals is spared,
    # for only who may ask STS to decode it can read it
    | (?<! authorization\ failure\ message:\ ) (?<! [\w/+=%-] ) [A-Za-z0-9/+=%]{100,}
    """,
    re.VERBOSE,
)


def redact(text: str) -> str:
    """Return a message without the credentials in it: access keys, secrets, session tokens.

    Their forms: IAM User Guide, 'IAM identifiers'; STS API Reference, Credentials.
    """
    return _CREDENTIALS.sub(REDACTED, text)


def words(error: BaseException) -> str:
    """Return the message of an error if it is safe to show: those of AWS and of CIDB2.

    Any other error may quote collected data, such as a policy or a variable, so only its class and
    its place are returned.
    """
    is_ours_or_theirs = isinstance(error, Cidb2Error | ClientError | BotoCoreError)
    if is_ours_or_theirs and not isinstance(error, ParamValidationError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
