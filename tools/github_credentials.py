"""Exchange the OIDC token of a GitHub Actions job for a session of its deployer role.

botocore runs this as a `credential_process`, for the first call and whenever credentials expire.
OIDC tokens are valid for five minutes, so each exchange requests a new one. The output format is
described at
https://docs.aws.amazon.com/cli/latest/topic/config-vars.html#sourcing-credentials-from-external-processes
. Requires a job with `id-token: write`, and DEPLOYER_ROLE and DEPLOYER_SESSION: the role's ARN and
the session's name.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from urllib.request import Request, urlopen

import boto3
from botocore import UNSIGNED
from botocore.config import Config

AUDIENCE = "sts.amazonaws.com"
SECONDS = 30


def token() -> str:
    """Return a new OIDC token of this job, with AWS as its audience.

    https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
    """
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={AUDIENCE}"
    bearer = {"Authorization": f"bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    with urlopen(Request(url, headers=bearer), timeout=SECONDS) as answer:
        return str(json.load(answer)["value"])


def main() -> None:
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
    session = sts.assume_role_with_web_identity(
        RoleArn=os.environ["DEPLOYER_ROLE"],
        RoleSessionName=os.environ["DEPLOYER_SESSION"],
        WebIdentityToken=token(),
    )["Credentials"]
    print(json.dumps({"Version": 1, **session}, default=datetime.isoformat))


if __name__ == "__main__":
    main()
