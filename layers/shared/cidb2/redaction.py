"""What an error may say: nothing that opens an account, and nothing of what was read.

Errors end in logs, traces, the causes of executions, the ledger and the summary, which more people
read than may read an account's configuration.
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
    """Return AWS's words without the credentials that they quote: keys, secrets, session tokens.

    Their forms: IAM User Guide, 'IAM identifiers'; STS API Reference, Credentials.
    """
    return _CREDENTIALS.sub(REDACTED, text)


def words(error: BaseException) -> str:
    """Return what an error says, where its words are written to be read: AWS's and our own.

    Any other may quote what it stumbled over, such as a policy or a variable, so that of it only
    its kind and its place are told.
    """
    is_ours_or_theirs = isinstance(error, Cidb2Error | ClientError | BotoCoreError)
    if is_ours_or_theirs and not isinstance(error, ParamValidationError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
